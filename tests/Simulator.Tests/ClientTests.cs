using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>Other people's clients, with nothing changed but their addresses, against the simulator on the system's clock.</summary>
public sealed class ClientTests
{
    [NodeFact]
    public async Task Ccxt_accepts_coinone_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await NodeClients.RunAsync("coinone.mjs", server.Address + "coinone");
        foreach (var call in new[] { "loadMarkets", "fetchCurrencies", "fetchTicker", "fetchOrderBook 15", "fetchTrades 200",
            "watchTrades" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_coinbase_over_rest_and_websocket()
    {
        var options = new SimulatorOptions(RunningSimulator.Seed, Pace: 5);
        await using var server = await SimulatorServer.StartAsync(options, TimeProvider.System);
        var accepted = await NodeClients.RunAsync("coinbase.mjs", server.Address + "coinbase");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades 100", "fetchOHLCV",
            "watchTrades", "watchTicker" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_binance_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await NodeClients.RunAsync("binance.mjs", server.Address + "binance");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook 20", "fetchTrades 100", "fetchOHLCV 20",
            "watchTrades", "watchOrderBook" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_kraken_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await NodeClients.RunAsync("kraken.mjs", server.Address + "kraken");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades", "fetchOHLCV",
            "watchTrades", "watchOrderBook" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_upbit_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await NodeClients.RunAsync("upbit.mjs", server.Address + "upbit");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades", "fetchOHLCV", "watchTrades" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_bithumbs_older_api()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed), TimeProvider.System);
        var accepted = await NodeClients.RunAsync("bithumb.mjs", server.Address + "bithumb");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades", "fetchOHLCV" })
        {
            Assert.Contains("ok " + call, accepted);
        }
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
