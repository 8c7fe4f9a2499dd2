using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>
/// The whole service over CoinGecko's twin, on a clock that stands still: nothing is polled, so that whatever is answered was asked for.
/// </summary>
public sealed class CoinGeckoHost : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly HttpClient _twin = new();

    private CoinGeckoHost(RealHost api, TemporaryFolder folder) => (Api, _folder) = (api, folder);

    public RealHost Api { get; }

    /// <summary>The twin's API v3.</summary>
    public Uri Twin => new(Api.Simulator!, "coingecko/api/v3");

    /// <summary>The service's API v3.</summary>
    public Uri Address => new(Api.Client.BaseAddress!, "api/v3");

    public static async Task<CoinGeckoHost> StartAsync(
        ServerFixture servers, Func<AkkaCryptoSettings, AkkaCryptoSettings>? change = null)
    {
        var folder = new TemporaryFolder();
        var api = await RealHost.StartAsync(servers, settings => (change ?? (same => same))(With(settings, folder.Path)));
        return new CoinGeckoHost(api, folder);
    }

    public async Task<JsonElement> ReadAsync(string path) => JsonDocument.Parse(await Api.ReadAsync("/api/v3" + path)).RootElement;

    public async Task<JsonElement> TwinAsync(string path) =>
        JsonDocument.Parse(await _twin.GetStringAsync(new Uri(Twin + path))).RootElement;

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        _twin.Dispose();
        _folder.Dispose();
    }

    private static AkkaCryptoSettings With(AkkaCryptoSettings settings, string folder)
    {
        var shipped = TestKit.Feeds.TestSettings.Read().Feeds["coingecko"];
        return settings with
        {
            DataDir = folder,
            OnDemand = settings.OnDemand with { Enabled = true },
            Simulator = settings.Simulator with { Enabled = true, Port = 0 },
            Feeds = new Dictionary<string, ProviderSettings>
            {
                ["coingecko"] = shipped with
                {
                    BaseUrl = "simulator:/coingecko/api/v3", Budget = shipped.Budget with { PerMinute = 100_000, PerMonth = null },
                },
            },
        };
    }
}
