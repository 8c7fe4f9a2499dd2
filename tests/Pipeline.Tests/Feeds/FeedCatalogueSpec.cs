using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

public sealed class FeedCatalogueSpec
{
    private AkkaCryptoSettings _settings = TestSettings.Read();

    [Fact]
    public void The_shipped_settings_have_no_faults_and_name_every_feed_of_the_contract()
    {
        Assert.Empty(FeedCatalogue.Faults(_settings));
        using var feeds = Catalogue();
        Assert.Empty(new[]
        {
            "binance/orderbook", "binance/trades", "bithumb/orderbook", "bithumb/trades", "coinbase/orderbook", "coinbase/trades",
            "coingecko/coin_details", "coingecko/coin_history", "coingecko/coin_search", "coingecko/currencies", "coingecko/recent_chart",
            "coingecko/coins_list", "coingecko/coins_markets", "coingecko/global", "coingecko/market_chart", "coingecko/ohlc",
            "coingecko/simple_price", "coinmetrics/onchain", "coinone/candles", "coinone/orderbook", "coinone/trades",
            "cryptoquant/onchain", "kraken/orderbook", "kraken/trades", "upbit/orderbook", "upbit/trades",
        }.Except(feeds.All.Select(feed => feed.ToString())));
    }

    [Theory]
    [InlineData("bithumb", 150)]
    [InlineData("coinbase", 10)]
    [InlineData("kraken", 1)]
    [InlineData("upbit", 10)]
    public void What_a_provider_allows_in_a_second_is_what_binds(string provider, int allowed)
    {
        var budget = _settings.Feeds[provider].Budget;

        Assert.Equal((allowed, 60 * allowed, null, null), (budget.PerSecond, budget.PerMinute, budget.PerDay, budget.PerMonth));
    }

    [Theory]
    [InlineData(
        "akkacrypto.feeds.nobody = ${akkacrypto.provider-defaults} { base-url = \"http://x\" }",
        "akkacrypto.feeds.nobody", "one of the providers ")]
    [InlineData(
        "akkacrypto.feeds.coinmetrics.datasets.onchain.metrics = [exchange_inflow_total]",
        "akkacrypto.feeds.cryptoquant.datasets.onchain",
        "series that no other provider brings, but bitcoin/exchange_inflow_total/all_exchange/day is coinmetrics's too")]
    [InlineData(
        "akkacrypto.feeds.coinone.datasets.currencies = ${akkacrypto.dataset-defaults} { stream = trades }",
        "akkacrypto.feeds.coinone.datasets.currencies", "one of coinone's datasets trades, orderbook, ticker, candles")]
    [InlineData(
        "akkacrypto.feeds.coinone.datasets.candles.intervals = [1d, 3m]",
        "akkacrypto.feeds.coinone.datasets.candles", "\"3m\", expected some of 1m, 5m, 15m, 1h, 4h, 1d")]
    [InlineData(
        "akkacrypto.feeds.coinone.datasets.trades.stream = tardes",
        "akkacrypto.feeds.coinone.datasets.trades.stream", "one of the streams ")]
    [InlineData(
        "akkacrypto.feeds.coinone.base-url = \"api.coinone.co.kr\"",
        "akkacrypto.feeds.coinone.base-url", "an absolute address like https://")]
    [InlineData(
        "akkacrypto.feeds.coinone.socket-url = \"https://stream.coinone.co.kr\"",
        "akkacrypto.feeds.coinone.socket-url", "an absolute address like wss://")]
    [InlineData(
        "akkacrypto.feeds.coinone { socket-url = null, datasets.trades.socket = true }",
        "akkacrypto.feeds.coinone.datasets.trades.socket", "an address in akkacrypto.feeds.coinone.socket-url")]
    [InlineData(
        "akkacrypto.feeds.coingecko.datasets.simple-price.socket = true",
        "akkacrypto.feeds.coingecko.datasets.simple-price.socket", "false, for coingecko pushes no simple-price")]
    [InlineData(
        "akkacrypto.feeds.coinone.datasets.trades.pairs = [BTCKRW]",
        "akkacrypto.feeds.coinone.datasets.trades", "\"BTCKRW\" is not a pair, expected lower-case tickers such as btc-krw")]
    [InlineData(
        "akkacrypto.feeds.coingecko.datasets.market-chart.intervals = [weekly]",
        "akkacrypto.feeds.coingecko.datasets.market-chart", "\"weekly\", expected daily or hourly")]
    [InlineData(
        "akkacrypto.feeds.cryptoquant.datasets.onchain.metrics = [exchange_mood]",
        "akkacrypto.feeds.cryptoquant.datasets.onchain", "\"exchange_mood\"")]
    public void What_does_not_exist_or_cannot_be_asked_for_is_a_fault_with_its_path_and_what_was_expected(
        string setting, string path, string expected)
    {
        var fault = Assert.Single(FeedCatalogue.Faults(TestSettings.Read(setting)));

        Assert.Equal(path, fault.Path);
        Assert.Contains(expected, fault.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coinone", "trades", "akkacrypto.feeds.coinone.enabled = false", "switched off by akkacrypto.feeds.coinone.enabled")]
    [InlineData(
        "coingecko", "simple_price", "akkacrypto.feeds.coingecko.datasets.simple-price.enabled = false",
        "switched off by akkacrypto.feeds.coingecko.datasets.simple-price.enabled")]
    [InlineData("cryptoquant", "onchain", "", "cryptoquant answers nobody without a key; set AKKACRYPTO__FEEDS__CRYPTOQUANT__API_KEY")]
    public void A_disabled_feed_says_what_would_enable_it(string provider, string dataset, string setting, string reason)
    {
        _settings = TestSettings.Read(setting);
        using var feeds = Catalogue();

        var status = feeds.Find(provider, dataset)!.Status();

        Assert.Equal((FeedState.Disabled, reason), (status.State, status.Reason));
    }

    [Fact]
    public void A_feed_with_its_key_is_enabled()
    {
        _settings = TestSettings.Read("akkacrypto.feeds.cryptoquant.api-key = abc");
        using var feeds = Catalogue();

        Assert.Equal(FeedState.Running, feeds.Find("cryptoquant", "onchain")!.Status().State);
    }

    [Fact]
    public void Feeds_see_edited_settings_and_keep_theirs_where_an_edit_takes_them_away()
    {
        using var feeds = Catalogue();
        var feed = feeds.Find("coinone", "trades")!;
        _settings = TestSettings.Read("akkacrypto { feeds.coinone.datasets.trades.pairs = [xrp-krw], streams.trades.batch-size = 7 }");
        Assert.Equal(("xrp-krw", 7), (Assert.Single(feed.Series).Series, feed.Stream.BatchSize));

        var atStart = TestSettings.Read();
        _settings =
            _settings with { Feeds = new Dictionary<string, ProviderSettings>(), Streams = new Dictionary<string, StreamSettings>() };

        Assert.Equal(atStart.Feeds["coinone"].Datasets["trades"].Pairs, feed.Series.Select(series => series.Series));
        Assert.Equal(atStart.Streams["trades"], feed.Stream);
        Assert.Equal(3, feed.Status().Series);
    }

    [Fact]
    public void What_the_settings_do_not_name_is_not_found()
    {
        using var feeds = Catalogue();

        Assert.Null(feeds.Find("coinone", "markets"));
        Assert.Null(feeds.Find("nobody", "trades"));
    }

    private FeedCatalogue Catalogue() =>
        new(() => _settings, () => new ScriptedProvider(TimeProvider.System), new FakeTimeProvider(), new Random(1));
}
