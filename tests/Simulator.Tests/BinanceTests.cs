using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Binance;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class BinanceTests
{
    private const string Api = "/binance/api/v3";

    private static readonly MarketPair BtcUsdt = BinanceMarket.Pairs[0];

    [SharedTheory]
    [InlineData("aggtrades__btcusdt-ccxt", "response_unquoted", "/aggTrades?symbol=BTCUSDT&limit=3")]
    [InlineData("trades__btcusdt-2020", "response", "/trades?symbol=BTCUSDT&limit=3")]
    [InlineData("historical-trades__btcusdt", "response", "/historicalTrades?symbol=BTCUSDT&limit=3")]
    [InlineData("depth__nknusdt-1000", "response", "/depth?symbol=BTCUSDT&limit=20")]
    [InlineData("klines__btcusdt-1m", "response", "/klines?symbol=BTCUSDT&interval=1m&limit=5")]
    [InlineData("ticker-24hr__two-symbols-2024", "response", "/ticker/24hr?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D")]
    [InlineData("ticker-price__btceur", "response", "/ticker/price?symbol=ETHUSDT")]
    [InlineData("exchange-time", "response", "/time")]
    public async Task A_reply_is_built_like_the_recorded_one(string fixture, string member, string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        JsonShape.AssertLike(Shared.Fixture($"binance/{fixture}.json").GetProperty(member), await simulator.JsonAsync(Api + path));
    }

    [SharedTheory]
    [InlineData("ws-aggtrade-kline__mixed", "btcusdt@aggTrade", 0)]
    [InlineData("ws-depth__nknusdt", "btcusdt@depth@100ms", 1)]
    [InlineData("ws-bookticker__nknusdt", "btcusdt@bookTicker", 0)]
    public async Task A_frame_is_built_like_the_recorded_one(string fixture, string stream, int frame)
    {
        var recorded = Shared.Fixture($"binance/{fixture}.json").GetProperty("frames")[frame].GetProperty("frame");
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, $"/binance/socket/stream?streams={stream}");
        await client.AskAsync("""{"method":"LIST_SUBSCRIPTIONS","id":3}""", "result");
        simulator.Time.Advance(TimeSpan.FromSeconds(20));
        JsonShape.AssertLike(recorded, await client.NextAsync());
    }

    [Fact]
    public async Task Ids_are_consecutive_and_the_same_by_number_by_time_and_in_another_process()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var newest = await ListAsync(simulator, "/aggTrades?symbol=BTCUSDT&limit=500");
        var ids = newest.Select(trade => trade.GetProperty("a").GetInt64()).ToList();
        Assert.Equal(Enumerable.Range(0, 500).Select(place => ids[0] + place), ids);

        var byNumber = await ListAsync(simulator, $"/aggTrades?symbol=BTCUSDT&limit=500&fromId={ids[0]}");
        Assert.Equal(newest.Select(Text), byNumber.Select(Text));
        var start = newest[0].GetProperty("T").GetInt64();
        var byTime = await ListAsync(simulator, $"/aggTrades?symbol=BTCUSDT&limit=1000&startTime={start}");
        Assert.Equal(newest.Select(Text), byTime.SkipWhile(trade => trade.GetProperty("a").GetInt64() < ids[0]).Select(Text));

        var tape = new TradeTape(new MarketModel(RunningSimulator.Seed), BtcUsdt);
        var again = tape.From(ids[0], RunningSimulator.Start.AddMilliseconds(1)).Take(500);
        Assert.Equal(
            newest.Select(trade => (trade.GetProperty("a").GetInt64(), trade.GetProperty("T").GetInt64(), Number(trade, "p"))),
            again.Select(trade => (trade.Number, trade.Trade.Time, trade.Trade.Price)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public void A_number_is_the_count_of_the_trades_so_far_at_any_pace(double pace)
    {
        var market = new MarketModel(7, pace);
        var tape = new TradeTape(market, BtcUsdt);
        var to = TradeTape.Begin.AddHours(26).AddSeconds(17.123);
        Assert.Equal(
            market.Trades(BtcUsdt, TradeTape.Begin, TradeTape.Begin.AddHours(1)).Count(), tape.CountBefore(TradeTape.Begin.AddHours(1)));
        var last = tape.Between(to.AddMinutes(-3), to).ToList();
        Assert.Equal(tape.Newest(to.AddMilliseconds(-1), last.Count), last);
        Assert.Equal(last, tape.From(last[0].Number, to));
        Assert.Equal(market.TradeCount(BtcUsdt, TradeTape.Begin, TradeTape.Begin.AddHours(26)), tape.CountBefore(to));
    }

    [Fact]
    public void A_market_of_dust_counts_the_trades_that_it_has()
    {
        var market = new MarketModel(7, 5000);
        var dust = new MarketPair("btc", "usdt", "bitcoin", 0.000000001m, "dust");
        var from = TradeTape.Begin;
        Assert.Equal(market.Trades(dust, from, from.AddMinutes(3)).Count(), market.TradeCount(dust, from, from.AddMinutes(3)));
    }

    [Fact]
    public async Task Past_the_weight_is_429_and_who_goes_on_is_banned_with_418()
    {
        await using var simulator = await RunningSimulator.StartAsync(
            options => options with { RequestsPerMinute = new Dictionary<string, int> { ["binance"] = 60 } });
        var book = new Uri(Api + "/depth?symbol=BTCUSDT&limit=1000", UriKind.Relative);
        async Task<HttpResponseMessage> Ask() => await simulator.Http.GetAsync(book);

        using (var first = await Ask())
        {
            Assert.Equal((200, "50"), ((int)first.StatusCode, Used(first)));
        }

        for (var refused = 0; refused < 10; refused++)
        {
            using var response = await Ask();
            Assert.Equal(429, (int)response.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(34), response.Headers.RetryAfter!.Delta); // the minute's rest, rounded up
        }

        using var banned = await Ask();
        Assert.Equal((418, TimeSpan.FromMinutes(2)), ((int)banned.StatusCode, banned.Headers.RetryAfter!.Delta));
        Assert.Contains("\"code\":-1003", await banned.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        simulator.Time.Advance(TimeSpan.FromSeconds(119));
        using var still = await Ask();
        Assert.Equal(418, (int)still.StatusCode);
        simulator.Time.Advance(TimeSpan.FromSeconds(1));
        using var free = await Ask();
        Assert.Equal(200, (int)free.StatusCode);
    }

    [Theory]
    [InlineData("/depth", -1102)]
    [InlineData("/depth?symbol=NOPE", -1121)]
    [InlineData("/depth?symbol=BTCUSDT&limit=x", -1100)]
    [InlineData("/klines?symbol=BTCUSDT&interval=7m", -1120)]
    [InlineData("/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1", -1128)]
    [InlineData("/aggTrades?symbol=BTCUSDT&limit=0", -1130)]
    [InlineData("/ticker/24hr?symbols=%5B%22NOPE%22%5D", -1121)]
    public async Task A_wrong_request_is_400_with_its_code(string path, int code)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.Equal(code, (await simulator.JsonAsync(Api + path, 400)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_snapshot_with_the_changes_after_it_is_the_markets_book_at_every_event()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, "/binance/socket/ws/btcusdt@depth@100ms");
        await client.AskAsync("""{"method":"LIST_SUBSCRIPTIONS","id":1}""", "result");
        simulator.Time.Advance(TimeSpan.FromSeconds(1));
        var snapshot = await simulator.JsonAsync(Api + "/depth?symbol=BTCUSDT&limit=5000");
        var (bids, asks) = (Levels(snapshot, "bids"), Levels(snapshot, "asks"));
        var last = snapshot.GetProperty("lastUpdateId").GetInt64();
        var applied = 0;
        while (applied < 20)
        {
            simulator.Time.Advance(TimeSpan.FromMilliseconds(applied % 3 == 0 ? 2300 : 900));
            var change = await client.NextAsync();
            var (first, final) = (change.GetProperty("U").GetInt64(), change.GetProperty("u").GetInt64());
            if (final <= last)
            {
                continue;
            }

            Assert.True(applied == 0 ? first <= last + 1 : first == last + 1, $"{first} after {last}");
            last = final;
            Apply(bids, change.GetProperty("b"));
            Apply(asks, change.GetProperty("a"));
            applied++;

            // The number names the second in which the book began; it stands until the next one's.
            MarketBook At(long milliseconds) => simulator.Server.Market.Book(
                BtcUsdt, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), BinanceMarket.BookLevels);
            var book = At(final + 999);
            Assert.Equal(final / 1000, book.Time / 1000);
            Assert.Equal(book.Bids.Select(level => (level.Price, level.Quantity)), Ordered(bids).Reverse());
            Assert.Equal(book.Asks.Select(level => (level.Price, level.Quantity)), Ordered(asks));
        }
    }

    [Fact]
    public async Task Every_aggregate_since_the_subscription_comes_once_and_in_order()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await TwinSocket.ConnectAsync(simulator, "/binance/socket/ws");
        await client.AskAsync("""{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}""", "result");
        var tape = new TradeTape(simulator.Server.Market, BtcUsdt);
        var expected = tape.Between(RunningSimulator.Start, RunningSimulator.Start.AddSeconds(30)).Select(trade => trade.Number).ToList();
        var told = new List<long>();
        simulator.Time.Advance(TimeSpan.FromSeconds(30));
        while (told.Count < expected.Count)
        {
            told.Add((await client.NextAsync()).GetProperty("a").GetInt64());
        }

        Assert.True(expected.Count > 10);
        Assert.Equal(expected, told);
    }

    private static async Task<List<JsonElement>> ListAsync(RunningSimulator simulator, string path) =>
        [.. (await simulator.JsonAsync(Api + path)).EnumerateArray()];

    private static string Text(JsonElement element) => element.GetRawText();

    private static string? Used(HttpResponseMessage response) => response.Headers.GetValues("x-mbx-used-weight-1m").Single();

    private static decimal Number(JsonElement element, string name) =>
        decimal.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static IEnumerable<(decimal Price, decimal Quantity)> Ordered(Dictionary<decimal, decimal> levels) =>
        levels.OrderBy(level => level.Key).Select(level => (level.Key, level.Value));

    private static Dictionary<decimal, decimal> Levels(JsonElement book, string side)
    {
        var levels = new Dictionary<decimal, decimal>();
        Apply(levels, book.GetProperty(side));
        return levels;
    }

    private static void Apply(Dictionary<decimal, decimal> levels, JsonElement changes)
    {
        foreach (var change in changes.EnumerateArray())
        {
            var price = decimal.Parse(change[0].GetString()!, CultureInfo.InvariantCulture);
            var quantity = decimal.Parse(change[1].GetString()!, CultureInfo.InvariantCulture);
            levels.Remove(price);
            if (quantity > 0)
            {
                levels.Add(price, quantity);
            }
        }
    }
}
