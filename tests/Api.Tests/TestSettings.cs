using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Tests;

/// <summary>The service's own settings with keys like the demo's, small bounds and few feeds.</summary>
public static class TestSettings
{
    public const string UserKey = "demo-key";
    public const string SmallKey = "demo-small-key";
    public const string AdminKey = "demo-admin-key";

    /// <summary>Of another tenant than the others.</summary>
    public const string OtherKey = "other-key";
    public const int SmallQuota = 3;
    public const int MaxBody = 4096;
    public const int InvalidRequestsPerMinute = 20;

    // "feeds = null" forgets the shipped feeds, so that what is configured here is all there is.
    private static readonly string Text = $$"""
        akkacrypto {
          profile = "demo", data-dir = "data"
          node.roles = [api, feeds]
          http { port = 0, max-body-bytes = {{MaxBody}}, max-concurrent-requests = 64, max-concurrent-reads = 64, shutdown-grace = 1s }
          auth.api-keys = [
            { id = "demo", key = "{{UserKey}}", role = user, tier = large, tenant = demo }
            { id = "small", key = "{{SmallKey}}", role = user, tier = small, tenant = demo }
            { id = "other", key = "{{OtherKey}}", role = user, tier = large, tenant = other }
            { id = "demo-admin", key = "{{AdminKey}}", role = admin, tier = unlimited, tenant = demo }
          ]
          auth.admin-key = null
          quota {
            tiers {
              large = ${akkacrypto.quota.tier-defaults} { limits { minute = ${akkacrypto.quota.limit-defaults} { limit = 100000000 } } }
              small = ${akkacrypto.quota.tier-defaults} { limits { minute = ${akkacrypto.quota.limit-defaults} { limit = {{SmallQuota}} } } }
            }
            invalid-requests-per-minute = {{InvalidRequestsPerMinute}}
          }
          feeds = null
          feeds {
            coingecko = ${akkacrypto.provider-defaults} { base-url = "http://127.0.0.1", datasets {
              simple-price = ${akkacrypto.dataset-defaults} { stream = prices, assets = [bitcoin, ethereum], currencies = [usd, krw] }
              market-chart = ${akkacrypto.dataset-defaults} { stream = charts, assets = [bitcoin], currencies = [usd] }
            } }
            coinone = ${akkacrypto.provider-defaults} { base-url = "http://127.0.0.1", datasets {
              trades = ${akkacrypto.dataset-defaults} { stream = trades, pairs = [btc-krw, eth-krw] }
              orderbook = ${akkacrypto.dataset-defaults} { stream = orderbooks, pairs = [btc-krw, eth-krw] }
            } }
            cryptoquant = ${akkacrypto.provider-defaults} { base-url = "http://127.0.0.1", datasets {
              onchain = ${akkacrypto.dataset-defaults} {
                stream = onchain, assets = [bitcoin], metrics = [exchange_netflow], sources = [all_exchange], intervals = [day, hour]
              }
            } }
          }
        }
        """;

    private static readonly AkkaCryptoSettings Settings = TestKit.Feeds.TestSettings.Read(Text);

    public static AkkaCryptoSettings Create() => Settings;
}
