using System.Net.Http.Json;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>The running service over Coinone's twin and its websocket: trades and books come by it, and what goes wrong on it loses
/// nothing.</summary>
public sealed class SocketSpec(ITestOutputHelper output)
{
    private const string Settings = """
        akkacrypto {
          simulator { seed = 20260102, pace = 5 }
          feeds.coinone.datasets { trades.every = 8s, orderbook.every = 500ms }
          feeds.coinone.budget.per-minute = 100000
        }
        """;

    [Fact]
    public async Task Trades_and_books_come_over_the_websocket_and_whatever_happens_to_it_nothing_is_lost()
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceProcess.StartAsync(folder.Path, Settings);
        await service.WhenReadyAsync();
        await Eventually.HoldsAsync(
            async () => (await FeedsAsync(service)).All(feed => feed.GetProperty("socket_connected").GetBoolean()),
            what: "both feeds are connected");
        await Eventually.HoldsAsync(
            async () => await StateAsync(service) == "valid", what: "the book is followed and valid");

        await using var database = service.OpenDatabase();
        using var simulator = new HttpClient { BaseAddress = service.Simulator };
        foreach (var kind in (string[])["disconnect", "garbage", "duplicates", "reordered", "truncated"])
        {
            var fault = new { provider = "coinone", path = "/socket", kind, share = 0.2 };
            using var ordered = await simulator.PostAsJsonAsync("/faults", fault);
            ordered.EnsureSuccessStatusCode();
            var before = await CountAsync(database, "market.trades");
            await Eventually.HoldsAsync(
                async () => await CountAsync(database, "market.trades") > before + 30,
                what: $"trades come under {kind}");
            using var ended = await simulator.DeleteAsync("/faults");
            ended.EnsureSuccessStatusCode();
        }

        var books = await CountAsync(database, "market.order_book_snapshots");
        await Eventually.HoldsAsync(
            async () => await CountAsync(database, "market.order_book_snapshots") > books && await StateAsync(service) == "valid",
            what: "books are valid and stored again");
        await AssertWholeAsync(service, database);
    }

    private async Task AssertWholeAsync(ServiceProcess service, NpgsqlDataSource database)
    {
        // Frames that could not be read are in the dead letters, and their trades come with the next list that REST shows.
        var requests = await RequestsAsync(service);
        await Eventually.HoldsAsync(
            async () => await RequestsAsync(service) >= requests + 6, what: "two rounds have compared all");
        var verdicts = await TradeTruth.CheckAsync(database, new MarketModel(20260102, 5));
        verdicts.ToList().ForEach(verdict => output.WriteLine(verdict.ToString()));
        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));
        await using var crossed = database.CreateCommand(
            """
            SELECT count(*) FROM market.order_book_levels bid JOIN market.order_book_levels ask USING (snapshot_id)
            WHERE bid.side = 1 AND ask.side = 2 AND bid.level_index = 0 AND ask.level_index = 0 AND bid.price >= ask.price
            """);
        Assert.Equal(0L, await crossed.ExecuteScalarAsync());
        Assert.All(await FeedsAsync(service), feed => Assert.Equal(0, feed.GetProperty("restarts").GetInt64()));
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string table)
    {
        await using var command = database.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string?> StateAsync(ServiceProcess service)
    {
        using var book = JsonDocument.Parse(await service.Http.GetStringAsync("/orderbook?exchange=coinone&pair=btc-krw"));
        return book.RootElement.GetProperty("state").GetString();
    }

    private static async Task<long> RequestsAsync(ServiceProcess service) =>
        (await FeedsAsync(service)).Single(feed => feed.GetProperty("dataset").GetString() == "trades").GetProperty("requests").GetInt64();

    private static async Task<IReadOnlyList<JsonElement>> FeedsAsync(ServiceProcess service)
    {
        using var document = JsonDocument.Parse(await service.Http.GetStringAsync("/admin/feeds"));
        return [.. document.RootElement.Clone().GetProperty("feeds").EnumerateArray()
            .Where(feed => feed.GetProperty("provider").GetString() == "coinone"
                && feed.GetProperty("dataset").GetString() is "trades" or "orderbook")];
    }
}
