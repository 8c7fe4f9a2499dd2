using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Storage.Embedded;

namespace AkkaCrypto.Pipeline;

/// <summary>
/// Puts the addresses of what the service started itself into its settings, at the start and after each edit of the files.
/// </summary>
public static class ServiceAddresses
{
    /// <summary>A provider's <c>base-url</c> or <c>socket-url</c> that begins so is below the simulator's address.</summary>
    public const string SimulatorScheme = "simulator:";

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
        Feeds = settings.Feeds.ToDictionary(feed => feed.Key, feed => Put(feed.Key, feed.Value, simulator), StringComparer.Ordinal),
    };

    private static ProviderSettings Put(string provider, ProviderSettings settings, Uri? simulator) => settings with
    {
        BaseUrl = Address(provider, "base-url", settings.BaseUrl, simulator, Uri.UriSchemeHttp),
        SocketUrl = settings.SocketUrl is { } socket ? Address(provider, "socket-url", socket, simulator, Uri.UriSchemeWs) : null,
    };

    private static string Address(string provider, string setting, string url, Uri? simulator, string scheme)
    {
        if (!url.StartsWith(SimulatorScheme, StringComparison.Ordinal))
        {
            return url;
        }

        return simulator is null
            ? throw new SettingsException([new SettingsFault(
                $"akkacrypto.feeds.{provider}.{setting}", url,
                $"an address that begins with {scheme}:, for akkacrypto.simulator.enabled is false", null)])
            : $"{scheme}://{simulator.Authority}{url[SimulatorScheme.Length..]}";
    }
}
