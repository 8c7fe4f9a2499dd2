using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline;

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
        var bound = ServiceSettings.Load(Folder, arguments.Profile, arguments.Config, HoconConfiguration.ProcessEnvironment(), files);
        return bound.Value is null ? bound : new Bound<AkkaCryptoSettings>(WithOptions(bound.Value), []);
    }

    private AkkaCryptoSettings WithOptions(AkkaCryptoSettings settings) => settings with
    {
        Http = settings.Http with { Port = arguments.Port ?? settings.Http.Port },
        DataDir = Path.GetFullPath(arguments.DataDir ?? settings.DataDir),
    };
}
