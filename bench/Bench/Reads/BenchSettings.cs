using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Bench.Reads;

/// <summary>The service's settings as shipped, but a tier whose quota is counted and never used up.</summary>
public static class BenchSettings
{
    public const string Key = "bench-key-0123456789";

    public static AkkaCryptoSettings Create(string dataDir)
    {
        var restart = new RestartSettings(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), 0.2);
        var circuit = new CircuitSettings(10, TimeSpan.FromSeconds(15));
        var budget = new BudgetSettings(60, TimeSpan.FromMinutes(1));
        return new AkkaCryptoSettings(
            "bench", dataDir, new NodeSettings([NodeRole.Api]),
            new HttpSettings("127.0.0.1", 0, 4 << 20, 4096, TimeSpan.FromSeconds(5), ["*"]),
            new PostgresSettings(null, 32, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60)),
            new RedisSettings(null, null, TimeSpan.FromMilliseconds(500), 256L << 20),
            new AuthSettings([new ApiKeySettings("bench", Key, ApiRole.User, "bench", "bench")], null),
            new QuotaSettings(new Dictionary<string, TierSettings> { ["bench"] = new(100_000_000) }, 6000),
            new CacheSettings(
                10_000, new CacheTtlSettings(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)),
                new CacheTtlSettings(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(55))),
            new MaxAgeSettings(
                TimeSpan.FromMinutes(5), TimeSpan.FromHours(2), TimeSpan.FromMinutes(5), TimeSpan.FromDays(3), TimeSpan.FromHours(1)),
            new StreamSettings(false, 5000, TimeSpan.FromMilliseconds(250), 8, 2, 20, restart), new Dictionary<string, StreamSettings>(),
            new DatasetDefaults(true, "", TimeSpan.FromMinutes(1), [], [], [], [], [], [], 0),
            new ProviderDefaults(
                true, null, false, budget, TimeSpan.FromSeconds(10), 3, 8 << 20, circuit, new Dictionary<string, DatasetSettings>()),
            new Dictionary<string, ProviderSettings>(), new SimulatorSettings(false, 1, 0, 1),
            new LoggingSettings("information", "logs", 50L << 20, 14));
    }
}
