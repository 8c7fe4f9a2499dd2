using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;

namespace AkkaCrypto.Pipeline;

/// <summary>The service's settings, read and checked the same way by the service and by the operator's commands.</summary>
public static class ServiceSettings
{
    /// <summary>Profile, then <paramref name="config"/>, then the environment; checked in form and in meaning.</summary>
    /// <param name="folder">Where reference.conf and the profiles are.</param>
    /// <param name="files">Gets every file that was read or looked for, also when this throws.</param>
    /// <exception cref="HoconException">A file can't be read or resolved.</exception>
    public static Bound<AkkaCryptoSettings> Load(
        string folder, string profile, string? config, IReadOnlyDictionary<string, string> environment,
        ICollection<string>? files = null) =>
        Read(folder, profile, config, environment, files, []).Bound;

    /// <summary>As <see cref="Load"/>, with the resolved tree, where each value says its origin.</summary>
    /// <param name="overrides">What PATCH laid over the files, below the environment.</param>
    public static (HoconObject Tree, Bound<AkkaCryptoSettings> Bound) Read(
        string folder, string profile, string? config, IReadOnlyDictionary<string, string> environment, ICollection<string>? files,
        IReadOnlyList<HoconOverride> overrides)
    {
        var document = HoconConfiguration.Load(folder, profile, config, environment, files, overrides);
        return (document.Object, Bind(document, profile));
    }

    private static Bound<AkkaCryptoSettings> Bind(HoconDocument document, string profile)
    {
        var bound = SettingsBinder.Bind<AkkaCryptoSettings>(document.Object, HoconConfiguration.RootPath);
        if (bound.Value is null)
        {
            return bound;
        }

        var faults = FeedCatalogue.Faults(bound.Value).Concat(CronTimes.Faults(bound.Value)).Concat(MissingAddresses(profile, bound.Value))
            .Select(fault => FaultAt(document.Object, fault.Path, fault.Expected)).ToList();
        return faults.Count > 0 ? new Bound<AkkaCryptoSettings>(null, faults) : bound;
    }

    /// <summary>The profile <c>env</c> starts no server of its own, so each must be somewhere.</summary>
    private static IEnumerable<(string Path, string Expected)> MissingAddresses(string profile, AkkaCryptoSettings settings)
    {
        if (profile != "env")
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
}
