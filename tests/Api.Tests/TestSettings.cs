using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Tests;

/// <summary>Settings like the demo's, with small bounds.</summary>
public static class TestSettings
{
    public const string UserKey = "demo-key";
    public const string SmallKey = "demo-small-key";
    public const string AdminKey = "demo-admin-key";
    public const int SmallQuota = 3;
    public const int MaxBody = 4096;
    public const int InvalidRequestsPerMinute = 20;

    private static readonly RestartSettings Restart = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), 0.2);
    private static readonly StreamSettings Stream = new(false, 5000, TimeSpan.FromMilliseconds(250), 8, 2, 20, Restart);
    private static readonly BudgetSettings Budget = new(60, TimeSpan.FromMinutes(1));
    private static readonly CircuitSettings Circuit = new(10, TimeSpan.FromSeconds(15));

    public static AkkaCryptoSettings Create() => new(
        "demo", "data", new NodeSettings([NodeRole.Api, NodeRole.Feeds]),
        new HttpSettings("127.0.0.1", 0, MaxBody, 64, TimeSpan.FromSeconds(1), ["*"]),
        new PostgresSettings(null, 8, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)),
        new RedisSettings(null, null, TimeSpan.FromMilliseconds(500), 64L << 20),
        new AuthSettings(
            [
                new ApiKeySettings("demo", UserKey, ApiRole.User, "large", "demo"),
                new ApiKeySettings("small", SmallKey, ApiRole.User, "small", "demo"),
                new ApiKeySettings("demo-admin", AdminKey, ApiRole.Admin, "unlimited", "demo"),
            ],
            null),
        new QuotaSettings(
            new Dictionary<string, TierSettings>
            {
                ["large"] = new(100_000_000), ["small"] = new(SmallQuota), ["unlimited"] = new(null),
            },
            InvalidRequestsPerMinute),
        new CacheSettings(1000, Ttl(1, 60), Ttl(5, 55)),
        new MaxAgeSettings(
            TimeSpan.FromMinutes(5), TimeSpan.FromHours(2), TimeSpan.FromMinutes(5), TimeSpan.FromDays(3), TimeSpan.FromHours(1)),
        Stream, new Dictionary<string, StreamSettings>(),
        new DatasetDefaults(true, "", TimeSpan.FromMinutes(1), [], [], [], [], [], [], 0),
        new ProviderDefaults(
            true, null, false, Budget, TimeSpan.FromSeconds(10), 3, 1 << 20, Circuit, new Dictionary<string, DatasetSettings>()),
        Feeds(), new SimulatorSettings(false, 1, 0, 1), new LoggingSettings("information", "logs", 1 << 20, 3));

    private static CacheTtlSettings Ttl(int memory, int redis) => new(TimeSpan.FromSeconds(memory), TimeSpan.FromSeconds(redis));

    private static Dictionary<string, ProviderSettings> Feeds() => new()
    {
        ["coingecko"] = Provider(
            ("simple-price", Dataset("prices", assets: ["bitcoin", "ethereum"], currencies: ["usd", "krw"])),
            ("market-chart", Dataset("charts", assets: ["bitcoin"], currencies: ["usd"]))),
        ["coinone"] = Provider(
            ("trades", Dataset("trades", pairs: ["btc-krw", "eth-krw"])),
            ("orderbook", Dataset("orderbooks", pairs: ["btc-krw", "eth-krw"]))),
        ["cryptoquant"] = Provider(
            ("onchain", Dataset("onchain", assets: ["bitcoin"], metrics: ["exchange_netflow"], sources: ["all_exchange"]))),
    };

    private static ProviderSettings Provider(params (string Name, DatasetSettings Settings)[] datasets) => new(
        true, "http://127.0.0.1", null, false, Budget, TimeSpan.FromSeconds(10), 3, 1 << 20, Circuit,
        datasets.ToDictionary(dataset => dataset.Name, dataset => dataset.Settings));

    private static DatasetSettings Dataset(
        string stream, string[]? pairs = null, string[]? assets = null, string[]? currencies = null, string[]? metrics = null,
        string[]? sources = null) =>
        new(true, stream, TimeSpan.FromMinutes(1), pairs ?? [], assets ?? [], currencies ?? [], [], metrics ?? [], sources ?? [], 0);
}
