using System.Diagnostics;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>Other people's clients, with nothing changed but their addresses, against the simulator on the system's clock.</summary>
public sealed class ClientTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [NodeFact]
    public async Task Ccxt_accepts_coinone_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await RunAsync("coinone.mjs", server.Address + "coinone");
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
        var accepted = await RunAsync("coinbase.mjs", server.Address + "coinbase");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades 100", "fetchOHLCV",
            "watchTrades", "watchTicker" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_upbit_over_rest_and_websocket()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed, Pace: 5),
            TimeProvider.System);
        var accepted = await RunAsync("upbit.mjs", server.Address + "upbit");
        foreach (var call in new[] { "loadMarkets", "fetchTicker", "fetchOrderBook", "fetchTrades", "fetchOHLCV", "watchTrades" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    [NodeFact]
    public async Task Ccxt_accepts_bithumbs_older_api()
    {
        await using var server = await SimulatorServer.StartAsync(new SimulatorOptions(RunningSimulator.Seed), TimeProvider.System);
        var accepted = await RunAsync("bithumb.mjs", server.Address + "bithumb");
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
        var accepted = await RunAsync("coingecko.mjs", server.Address + "coingecko/api/v3", limited.Address + "coingecko/api/v3");
        foreach (var call in new[] { "ping", "simple.price", "coins.markets", "coins.marketChart range",
            "the call after it: RateLimitError" })
        {
            Assert.Contains("ok " + call, accepted);
        }
    }

    private static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = NodeFactAttribute.Clients, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}:\n{await output}\n{await errors}");
            return (await output).Split('\n');
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

/// <summary>
/// Skipped, with the reason, where node or the clients' packages are absent (<c>npm ci</c> in tests/clients brings them).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = !HasNode() ? "skipped: no node on the path"
        : Clients is null || !Directory.Exists(Path.Combine(Clients, "node_modules")) ? "skipped: run npm ci in tests/clients first" : null;

    public static string? Clients { get; } = Find();

    private static bool HasNode() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "node")) || File.Exists(Path.Combine(folder, "node.exe")));

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var clients = Path.Combine(folder.FullName, "tests", "clients");
            if (File.Exists(Path.Combine(clients, "package.json")))
            {
                return clients;
            }
        }

        return null;
    }
}
