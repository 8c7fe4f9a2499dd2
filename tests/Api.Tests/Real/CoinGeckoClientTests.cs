using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoClientTests(ServerFixture servers)
{
    [NodeFact]
    public async Task The_official_SDK_reads_the_same_of_the_service_as_of_CoinGecko_and_types_its_errors()
    {
        await using var host = await CoinGeckoHost.StartAsync(servers);
        var accepted = await NodeClients.RunAsync(
            "coingecko-service.mjs", host.Address.ToString(), TestSettings.UserKey, TestSettings.SmallKey, host.Twin.ToString());
        foreach (var call in new[]
            {
                "ping", "simple.price", "simple.supportedVsCurrencies", "coins.list", "coins.markets", "coins.id", "coins.marketChart",
                "coins.marketChart.range", "coins.ohlc", "coins.history", "search", "global", "an unknown coin: NotFoundError",
                "a wrong key: AuthenticationError", "the call past the quota: RateLimitError",
            })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }
}
