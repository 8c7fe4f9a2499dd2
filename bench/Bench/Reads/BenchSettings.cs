using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;

namespace AkkaCrypto.Bench.Reads;

/// <summary>The service's settings as shipped, but a tier whose quota is counted and never used up.</summary>
public static class BenchSettings
{
    public const string Key = "bench-key-0123456789";

    private const string Text = $$"""
        akkacrypto {
          profile = "bench"
          node.roles = [api]
          http.port = 0
          auth.api-keys = [ { id = "bench", key = "{{Key}}", role = user, tier = bench, tenant = bench } ]
          quota.tiers.bench = ${akkacrypto.quota.tier-defaults} { limits { minute = ${akkacrypto.quota.limit-defaults} { limit = 100000000 } } }
          feeds = null
          feeds {}
        }
        """;

    public static AkkaCryptoSettings Create(string dataDir)
    {
        var reference = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "reference.conf"));
        var document = HoconDocument.Parse(reference + "\n" + Text);
        return SettingsBinder.Bind<AkkaCryptoSettings>(document.Object, HoconConfiguration.RootPath).OrThrow() with { DataDir = dataDir };
    }
}
