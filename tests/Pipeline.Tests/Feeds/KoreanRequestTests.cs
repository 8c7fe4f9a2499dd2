using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What Upbit, Bithumb and Coinone are asked for: by polls, on their sockets, and for the past.</summary>
public sealed class KoreanRequestTests
{
    private static readonly DatasetSettings Settings = TestSettings.Read("""
        akkacrypto.feeds.upbit.datasets.trades { pairs = [btc-krw, eth-btc], intervals = [1m, 1h, 1d] }
        """).Feeds["upbit"].Datasets["trades"];

    [Theory]
    [InlineData("upbit", "trades", "/v1/trades/ticks?market=KRW-BTC&count=200", 200)]
    [InlineData("upbit", "orderbook", "/v1/orderbook?markets=KRW-BTC", null)]
    [InlineData("upbit", "ticker", "/v1/ticker?markets=KRW-BTC", null)]
    [InlineData("upbit", "candles", "/v1/candles/minutes/1?market=KRW-BTC&count=200", 200)]
    [InlineData("upbit", "markets", "/v1/market/all?is_details=true", null)]
    [InlineData("bithumb", "trades", "/v1/trades/ticks?market=KRW-BTC&count=200", 200)]
    [InlineData("bithumb", "orderbook", "/v1/orderbook?markets=KRW-BTC", null)]
    [InlineData("bithumb", "candles", "/v1/candles/minutes/1?market=KRW-BTC&count=200", 200)]
    [InlineData("coinone", "ticker", "/public/v2/ticker_new/KRW/BTC", null)]
    public void Each_dataset_is_asked_for_at_its_endpoint(string provider, string dataset, string path, int? window)
    {
        var polled = Polled(provider, dataset);
        var first = polled.Series(Settings).First();
        Assert.Equal((path, path, window), (first.Path, first.FirstPath, polled.WindowSize));
    }

    [Fact]
    public void Candles_are_a_series_for_each_pair_and_interval()
    {
        var series = Polled("upbit", "candles").Series(Settings).ToList();
        Assert.Equal(
            ["btc-krw/1m", "btc-krw/1h", "btc-krw/1d", "eth-btc/1m", "eth-btc/1h", "eth-btc/1d"], series.Select(one => one.Series));
        Assert.Equal("/v1/candles/minutes/60?market=KRW-BTC&count=200", series[1].Path);
        Assert.Equal("/v1/candles/days?market=BTC-ETH&count=200", series[5].Path);
        Assert.Equal(new ReplyContext(Pair: "eth-btc", Interval: "1d"), series[5].Context);
        foreach (var provider in new[] { "upbit", "bithumb" })
        {
            var fault = Assert.Throws<FormatException>(
                () => Polled(provider, "candles").Series(Settings with { Intervals = ["7m"] }).ToList());
            Assert.Contains($"{provider}.datasets.candles.intervals: \"7m\", expected one of ", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_socket_of_the_quotation_API_is_asked_once_for_all_markets_and_kept_by_a_text_PING()
    {
        foreach (var provider in new[] { "upbit", "bithumb" })
        {
            var trades = Providers.Find(provider)!.Sockets["trades"];
            var plan = trades.Plan(Settings);
            Assert.Equal(
                """[{"ticket":"akkacrypto-trade"},{"type":"trade","codes":["KRW-BTC","BTC-ETH"]},{"format":"SIMPLE"}]""",
                Encoding.UTF8.GetString(Assert.Single(plan.Subscribe).Span));
            Assert.Equal(("", "PING"), (plan.Path, Encoding.UTF8.GetString(plan.Heartbeat.Span)));
            Assert.True(plan.HeartbeatEvery < plan.Silence && plan.Silence < TimeSpan.FromSeconds(120));
            Assert.Null(trades.Books);
            Assert.Equal(BookStart.EveryFrame, Providers.Find(provider)!.Sockets["orderbook"].Books!.Start);
        }
    }

    [Fact]
    public void Coinones_socket_is_asked_once_for_each_pair()
    {
        var sockets = Providers.Find("coinone")!.Sockets;
        var plan = sockets["orderbook"].Plan(Settings);
        Assert.Equal(
            [
                """{"request_type":"SUBSCRIBE","channel":"ORDERBOOK","topic":{"quote_currency":"KRW","target_currency":"BTC"},"format":"SHORT"}""",
                """{"request_type":"SUBSCRIBE","channel":"ORDERBOOK","topic":{"quote_currency":"BTC","target_currency":"ETH"},"format":"SHORT"}""",
            ],
            plan.Subscribe.Select(message => Encoding.UTF8.GetString(message.Span)));
        Assert.Equal("""{"request_type":"PING"}""", Encoding.UTF8.GetString(plan.Heartbeat.Span));
        Assert.True(plan.HeartbeatEvery < plan.Silence && plan.Silence < TimeSpan.FromMinutes(30));
        Assert.Equal((null, BookStart.EveryFrame), (sockets["trades"].Books, sockets["orderbook"].Books!.Start));
    }

    [Fact]
    public void Where_the_provider_shows_no_past_none_is_declared()
    {
        Assert.Null(Polled("coinone", "trades").History);
        foreach (var provider in new[] { "upbit", "bithumb", "coinone" })
        {
            Assert.NotNull(Polled(provider, "candles").History);
            Assert.Null(Polled(provider, "orderbook").History);
            Assert.Null(Polled(provider, "ticker").History);
        }
    }

    [Fact]
    public void Upbits_trades_are_walked_from_the_day_where_the_range_ends()
    {
        var history = Polled("upbit", "trades").History!;
        var range = Range("upbit", "trades", "2026-03-11T22:00:00Z", "2026-03-12T06:30:15.5Z");
        const string Path = "/v1/trades/ticks?market=KRW-BTC&count=200";

        var first = history.First(range);
        Assert.Equal(Path, first.Path);
        var day = history.Next(range, first, [At("2026-03-14T15:00:00Z", 900), At("2026-03-14T14:00:00Z", 800)])!;
        Assert.Equal(Path + "&days_ago=2&to=063016", day.Path);
        var page = history.Next(
            range, day, [At("2026-03-12T06:30:15Z", 700), At("2026-03-12T06:00:00Z", 601), At("2026-03-12T06:00:00Z", 600)])!;
        Assert.Equal(Path + "&days_ago=2&cursor=600", page.Path);
        var dayBefore = history.Next(range, page, [])!;
        Assert.Equal(Path + "&days_ago=3", dayBefore.Path);
        Assert.Null(history.Next(range, dayBefore, [At("2026-03-11T22:00:01Z", 500), At("2026-03-11T21:59:59Z", 400)]));
    }

    [Fact]
    public void Upbits_walk_stays_in_the_seven_days_that_it_shows_and_jumps_within_today()
    {
        var history = Polled("upbit", "trades").History!;
        var range = Range("upbit", "trades", "2026-01-01T00:00:00Z", "2026-03-14T00:00:00Z");
        var first = history.First(range);
        var midnight = history.Next(range, first, [At("2026-03-14T15:00:00Z", 900)])!;
        Assert.EndsWith("&days_ago=1", midnight.Path, StringComparison.Ordinal);
        var last = midnight with { Path = first.Path + "&days_ago=7&cursor=1" };
        Assert.Null(history.Next(range, last, []));
        Assert.Null(history.Next(Range("upbit", "trades", "2026-01-01Z", "2026-03-01Z"), first, [At("2026-03-14T15:00:00Z", 900)]));

        var today = Range("upbit", "trades", "2026-03-14T08:00:00Z", "2026-03-14T09:00:00Z");
        var jump = history.Next(today, history.First(today), [At("2026-03-14T15:00:00Z", 9)])!;
        Assert.EndsWith("count=200&to=090000", jump.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Bithumbs_trades_are_walked_by_the_cursor_alone_until_a_page_says_nothing_new()
    {
        var history = Polled("bithumb", "trades").History!;
        var range = Range("bithumb", "trades", "2026-03-14T14:00:00Z", "2026-03-14T15:00:00Z");
        var next = history.Next(range, history.First(range), [At("2026-03-14T15:30:00Z", 91), At("2026-03-14T15:20:00Z", 90)])!;
        Assert.Equal("/v1/trades/ticks?market=KRW-BTC&count=200&cursor=90", next.Path);
        Assert.Null(history.Next(range, next, [At("2026-03-14T15:30:00Z", 91), At("2026-03-14T15:20:00Z", 90)]));
        Assert.Null(history.Next(range, next, []));
        Assert.Null(history.Next(range, next, [At("2026-03-14T13:59:59Z", 80)]));
        Assert.Null(history.Next(range, next, [At("2026-03-14T14:30:00Z", 80) with { TradeId = "c10674d77cd197ab75c69342311cb449" }]));
    }

    [Theory]
    [InlineData("upbit", "&to=2026-03-14T15:00:01Z", "&to=2026-03-14T14:00:00Z")]
    [InlineData("bithumb", "&to=2026-03-15T00:00:01", "&to=2026-03-14T23:00:00")]
    [InlineData("coinone", "&timestamp=1773500400500", "&timestamp=1773496800000")]
    public void Candles_are_walked_backwards_from_the_ranges_end(string provider, string end, string next)
    {
        var history = Polled(provider, "candles").History!;
        var range = Range(provider, "candles", "2026-03-14T10:00:00Z", "2026-03-14T15:00:00.5Z");
        var first = history.First(range);
        Assert.EndsWith(end, first.Path, StringComparison.Ordinal);
        var second = history.Next(range, first, [Candle("2026-03-14T14:59:00Z"), Candle("2026-03-14T14:00:00Z")])!;
        Assert.EndsWith(next, second.Path, StringComparison.Ordinal);
        Assert.Null(history.Next(range, second, [Candle("2026-03-14T10:00:00Z")]));
        Assert.Null(history.Next(range, second, [Candle("2026-03-14T14:00:00Z")]));
        Assert.Null(history.Next(range, second, []));
    }

    private static IPolledDataset Polled(string provider, string dataset) => Providers.Find(provider)!.Polled[dataset];

    private static HistoryRange Range(string provider, string dataset, string from, string to) =>
        new(Polled(provider, dataset).Series(Settings).First(), Time(from), Time(to));

    private static Trade At(string time, long id) =>
        new("x", "btc-krw", $"{id}", 1, 1, null, ProviderTime.FromUnixMilliseconds(Time(time).ToUnixTimeMilliseconds()));

    private static Candle Candle(string time) =>
        new("x", "btc-krw", "1m", ProviderTime.FromUnixMilliseconds(Time(time).ToUnixTimeMilliseconds()), 1, 1, 1, 1, 1, null);

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
}
