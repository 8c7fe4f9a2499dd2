using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.CoinGecko;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What Coinbase, Coin Metrics and CoinGecko are asked for, now and in the past.</summary>
public sealed class CoinRequestTests
{
    private static readonly DatasetSettings Settings = TestSettings.Read("""
        akkacrypto.feeds.coinone.datasets.trades {
          pairs = [btc-usd, eth-usd], assets = [bitcoin, bitcoin-cash], currencies = [usd], history-days = 365
        }
        """).Feeds["coinone"].Datasets["trades"];

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Coinbases_products_are_upper_case_and_its_trades_a_window_of_1000()
    {
        var trades = Polled("coinbase", "trades");
        Assert.Equal(1000, trades.WindowSize);
        Assert.Equal(
            new SeriesRequest(
                "btc-usd", "/products/BTC-USD/trades?limit=1000", "/products/BTC-USD/trades?limit=1000", new ReplyContext(Pair: "btc-usd")),
            trades.Series(Settings).First());
        Assert.Equal("/products/ETH-USD/book?level=2", Polled("coinbase", "orderbook").Series(Settings).Last().Path);
        Assert.Equal(
            ["/products/BTC-USD/candles?granularity=60", "/products/BTC-USD/candles?granularity=86400"],
            Polled("coinbase", "candles").Series(Settings with { Pairs = ["btc-usd"], Intervals = ["1m", "1d"] }).Select(one => one.Path));
    }

    [Fact]
    public void A_setting_that_cannot_be_asked_for_names_itself()
    {
        string Message(string provider, string dataset, DatasetSettings settings) =>
            Assert.Throws<FormatException>(() => Polled(provider, dataset).Series(settings).ToList()).Message;
        Assert.Contains("coinbase.datasets.trades.pairs: \"BTCUSD\"", Message("coinbase", "trades", Settings with { Pairs = ["BTCUSD"] }));
        Assert.Contains(
            "coinbase.datasets.candles.intervals: \"4h\"", Message("coinbase", "candles", Settings with { Intervals = ["4h"] }));
        Assert.Contains("ohlc.intervals: \"1h\"", Message("coingecko", "ohlc", Settings with { Intervals = ["1h"] }));
        Assert.Contains(
            "coins-markets.assets: 251 assets",
            Message("coingecko", "coins_markets", Settings with { Assets = [.. Enumerable.Range(0, 251).Select(i => $"a{i}")] }));
        Assert.Contains("coinmetrics.datasets.onchain.metrics: \"mood\"", Message("coinmetrics", "onchain", OnChain("mood")));
        Assert.Contains(
            "coinmetrics.datasets.onchain.assets: \"nobody\"",
            Message("coinmetrics", "onchain", OnChain("price_usd") with { Assets = ["nobody"] }));
    }

    [Fact]
    public void Coin_metrics_is_asked_by_its_own_names_for_the_newest_points()
    {
        var request = Assert.Single(Polled("coinmetrics", "onchain").Series(OnChain("exchange_inflow_total")));
        Assert.Equal(
            "/timeseries/asset-metrics?assets=btc&metrics=FlowInExNtv&frequency=1d&paging_from=end&page_size=365", request.FirstPath);
        Assert.EndsWith("&page_size=10", request.Path, StringComparison.Ordinal);
        Assert.Equal("bitcoin/exchange_inflow_total/all_exchange/day", request.Series);
        using var signed = new HttpRequestMessage(HttpMethod.Get, "https://x.test/v4/a?b=1");
        Providers.Find("coinmetrics")!.Authorise(signed, "k/y");
        Assert.Equal("https://x.test/v4/a?b=1&api_key=k%2Fy", signed.RequestUri!.AbsoluteUri);
    }

    [Fact]
    public void CoinGeckos_lists_are_one_request_and_markets_one_a_currency_with_every_field()
    {
        Assert.Equal("/coins/list?include_platform=true", Assert.Single(Polled("coingecko", "coins_list").Series(Settings)).Path);
        Assert.Equal("/global", Assert.Single(Polled("coingecko", "global").Series(Settings)).Path);
        var markets = Assert.Single(Polled("coingecko", "coins_markets").Series(Settings));
        Assert.Equal(
            "/coins/markets?vs_currency=usd&ids=bitcoin,bitcoin-cash&order=market_cap_desc&per_page=250&page=1&sparkline=true"
            + "&price_change_percentage=1h,24h,7d,14d,30d,200d,1y&include_rehypothecated=true&precision=full",
            markets.Path);
        Assert.Equal(("usd", new ReplyContext(Currency: "usd")), (markets.Series, markets.Context));
        var candles = Polled("coingecko", "ohlc").Series(Settings with { Intervals = ["4h"] }).Last();
        Assert.Equal("/coins/bitcoin-cash/ohlc?vs_currency=usd&days=30&precision=full", candles.Path);
        Assert.Equal(new ReplyContext("bch-usd", "bitcoin-cash", "usd", Interval: "4h"), candles.Context);
    }

    [Fact]
    public void What_is_kept_whole_is_asked_for_whole_and_days_and_searches_only_by_who_wants_them()
    {
        Assert.Equal(
            "/coins/bitcoin-cash?localization=true&tickers=true&market_data=true&community_data=true&developer_data=true&sparkline=true"
            + "&include_categories_details=true",
            Polled("coingecko", "coin_details").Series(Settings).Last().Path);
        Assert.Empty(Polled("coingecko", "coin_history").Series(Settings));
        Assert.Empty(Polled("coingecko", "coin_search").Series(Settings));
        var day = CoinHistoryRequests.Request("a b", new DateOnly(2026, 1, 31));
        Assert.Equal(
            ("a b/2026-01-31", "/coins/a%20b/history?date=31-01-2026&localization=true",
                new ReplyContext(Asset: "a b", Query: "2026-01-31")),
            (day.Series, day.Path, day.Context));
        Assert.Equal("/search?query=a%26b", CoinSearchRequests.Request("a&b").Path);
        var recent = Polled("coingecko", "recent_chart").Series(Settings).First();
        Assert.Equal(
            ("bitcoin/usd", "/coins/bitcoin/market_chart?vs_currency=usd&days=1&precision=full", "5m"),
            (recent.Series, recent.Path, recent.Context.Interval));
    }

    [Fact]
    public void Coinbases_trades_are_walked_backwards_by_number_until_the_span_begins()
    {
        var (range, history) = Walk("coinbase", "trades", Settings, Noon, Noon.AddHours(1));
        var first = history.First(range);
        Assert.Equal(range.Request, first);
        var second = history.Next(range, first, [Trade(1000, Noon.AddMinutes(30)), Trade(990, Noon.AddMinutes(20))]);
        Assert.Equal("/products/BTC-USD/trades?limit=1000&after=990", second!.Path);
        var third = history.Next(range, second, [Trade(989, Noon.AddMinutes(20)), Trade(700, Noon)]);
        Assert.Equal("/products/BTC-USD/trades?limit=1000&after=700", third!.Path);
        Assert.Null(history.Next(range, third, [Trade(699, Noon), Trade(698, Noon.AddTicks(-1))]));
        Assert.Null(history.Next(range, third, []));
        Assert.Null(history.Next(range, third, [Trade(701, Noon)]));
        Assert.Null(history.Next(range, third, [Trade(1, Noon)]));
    }

    [Fact]
    public void Coinbases_candles_are_walked_in_pages_of_300_also_over_hours_without_a_trade()
    {
        var settings = Settings with { Pairs = ["btc-usd"], Intervals = ["1m"] };
        var (range, history) = Walk("coinbase", "candles", settings, Noon.AddSeconds(30), Noon.AddHours(9));
        var pages = Pages(history, range, _ => []);
        var start = Noon.ToUnixTimeSeconds();
        Assert.Equal(
            [(start, start + (299 * 60)), (start + (300 * 60), start + (540 * 60))],
            pages.Select(page => (Number(page, "start"), Number(page, "end"))));
    }

    [Theory]
    [InlineData("hourly", 200, 3)]
    [InlineData("daily", 200, 2)]
    [InlineData("hourly", 0.1, 1)]
    public void A_charts_past_is_asked_for_in_spans_that_keep_its_granularity(string interval, double days, int pages)
    {
        var settings = Settings with { Assets = ["bitcoin"], Intervals = [interval] };
        var (range, history) = Walk("coingecko", "market_chart", settings, Noon.AddDays(-days), Noon);
        var walked = Pages(history, range, _ => [new ChartPoint("bitcoin", "usd", ProviderTime.FromUnixSeconds(1), 1, 1, 1)]);
        Assert.Equal(pages, walked.Count);
        Assert.All(walked, page => Assert.InRange(
            (Number(page, "to") - Number(page, "from")) / 86_400.0, interval == "daily" ? 91 : 1.9, interval == "daily" ? 365 : 90));
        Assert.True(Number(walked[^1], "from") <= range.From.ToUnixTimeSeconds());
        Assert.All(walked.Zip(walked.Skip(1)), pair => Assert.Equal(Number(pair.First, "from"), Number(pair.Second, "to")));
        Assert.Null(history.Next(range, walked[0], []));
    }

    [Fact]
    public void CryptoQuants_past_is_asked_for_by_inclusive_bounds_that_leave_nothing_between_two_pages()
    {
        var (range, history) = Walk("cryptoquant", "onchain", OnChain("exchange_netflow"), Noon.AddDays(-1500), Noon);
        var pages = Pages(history, range, _ => []).Select(page => page.Path).ToList();
        Assert.Equal(
            ["/btc/exchange-flows/netflow?exchange=all_exchange&window=day&from=20220121T120000&to=20241017T115959&limit=10000",
             "/btc/exchange-flows/netflow?exchange=all_exchange&window=day&from=20241017T120000&to=20260301T115959&limit=10000"],
            pages);
    }

    [Fact]
    public void Coin_metrics_goes_on_after_the_last_point_of_a_full_page()
    {
        var (range, history) = Walk("coinmetrics", "onchain", OnChain("price_usd"), Noon.AddDays(-2), Noon);
        var first = history.First(range);
        Assert.Equal(
            "/timeseries/asset-metrics?assets=btc&metrics=PriceUSD&frequency=1d&start_time=2026-02-27T12%3A00%3A00.0000000Z"
            + "&start_inclusive=true&end_time=2026-03-01T12%3A00%3A00.0000000Z&end_inclusive=false&paging_from=start&page_size=10000",
            first.Path);
        OnChainPoint Point(int day) => new("bitcoin", "price_usd", "all_exchange", "day", ProviderTime.FromUnixSeconds(day * 86_400L), 1);
        Assert.Null(history.Next(range, first, [Point(20_000)]));
        var next = history.Next(range, first, [.. Enumerable.Range(10_000, 10_000).Select(Point)]);
        Assert.Contains("start_time=2024-10-03T00%3A00%3A00Z&start_inclusive=false", next!.Path);
    }

    [Theory]
    [InlineData("trades", "matches", false)]
    [InlineData("orderbook", "level2_batch", true)]
    public void A_socket_subscribes_to_its_channel_and_to_heartbeats(string dataset, string channel, bool isBook)
    {
        var socket = Providers.Find("coinbase")!.Sockets[dataset];
        var plan = socket.Plan(Settings);
        Assert.Equal(
            $$"""{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["{{channel}}","heartbeat"]}""",
            Encoding.UTF8.GetString(Assert.Single(plan.Subscribe).Span));
        Assert.Equal(("", TimeSpan.FromSeconds(10), isBook), (plan.Path, plan.Silence, socket.Books is not null));
        Assert.True(socket.Books is null or { Start: BookStart.Subscription, StepOf: null, Checksum: null });
    }

    private static DatasetSettings OnChain(string metric) =>
        Settings with { Assets = ["bitcoin"], Metrics = [metric], Sources = ["all_exchange"], Intervals = ["day"] };

    private static Trade Trade(int number, DateTimeOffset at) =>
        new("coinbase", "btc-usd", $"{number}", 1, 1, null, ProviderTime.From(at, 6));

    private static (HistoryRange Range, IHistory History) Walk(
        string provider, string dataset, DatasetSettings settings, DateTimeOffset from, DateTimeOffset to)
    {
        var polled = Polled(provider, dataset);
        return (new HistoryRange(polled.Series(settings).First(), from, to), polled.History!);
    }

    private static List<SeriesRequest> Pages(
        IHistory history, HistoryRange range, Func<SeriesRequest, IReadOnlyList<NormalisedRecord>> answer)
    {
        var pages = new List<SeriesRequest>();
        for (var page = history.First(range); page is not null && pages.Count < 20; page = history.Next(range, page, answer(page)))
        {
            pages.Add(page);
        }

        return pages;
    }

    private static long Number(SeriesRequest request, string name) =>
        long.Parse(request.Path.Split('?', '&').Single(part => part.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..]);

    private static IPolledDataset Polled(string provider, string dataset) => Providers.Find(provider)!.Polled[dataset];
}
