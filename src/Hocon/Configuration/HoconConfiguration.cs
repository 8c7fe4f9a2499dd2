using Microsoft.Extensions.Configuration;

namespace AkkaCrypto.Hocon.Configuration;

/// <summary>
/// The service's configuration: environment over what PATCH laid there over the <c>--config</c> file over the profile over
/// reference.conf, which each profile includes.
/// All layers are merged before substitutions resolve, so an override of <c>akkacrypto.stream-defaults.batch-size</c> changes every stream
/// built on it.
/// </summary>
public static class HoconConfiguration
{
    /// <summary>Where all settings of the service are.</summary>
    public const string RootPath = "akkacrypto";

    /// <summary><c>AKKACRYPTO__…</c> and the three variables that stand for themselves.</summary>
    public static readonly EnvironmentOverlay Overlay = new("AKKACRYPTO__", new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Postgres__ConnectionString"] = "akkacrypto.postgres.connection-string",
        ["Redis__State"] = "akkacrypto.redis.state",
        ["Redis__Cache"] = "akkacrypto.redis.cache",
    });

    /// <summary>Loads and resolves the layers; throws <see cref="HoconException"/>, also for a profile that doesn't exist.</summary>
    /// <param name="folder">The folder with reference.conf and the profiles.</param>
    /// <param name="profile">A profile's name, without <c>.conf</c>.</param>
    /// <param name="configFile">The file of <c>--config</c>, or null.</param>
    /// <param name="environment">The environment variables. An empty one counts as unset, for substitutions too.</param>
    /// <param name="seen">Gets every file that was read or looked for, also when this throws: what a watcher has to watch.</param>
    /// <param name="overrides">What PATCH laid over the files.</param>
    public static HoconDocument Load(
        string folder, string profile, string? configFile, IReadOnlyDictionary<string, string> environment,
            ICollection<string>? seen = null, IReadOnlyList<HoconOverride>? overrides = null)
    {
        var file = Path.Combine(folder, profile + ".conf");
        if (!Profiles(folder).Contains(profile, StringComparer.Ordinal))
        {
            throw new HoconException(
                new HoconOrigin(file, 1), $"found no profile \"{profile}\", expected one of {string.Join(", ", Profiles(folder))}");
        }

        var set = environment.Where(variable => variable.Value.Length > 0).ToDictionary(StringComparer.Ordinal);
        return HoconDocument.LoadLayers(configFile is null ? [file] : [file, configFile], set, Overlay, seen, overrides);
    }

    /// <summary>The profiles that a folder holds: every <c>.conf</c> but reference.conf.</summary>
    public static IReadOnlyList<string> Profiles(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*.conf").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(name => name != "reference").Order(StringComparer.Ordinal)];

    /// <summary>This process's environment variables, for the callers at the edge.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    /// <summary>Adds a resolved tree to a configuration; the provider is returned for its origins and for later trees.</summary>
    public static HoconConfigurationProvider AddHocon(this IConfigurationBuilder builder, HoconObject root)
    {
        var provider = new HoconConfigurationProvider(root);
        builder.Add(new HoconConfigurationSource(provider));
        return provider;
    }
}
