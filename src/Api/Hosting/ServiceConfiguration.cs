using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Where the service's settings come from: profile, then <c>--config</c>, then the environment; the command line's options win.
/// </summary>
public sealed class ServiceConfiguration(ServiceArguments arguments)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "hocon");

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    /// <exception cref="SettingsException">All that is wrong.</exception>
    public AkkaCryptoSettings Load()
    {
        try
        {
            return Load(_files).OrThrow();
        }
        catch (HoconException exception)
        {
            throw new SettingsException([SettingsFault.Of(exception)]);
        }
    }

    /// <summary>
    /// Follows edits of the files. What is read live (streams, feeds' pace, lists, budgets) is in force within two seconds; the rest at the
    /// next start. A broken edit is reported, and the settings in force stay.
    /// </summary>
    /// <param name="adjust">Puts in what the start found out: addresses of what it started itself.</param>
    public IDisposable Watch(
        LiveSettings<AkkaCryptoSettings> live, Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust, TimeProvider time, ILogger log) =>
        new SettingsWatcher<AkkaCryptoSettings>(
            files =>
            {
                var bound = Load(files);
                if (bound.Value is null)
                {
                    return bound;
                }

                log.LogInformation("The configuration was edited: what is read live is in force, the rest takes effect at the next start");
                return new Bound<AkkaCryptoSettings>(adjust(bound.Value), []);
            },
            _files, live,
            faults => log.LogError("The edited configuration is ignored, the one in force stays:\n{Faults}", string.Join('\n', faults)),
            time);

    private Bound<AkkaCryptoSettings> Load(ICollection<string> files)
    {
        var document = HoconConfiguration.Load(Folder, arguments.Profile, arguments.Config, HoconConfiguration.ProcessEnvironment(), files);
        var bound = SettingsBinder.Bind<AkkaCryptoSettings>(document.Object, HoconConfiguration.RootPath);
        if (bound.Value is null)
        {
            return bound;
        }

        var faults = FeedCatalogue.Faults(bound.Value).Concat(MissingAddresses(bound.Value))
            .Select(fault => FaultAt(document.Object, fault.Path, fault.Expected)).ToList();
        return faults.Count > 0
            ? new Bound<AkkaCryptoSettings>(null, faults)
            : new Bound<AkkaCryptoSettings>(WithOptions(bound.Value), []);
    }

    /// <summary>The profile <c>env</c> starts no server of its own, so each must be somewhere.</summary>
    private IEnumerable<(string Path, string Expected)> MissingAddresses(AkkaCryptoSettings settings)
    {
        if (arguments.Profile != "env")
        {
            yield break;
        }

        foreach (var (path, variable, address) in new[]
        {
            ("akkacrypto.postgres.connection-string", "Postgres__ConnectionString", settings.Postgres.ConnectionString),
            ("akkacrypto.redis.state", "Redis__State", settings.Redis.State),
            ("akkacrypto.redis.cache", "Redis__Cache", settings.Redis.Cache),
        })
        {
            if (address is null)
            {
                yield return (path, $"the connection string of a running server, for the profile env starts none: set {variable}");
            }
        }
    }

    private static SettingsFault FaultAt(HoconObject root, string path, string expected)
    {
        root.TryGet(HoconPath.Parse(path), out var value);
        return new SettingsFault(path, value is HoconScalar scalar ? scalar.Text : "this name", expected, value?.Origin);
    }

    private AkkaCryptoSettings WithOptions(AkkaCryptoSettings settings) => settings with
    {
        Http = settings.Http with { Port = arguments.Port ?? settings.Http.Port },
        DataDir = Path.GetFullPath(arguments.DataDir ?? settings.DataDir),
    };
}
