using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What the providers are asked for.</summary>
public sealed class RequestTests
{
    private static readonly DatasetSettings Settings = TestSettings.Read("""
        akkacrypto.feeds.coinone.datasets.trades {
          pairs = [btc-krw, xrp-krw], assets = [bitcoin, ripple], currencies = [usd, krw], intervals = [daily, hourly], history-days = 365
        }
        """).Feeds["coinone"].Datasets["trades"];

    [Fact]
    public void Coinones_pairs_are_upper_case_quote_first_and_the_trades_are_a_window_of_200()
    {
        var trades = Polled("coinone", "trades");
        Assert.Equal(200, trades.WindowSize);
        Assert.Equal(
            [new SeriesRequest(
                "btc-krw", "/public/v2/trades/KRW/BTC?size=200", "/public/v2/trades/KRW/BTC?size=200", new ReplyContext(Pair: "btc-krw")),
             new SeriesRequest(
                 "xrp-krw", "/public/v2/trades/KRW/XRP?size=200", "/public/v2/trades/KRW/XRP?size=200", new ReplyContext(Pair: "xrp-krw"))],
            trades.Series(Settings));
        Assert.Equal("/public/v2/orderbook/KRW/BTC?size=16", Polled("coinone", "orderbook").Series(Settings).First().Path);
        Assert.Null(Polled("coinone", "orderbook").WindowSize);
    }

    [Theory]
    [InlineData("binance", "trades", 1000, 4, "/api/v3/aggTrades?symbol=BTCKRW&limit=1000")]
    [InlineData("binance", "orderbook", null, 50, "/api/v3/depth?symbol=BTCKRW&limit=1000")]
    [InlineData("binance", "ticker", null, 2, "/api/v3/ticker/24hr?symbol=BTCKRW")]
    [InlineData("binance", "markets", null, 20, "/api/v3/exchangeInfo?symbol=BTCKRW")]
    [InlineData("kraken", "trades", 1000, 1, "/0/public/Trades?pair=XBTKRW&count=1000")]
    [InlineData("kraken", "orderbook", null, 1, "/0/public/Depth?pair=XBTKRW&count=100")]
    [InlineData("kraken", "ticker", null, 1, "/0/public/Ticker?pair=XBTKRW")]
    [InlineData("kraken", "markets", null, 1, "/0/public/AssetPairs?pair=XBTKRW")]
    public void A_pair_is_asked_for_in_the_exchanges_own_name_and_at_its_weight(
        string provider, string dataset, int? window, int weight, string path)
    {
        var polled = Polled(provider, dataset);
        Assert.Equal(window, polled.WindowSize);
        Assert.Equal(
            new SeriesRequest("btc-krw", path, path, new ReplyContext(Pair: "btc-krw"), weight), polled.Series(Settings).First());
    }

    [Fact]
    public void Candles_are_a_series_for_each_pair_and_interval_that_the_exchange_has()
    {
        var settings = Settings with { Intervals = ["1m", "4h"] };
        var binance = Polled("binance", "candles").Series(settings).ToList();
        Assert.Equal(["btc-krw/1m", "btc-krw/4h", "xrp-krw/1m", "xrp-krw/4h"], binance.Select(request => request.Series));
        Assert.Equal("/api/v3/klines?symbol=BTCKRW&interval=4h&limit=1000", binance[1].FirstPath);
        Assert.Equal("/api/v3/klines?symbol=BTCKRW&interval=4h&limit=3", binance[1].Path);
        Assert.Equal("/0/public/OHLC?pair=XBTKRW&interval=240", Polled("kraken", "candles").Series(settings).ElementAt(1).Path);
        Assert.Throws<FormatException>(() => Polled("kraken", "candles").Series(Settings with { Intervals = ["2h"] }).ToList());
        Assert.Throws<FormatException>(() => Polled("binance", "candles").Series(Settings with { Intervals = ["7m"] }).ToList());
    }

    [Fact]
    public void A_socket_is_told_its_pairs_by_its_address_or_by_a_message()
    {
        var binance = Providers.Find("binance")!.Sockets["orderbook"].Plan(Settings);
        Assert.Equal("/stream?streams=btckrw@depth@100ms/xrpkrw@depth@100ms", binance.Path);
        Assert.Empty(binance.Subscribe);
        var kraken = Providers.Find("kraken")!.Sockets["orderbook"].Plan(Settings);
        Assert.Equal("/v2", kraken.Path);
        Assert.Equal(
            """{"method":"subscribe","params":{"channel":"book","symbol":["BTC/KRW","XRP/KRW"],"depth":100,"snapshot":true},"req_id":1}""",
            System.Text.Encoding.UTF8.GetString(Assert.Single(kraken.Subscribe).Span));
    }

    [Fact]
    public void All_simple_prices_are_one_request()
    {
        var request = Assert.Single(Polled("coingecko", "simple_price").Series(Settings));
        Assert.Equal(("all", new ReplyContext()), (request.Series, request.Context));
        Assert.Equal(
            "/simple/price?ids=bitcoin,ripple&vs_currencies=usd,krw&include_market_cap=true&include_24hr_vol=true"
            + "&include_24hr_change=true&include_last_updated_at=true&precision=full",
            request.Path);
        Assert.Equal(request.Path, request.FirstPath);
        Assert.Empty(Polled("coingecko", "simple_price").Series(Settings with { Assets = [] }));
    }

    [Fact]
    public void A_chart_asks_for_its_history_first_and_for_two_days_later()
    {
        var requests = Polled("coingecko", "market_chart").Series(Settings).ToDictionary(request => request.Series);
        Assert.Equal(8, requests.Count);
        var daily = requests["bitcoin/usd/daily"];
        Assert.Equal("/coins/bitcoin/market_chart?vs_currency=usd&days=365&interval=daily", daily.FirstPath);
        Assert.Equal("/coins/bitcoin/market_chart?vs_currency=usd&days=2&interval=daily", daily.Path);
        Assert.Equal(new ReplyContext(Asset: "bitcoin", Currency: "usd", Interval: "daily"), daily.Context);
        var hourly = requests["ripple/krw/hourly"];
        Assert.Equal("/coins/ripple/market_chart?vs_currency=krw&days=90", hourly.FirstPath);
        Assert.Equal("/coins/ripple/market_chart?vs_currency=krw&days=2", hourly.Path);
    }

    [Theory]
    [InlineData("exchange_netflow", "/btc/exchange-flows/netflow?exchange=binance&window=day&limit=365")]
    [InlineData("exchange_reserve_usd", "/btc/exchange-flows/reserve?exchange=binance&window=day&limit=365")]
    [InlineData("exchange_transactions_count_inflow", "/btc/exchange-flows/transactions-count?exchange=binance&window=day&limit=365")]
    [InlineData("miner_inflow_total", "/btc/miner-flows/inflow?miner=binance&window=day&limit=365")]
    [InlineData("market_cap", "/btc/market-data/capitalization?window=day&limit=365")]
    public void An_onchain_metric_is_asked_for_at_its_endpoint(string metric, string expected)
    {
        var request = Assert.Single(Polled("cryptoquant", "onchain").Series(OnChain(metric)));
        Assert.Equal(expected, request.FirstPath);
        Assert.Equal(expected.Replace("limit=365", "limit=10", StringComparison.Ordinal), request.Path);
        Assert.Equal(($"bitcoin/{metric}/binance/day",
            new ReplyContext(Asset: "bitcoin", Metric: metric, Source: "binance", Interval: "day")), (request.Series, request.Context));
    }

    [Fact]
    public void A_setting_that_cannot_be_asked_for_names_itself()
    {
        string Message(string provider, string dataset, DatasetSettings settings) =>
            Assert.Throws<FormatException>(() => Polled(provider, dataset).Series(settings).ToList()).Message;
        Assert.Contains("coinone.datasets.trades.pairs: \"BTC/KRW\"", Message("coinone", "trades", Settings with { Pairs = ["BTC/KRW"] }),
            StringComparison.Ordinal);
        Assert.Contains("market-chart.intervals: \"1h\"", Message("coingecko", "market_chart", Settings with { Intervals = ["1h"] }),
            StringComparison.Ordinal);
        Assert.Contains(
            "onchain.metrics: \"happiness\"", Message("cryptoquant", "onchain", OnChain("happiness")), StringComparison.Ordinal);
        Assert.Contains("onchain.assets: \"doge\"",
            Message("cryptoquant", "onchain", OnChain("exchange_netflow") with { Assets = ["doge"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_provider_signs_its_own_way_and_not_without_a_key()
    {
        string Signed(string provider, string? key)
        {
            using var request = new HttpRequestMessage();
            Providers.Find(provider)!.Authorise(request, key);
            return string.Join(';', request.Headers.Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));
        }

        Assert.Equal("x-cg-demo-api-key: k", Signed("coingecko", "k"));
        Assert.Equal("Authorization: Bearer k", Signed("cryptoquant", "k"));
        Assert.Equal(
            ["", "", "", "", ""],
            [Signed("coingecko", null), Signed("cryptoquant", ""), Signed("coinone", "k"), Signed("binance", "k"), Signed("kraken", "k")]);
    }

    private static DatasetSettings OnChain(string metric) =>
        Settings with { Assets = ["bitcoin"], Metrics = [metric], Sources = ["binance"], Intervals = ["day"] };

    private static IPolledDataset Polled(string provider, string dataset) => Providers.Find(provider)!.Polled[dataset];
}
