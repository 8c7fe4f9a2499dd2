using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinoneTests
{
    private const string Api = "/coinone/public/v2";

    private static readonly MarketPair BtcKrw = Catalogue.FindPair("btc", "krw")!;

    [SharedTheory]
    [InlineData("trades__doc-example", "/trades/KRW/BTC")]
    [InlineData("orderbook__doc-example", "/orderbook/KRW/BTC?size=5")]
    [InlineData("orderbook__btc-2023-sample", "/orderbook/krw/btc")]
    [InlineData("ticker-new__doc-example-three", "/ticker_new/KRW")]
    [InlineData("markets__doc-example-btc", "/markets/KRW/BTC")]
    [InlineData("markets__usdt-empty", "/markets/USDT")]
    [InlineData("chart__doc-example-15m", "/chart/KRW/BTC?interval=15m")]
    [InlineData("error__108-unknown-currency", "/orderbook/KRW/NOPE")]
    public async Task A_reply_is_built_like_the_recorded_one(string fixture, string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture($"coinone/{fixture}.json").GetProperty("response");
        var actual = await simulator.JsonAsync(Api + path);

        JsonShape.AssertLike(recorded, actual);
        Assert.Equal(recorded.GetProperty("error_code").GetString(), actual.GetProperty("error_code").GetString());
    }

    [SharedFact]
    public async Task Currencies_are_built_like_the_recorded_ones()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        JsonShape.AssertLike(
            Shared.Fixture("coinone/currencies__usdt-ccxt.json").GetProperty("response_unquoted"),
                await simulator.JsonAsync(Api + "/currencies/USDT"));
    }

    [Fact]
    public async Task The_trades_on_the_wire_are_the_markets_newest_up_to_this_instant()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var first = await simulator.JsonAsync(Api + "/trades/KRW/BTC");
        simulator.Time.Advance(TimeSpan.FromSeconds(40));
        var second = await simulator.JsonAsync(Api + "/trades/KRW/BTC");

        var expected = simulator.Server.Market.Trades(BtcKrw, RunningSimulator.Start.AddMinutes(-9),
            RunningSimulator.Start.AddSeconds(40).AddTicks(1));
        Assert.Equal(expected.Reverse().Take(200).Select(t => t.Id), Ids(second));
        Assert.Equal("btc", first.GetProperty("target_currency").GetString());
        Assert.Equal(Ids(first).Take(100), Ids(second).SkipWhile(id => id != Ids(first)[0]).Take(100));
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("150", 150)]
    public async Task A_size_of_the_list_gives_so_many_trades(string size, int count)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.Equal(count, Ids(await simulator.JsonAsync($"{Api}/trades/KRW/ETH?size={size}")).Count);
    }

    [Theory]
    [InlineData("/trades/KRW/BTC?size=11")]
    [InlineData("/orderbook/KRW/BTC?size=7")]
    [InlineData("/orderbook/KRW/BTC?order_book_unit=3")]
    [InlineData("/chart/KRW/BTC?interval=7m")]
    [InlineData("/chart/KRW/BTC")]
    public async Task A_parameter_off_the_list_is_an_error_under_200(string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var reply = await simulator.JsonAsync(Api + path);
        Assert.Equal("error", reply.GetProperty("result").GetString());
        Assert.NotEqual("0", reply.GetProperty("error_code").GetString());
    }

    [Fact]
    public async Task The_ticker_fits_the_trades_and_the_book_of_the_same_instant()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        foreach (
            var ticker in (await simulator.JsonAsync(Api + "/ticker_new/KRW?additional_data=true")).GetProperty("tickers").EnumerateArray())
        {
            var target = ticker.GetProperty("target_currency").GetString();
            var trade = (await simulator.JsonAsync($"{Api}/trades/KRW/{target}?size=10")).GetProperty("transactions")[0];
            var book = await simulator.JsonAsync($"{Api}/orderbook/KRW/{target}?size=5");
            var last = Number(ticker, "last");
            Assert.Equal(Number(trade, "price"), last);
            Assert.InRange(last, Number(ticker, "low"), Number(ticker, "high"));
            Assert.Equal(Number(book.GetProperty("bids")[0], "price"), Number(ticker.GetProperty("best_bids")[0], "price"));
            Assert.Equal(Number(book.GetProperty("asks")[0], "price"), Number(ticker.GetProperty("best_asks")[0], "price"));
            Assert.InRange(Number(ticker, "quote_volume") / Number(ticker, "target_volume"), Number(ticker, "low"), Number(ticker, "high"));
            Assert.True(Number(ticker, "yesterday_high") >= Number(ticker, "yesterday_low"));
        }
    }

    [Fact]
    public async Task A_grouped_book_has_multiples_of_the_unit_and_is_not_crossed()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var book = await simulator.JsonAsync(Api + "/orderbook/KRW/BTC?size=10&order_book_unit=100000");
        var (bids, asks) = (book.GetProperty("bids").EnumerateArray().ToList(), book.GetProperty("asks").EnumerateArray().ToList());

        Assert.Equal((10, 10), (bids.Count, asks.Count));
        Assert.All(bids.Concat(asks), l => Assert.Equal(0, Number(l, "price") % 100_000));
        Assert.True(Number(bids[0], "price") < Number(asks[0], "price"));
    }

    [Fact]
    public async Task Charts_page_backwards_without_a_hole()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var page = (await simulator.JsonAsync(Api + "/chart/KRW/XRP?interval=1h&size=3")).GetProperty("chart");
        var oldest = page[2].GetProperty("timestamp").GetInt64();
        var next = (await simulator.JsonAsync($"{Api}/chart/KRW/XRP?interval=1h&size=3&timestamp={oldest - 1}")).GetProperty("chart");

        Assert.Equal(oldest - 3_600_000, next[0].GetProperty("timestamp").GetInt64());
        Assert.True((await simulator.JsonAsync(Api + "/chart/KRW/XRP?interval=1mon&size=500")).GetProperty("is_last").GetBoolean());
    }

    [Fact]
    public async Task Past_the_burst_error_4_comes_under_200_until_tokens_are_back()
    {
        await using var simulator = await RunningSimulator.StartAsync(
            o => o with { RequestsPerMinute = new Dictionary<string, int> { ["coinone"] = 60 } });
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal("0", (await simulator.JsonAsync(Api + "/markets/KRW/BTC")).GetProperty("error_code").GetString());
        }

        using var refused = await simulator.Http.GetAsync(Api + "/markets/KRW/BTC");
        Assert.Equal(200, (int)refused.StatusCode);
        Assert.Equal("0", refused.Headers.GetValues("public-ratelimit-remaining").Single());
        Assert.Equal("1", refused.Headers.GetValues("public-ratelimit-replenish-rate").Single());
        Assert.Equal("60", refused.Headers.GetValues("public-ratelimit-burst-capacity").Single());
        Assert.Equal(
            """{"result":"error","error_code":"4","error_msg":"Blocked user access"}""", await refused.Content.ReadAsStringAsync());
        simulator.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("0", (await simulator.JsonAsync(Api + "/markets/KRW/BTC")).GetProperty("error_code").GetString());
    }

    private static List<string?> Ids(JsonElement trades) =>
        [.. trades.GetProperty("transactions").EnumerateArray().Select(t => t.GetProperty("id").GetString())];

    private static decimal Number(JsonElement element, string name) =>
        decimal.Parse(element.GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
