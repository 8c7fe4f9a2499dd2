using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Kraken;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class KrakenTests
{
    private const string Api = "/kraken/0/public";

    private static readonly MarketPair BtcUsd = KrakenMarket.Pairs[0];

    [SharedTheory]
    [InlineData("trades__seven-elements", "/Trades?pair=XBTUSD&count=3")]
    [InlineData("ohlc__example", "/OHLC?pair=XBTUSD&interval=1")]
    [InlineData("ticker__xbteur-2014", "/Ticker?pair=XBTEUR")]
    [InlineData("spread__xbtusd-2014", "/Spread?pair=XBTUSD")]
    [InlineData("time__2014", "/Time")]
    public async Task A_reply_is_built_like_the_recorded_one(string fixture, string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var (recorded, actual) = (Shared.Fixture($"kraken/{fixture}.json").GetProperty("response"), await simulator.JsonAsync(Api + path));
        Assert.Equal(
            recorded.GetProperty("result").EnumerateObject().Select(entry => (entry.Name, entry.Value.ValueKind)),
            actual.GetProperty("result").EnumerateObject().Select(entry => (entry.Name, entry.Value.ValueKind)));
        Assert.Equal(0, actual.GetProperty("error").GetArrayLength());
        foreach (var rows in recorded.GetProperty("result").EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.Array))
        {
            var row = actual.GetProperty("result").GetProperty(rows.Name)[0];
            Assert.Equal(
                rows.Value[0].EnumerateArray().Select(cell => cell.ValueKind), row.EnumerateArray().Select(cell => cell.ValueKind));
        }
    }

    [Theory]
    [InlineData("/Ticker?pair=NOPEEUR", "EQuery:Unknown asset pair")]
    [InlineData("/Trades", "EGeneral:Invalid arguments")]
    [InlineData("/OHLC?pair=XBTUSD&interval=7", "EGeneral:Invalid arguments")]
    [InlineData("/Nothing", "EGeneral:Unknown method")]
    public async Task An_error_is_a_text_in_a_list_without_a_result_under_200(string path, string error)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.Equal($$"""{"error":["{{error}}"]}""", (await simulator.JsonAsync(Api + path)).GetRawText());
    }

    [Fact]
    public async Task Past_the_limit_every_answer_is_its_error_until_the_counter_has_fallen()
    {
        await using var simulator = await RunningSimulator.StartAsync(
            options => options with { RequestsPerMinute = new Dictionary<string, int> { ["kraken"] = 2 } });
        async Task<string> Ask() => (await simulator.JsonAsync(Api + "/Time")).GetProperty("error").GetRawText();
        Assert.Equal(["[]", "[]", "[\"EAPI:Rate limit exceeded\"]"], new[] { await Ask(), await Ask(), await Ask() });
        simulator.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["[]", "[\"EAPI:Rate limit exceeded\"]"], new[] { await Ask(), await Ask() });
    }

    [Fact]
    public async Task Pages_by_since_are_every_trade_once_and_in_order()
    {
        await using var simulator = await RunningSimulator.StartAsync(options => options with { Pace = 20 });
        var from = RunningSimulator.Start.AddMinutes(-5);
        var expected = simulator.Server.Market.Trades(BtcUsd, from, RunningSimulator.Start.AddMilliseconds(1)).ToList();
        var since = ((from.ToUnixTimeMilliseconds() * 1_000_000) - 1).ToString(CultureInfo.InvariantCulture);
        var (told, prices) = (new List<long>(), new List<string>());
        while (true)
        {
            var result = (await simulator.JsonAsync($"{Api}/Trades?pair=XXBTZUSD&since={since}")).GetProperty("result");
            var rows = result.GetProperty("XXBTZUSD").EnumerateArray().ToList();
            if (rows.Count == 0)
            {
                break;
            }

            told.AddRange(rows.Select(row => row[6].GetInt64()));
            prices.AddRange(rows.Select(row => row[0].GetString()!));
            since = result.GetProperty("last").GetString()!;
        }

        Assert.True(expected.Count > 2000);
        Assert.Equal(Enumerable.Range(0, expected.Count).Select(place => told[0] + place), told);
        Assert.Equal(expected.Select(trade => trade.Price.ToString("F5", CultureInfo.InvariantCulture)), prices);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    public async Task A_snapshot_with_the_changes_after_it_cut_to_its_depth_is_the_markets_book(int depth)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, "/kraken/socket/v2");
        Assert.Equal("status", (await client.NextAsync()).GetProperty("channel").GetString());
        var ack = await client.AskAsync(
            $$$"""{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":{{{depth}}}},"req_id":7}""", "method");
        Assert.True(ack.GetProperty("success").GetBoolean());
        var (bids, asks) = (new Dictionary<decimal, decimal>(), new Dictionary<decimal, decimal>());
        for (var frames = 0; frames < 30;)
        {
            var frame = await client.NextAsync();
            simulator.Time.Advance(TimeSpan.FromSeconds(1));
            if (frame.GetProperty("channel").GetString() != "book")
            {
                continue;
            }

            Assert.Equal(frames == 0 ? "snapshot" : "update", frame.GetProperty("type").GetString());
            var data = frame.GetProperty("data")[0];
            Apply(bids, data.GetProperty("bids"), depth, highestFirst: true);
            Apply(asks, data.GetProperty("asks"), depth, highestFirst: false);
            var at = data.GetProperty("timestamp").GetDateTimeOffset();
            var book = simulator.Server.Market.Book(BtcUsd, at, depth);
            Assert.Equal(
                book.Bids.Select(level => (level.Price, level.Quantity)),
                bids.OrderByDescending(l => l.Key).Select(l => (l.Key, l.Value)));
            Assert.Equal(book.Asks.Select(level => (level.Price, level.Quantity)), asks.OrderBy(l => l.Key).Select(l => (l.Key, l.Value)));
            frames++;
        }
    }

    [Fact]
    public async Task Trades_begin_with_the_last_fifty_and_go_on_without_a_hole()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, "/kraken/socket/v2");
        await client.AskAsync("""{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}""", "method");
        var told = new List<long>();
        while (told.Count < 90)
        {
            var frame = await client.NextAsync();
            if (frame.GetProperty("channel").GetString() == "trade")
            {
                Assert.Equal(told.Count == 0 ? "snapshot" : "update", frame.GetProperty("type").GetString());
                told.AddRange(frame.GetProperty("data").EnumerateArray().Select(trade => trade.GetProperty("trade_id").GetInt64()));
            }

            simulator.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Enumerable.Range(0, told.Count).Select(place => told[0] + place), told);
    }

    [SharedFact]
    public async Task A_session_says_what_the_recorded_one_said()
    {
        var recorded = Shared.Fixture("kraken/ws2-session__status-ack-error.json").GetProperty("frames");
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, "/kraken/socket/v2");
        JsonShape.AssertLike(recorded[0].GetProperty("frame"), await client.NextAsync());
        JsonShape.AssertLike(recorded[2].GetProperty("frame"), await client.AskAsync(
            """{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":1}""", "method"));
        JsonShape.AssertLike(recorded[3].GetProperty("frame"), await client.AskAsync(
            """{"method":"subscribe","params":{"channel":"book","symbol":["XBT/USD"],"depth":10},"req_id":999}""", "method"));
    }

    private static void Apply(Dictionary<decimal, decimal> levels, JsonElement changes, int depth, bool highestFirst)
    {
        foreach (var change in changes.EnumerateArray())
        {
            var price = change.GetProperty("price").GetDecimal();
            levels.Remove(price);
            if (change.GetProperty("qty").GetDecimal() is > 0 and var quantity)
            {
                levels.Add(price, quantity);
            }
        }

        var ordered = highestFirst ? levels.Keys.OrderDescending() : levels.Keys.Order();
        foreach (var beyond in ordered.Skip(depth).ToList())
        {
            levels.Remove(beyond);
        }
    }
}
