using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Where the service's settings come from: profile, then <c>--config</c>, then PATCH, then the environment; the command line's options win.
/// </summary>
/// <param name="environment">The environment variables; null: those of this process, read at each load.</param>
public sealed class ServiceConfiguration(ServiceArguments arguments, IReadOnlyDictionary<string, string>? environment = null)
{
    private const string StreamVariables = "AKKACRYPTO__STREAMS__";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "hocon");

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private IReadOnlyList<HoconOverride> _patches = [];
    private volatile HoconObject? _tree;

    /// <summary>The resolved tree of the last settings that held, where each value says its origin.</summary>
    /// <exception cref="InvalidOperationException">Nothing was loaded yet.</exception>
    public HoconObject Tree => _tree ?? throw new InvalidOperationException("The configuration is not loaded yet.");

    /// <exception cref="SettingsException">All that is wrong.</exception>
    public AkkaCryptoSettings Load()
    {
        try
        {
            return Load(_files, []).OrThrow();
        }
        catch (HoconException exception)
        {
            throw new SettingsException([SettingsFault.Of(exception)]);
        }
    }

    /// <summary>Loads with what PATCH has laid by now; later edits of the files are loaded with it too. Inside
    /// <see cref="LiveSettings{T}.Replace"/> only.</summary>
    /// <exception cref="HoconException">A file can't be read or resolved.</exception>
    public Bound<AkkaCryptoSettings> Load(IReadOnlyList<HoconOverride> patches)
    {
        var bound = Load([], patches);
        _patches = bound.Value is null ? _patches : patches;
        return bound;
    }

    /// <summary>What the settings would be with these values laid over the files. Changes nothing.</summary>
    /// <param name="withVariables">False: as if no environment variable were set for a stream, which would hide what is laid there.</param>
    /// <exception cref="HoconException">A file can't be read or resolved.</exception>
    public (HoconObject Tree, IReadOnlyList<SettingsFault> Faults) Try(IReadOnlyList<HoconOverride> patches, bool withVariables)
    {
        var variables = Variables();
        var used = withVariables
            ? variables
            : variables.Where(variable => !variable.Key.StartsWith(StreamVariables, StringComparison.OrdinalIgnoreCase))
                .ToDictionary(StringComparer.Ordinal);
        var (tree, bound) = ServiceSettings.Read(Folder, arguments.Profile, arguments.Config, used, null, patches);
        return (tree, bound.Faults);
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
                var bound = Load(files, _patches);
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

    private Bound<AkkaCryptoSettings> Load(ICollection<string> files, IReadOnlyList<HoconOverride> patches)
    {
        var (tree, bound) = ServiceSettings.Read(Folder, arguments.Profile, arguments.Config, Variables(), files, patches);
        if (bound.Value is null)
        {
            return bound;
        }

        _tree = tree;
        return new Bound<AkkaCryptoSettings>(WithOptions(bound.Value), []);
    }

    private IReadOnlyDictionary<string, string> Variables() => environment ?? HoconConfiguration.ProcessEnvironment();

    private AkkaCryptoSettings WithOptions(AkkaCryptoSettings settings) => settings with
    {
        Http = settings.Http with { Port = arguments.Port ?? settings.Http.Port },
        DataDir = Path.GetFullPath(arguments.DataDir ?? settings.DataDir),
    };
}
