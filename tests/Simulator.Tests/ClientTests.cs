using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>Other people's clients, with nothing changed but their addresses, against the simulator on the system's clock.</summary>
public sealed class ClientTests
{
    [NodeTheory]
    [InlineData("coinone", "loadMarkets, fetchCurrencies, fetchTicker, fetchOrderBook 15, fetchTrades 200, watchTrades")]
    [InlineData("coinbase", "loadMarkets, fetchTicker, fetchOrderBook, fetchTrades 100, fetchOHLCV, watchTrades, watchTicker")]
    [InlineData("binance", "loadMarkets, fetchTicker, fetchOrderBook 20, fetchTrades 100, fetchOHLCV 20, watchTrades, watchOrderBook")]
    [InlineData("kraken", "loadMarkets, fetchTicker, fetchOrderBook, fetchTrades, fetchOHLCV, watchTrades, watchOrderBook")]
    [InlineData("upbit", "loadMarkets, fetchTicker, fetchOrderBook, fetchTrades, fetchOHLCV, watchTrades")]
    [InlineData("bithumb", "loadMarkets, fetchTicker, fetchOrderBook, fetchTrades, fetchOHLCV")]
    public async Task Ccxt_accepts_each_exchange(string exchange, string calls)
    {
        await using var server = await SimulatorServer.StartAsync(
            new SimulatorOptions(RunningSimulator.Seed, Pace: 5), TimeProvider.System);
        var accepted = await NodeClients.RunAsync(exchange + ".mjs", server.Address + exchange);
        Assert.All(calls.Split(", "), call => Assert.Contains("ok " + call, accepted));
    }

    [NodeFact]
    public async Task The_official_CoinGecko_SDK_accepts_coingecko_and_types_its_errors()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed), TimeProvider.System);

        // A clock that stands still keeps both calls of the limited server in one minute.
        await using var limited = await SimulatorServer.StartAsync(
            new SimulatorOptions(RunningSimulator.Seed, RequestsPerMinute: new Dictionary<string, int> { ["coingecko"] = 1 }),
            new FakeTimeProvider(RunningSimulator.Start));
        var accepted = await NodeClients.RunAsync(
            "coingecko.mjs", server.Address + "coingecko/api/v3", limited.Address + "coingecko/api/v3");
        foreach (var call in new[] { "ping", "simple.price", "coins.markets", "coins.marketChart range",
            "the call after it: RateLimitError" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }
}
