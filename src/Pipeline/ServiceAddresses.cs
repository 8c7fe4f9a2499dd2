using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Storage.Embedded;

namespace AkkaCrypto.Pipeline;

/// <summary>
/// Puts the addresses of what the service started itself into its settings, at the start and after each edit of the files.
/// </summary>
public static class ServiceAddresses
{
    /// <summary>A provider's <c>base-url</c> that begins so is below the simulator's address.</summary>
    public const string SimulatorScheme = "simulator:";

    private const string SimulatorFile = "simulator.address";

    /// <exception cref="SettingsException">A provider wants the simulator, and it is off.</exception>
    public static AkkaCryptoSettings Put(AkkaCryptoSettings settings, ServerAddresses? servers, Uri? simulator) =>
        PutProviders(PutServers(settings, servers), simulator);

    /// <summary>The servers' addresses alone; a configured one stays.</summary>
    public static AkkaCryptoSettings PutServers(AkkaCryptoSettings settings, ServerAddresses? servers) => settings with
    {
        Postgres = settings.Postgres with { ConnectionString = settings.Postgres.ConnectionString ?? servers?.Postgres },
        Redis = settings.Redis with
        {
            State = settings.Redis.State ?? servers?.RedisState,
            Cache = settings.Redis.Cache ?? servers?.RedisCache,
        },
    };

    /// <summary>The providers' addresses alone.</summary>
    /// <inheritdoc cref="Put"/>
    public static AkkaCryptoSettings PutProviders(AkkaCryptoSettings settings, Uri? simulator) => settings with
    {
        Feeds = settings.Feeds.ToDictionary(
            feed => feed.Key, feed => feed.Value with { BaseUrl = Address(feed.Key, feed.Value.BaseUrl, simulator) },
            StringComparer.Ordinal),
    };

    /// <summary>Leaves the simulator's address in the data folder, for verbs that ask the same providers beside the service.</summary>
    public static async Task TellSimulatorAsync(string dataDir, Uri simulator, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(dataDir);
        await File.WriteAllTextAsync(Path.Combine(dataDir, SimulatorFile), simulator.ToString(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The address that the last demo on this folder left; null where none did. The simulator ends with its service.</summary>
    public static async Task<Uri?> FindSimulatorAsync(string dataDir, CancellationToken cancellationToken)
    {
        var file = Path.Combine(dataDir, SimulatorFile);
        return File.Exists(file)
            && Uri.TryCreate(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false), UriKind.Absolute, out var address)
                ? address
                : null;
    }

    private static string Address(string provider, string url, Uri? simulator)
    {
        if (!url.StartsWith(SimulatorScheme, StringComparison.Ordinal))
        {
            return url;
        }

        return simulator is null
            ? throw new SettingsException([new SettingsFault(
                $"akkacrypto.feeds.{provider}.base-url", url, "an http address, for akkacrypto.simulator.enabled is false", null)])
            : simulator.ToString().TrimEnd('/') + url[SimulatorScheme.Length..];
    }
}
