using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Simulator.Coinbase;
using AkkaCrypto.Simulator.CoinMetrics;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Coinbase, Coin Metrics and CoinGecko from end to end: what their twins said over HTTP stands in the tables, to the last
/// digit.</summary>
public sealed class CoinTwinSpec(ServerFixture servers) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private static readonly MarketPair BtcUsd = CoinbaseMarket.Find("BTC-USD")!;

    private string connection = "";

    public async Task InitializeAsync() => connection = await servers.NewDatabaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Coinbases_stored_trades_are_the_markets()
    {
        await using var twin = await TwinFeed.StartAsync("/coinbase", connection);
        var status = await twin.RunAsync("coinbase", "trades", of => of.SeriesWithData == 2 && of.Counts.Attempted >= 8_000);
        Assert.Equal((0, 0, 0), (status.Counts.Rejected, status.Counts.Differing, status.OpenGaps));

        var stored = await twin.Stores.Trades.ReadAsync(
            "coinbase", "btc-usd", new PageRequest(TwinFeed.Start.AddMinutes(-10), TwinFeed.Start.AddSeconds(2), 1000, null), default);
        Assert.Equal(
            twin.Server.Market.Trades(BtcUsd, TwinFeed.Start.AddMinutes(-10), TwinFeed.Start.AddSeconds(2)).Select(Said), stored.Records);
    }

    [Fact]
    public async Task Coinbases_past_is_walked_whole()
    {
        await using var twin = await TwinFeed.StartAsync("/coinbase", connection);
        var (from, to) = (TwinFeed.Start.AddHours(-2), TwinFeed.Start.AddHours(-1));
        var trades = await twin.WalkAsync("coinbase", "trades", "btc-usd", from, to);
        Assert.Equal(
            twin.Server.Market.Trades(BtcUsd, from, to).Select(Said),
            trades.Cast<Trade>().Where(trade => trade.Time.ToDateTimeOffset() >= from && trade.Time.ToDateTimeOffset() < to).Reverse());

        var candles = (await twin.WalkAsync(
            "coinbase", "candles", "btc-usd/1m", from.AddHours(-8), to, "akkacrypto.feeds.coinbase.datasets.trades.intervals = [1m]"))
            .Cast<Candle>().DistinctBy(candle => candle.OpenTime).OrderBy(candle => candle.OpenTime.UnixNanoseconds).ToList();
        Assert.Equal(9 * 60, candles.Count(candle => candle.OpenTime.ToDateTimeOffset() >= from.AddHours(-8)));
        Assert.All(candles, candle =>
        {
            var open = candle.OpenTime.ToDateTimeOffset();
            var said = twin.Server.Market.Candle(BtcUsd, open, open.AddMinutes(1));
            Assert.Equal(
                (said.Open, said.High, said.Low, said.Close, (decimal?)said.Volume),
                (candle.Open, candle.High, candle.Low, candle.Close, candle.Volume));
        });
    }

    [Fact]
    public async Task Coin_metrics_stored_points_are_the_chains()
    {
        await using var twin = await TwinFeed.StartAsync("/coinmetrics/v4", connection);
        var status = await twin.RunAsync(
            "coinmetrics", "onchain", of => of.SeriesWithData == of.Series && of.Series == 4,
            "akkacrypto.feeds.coinmetrics.datasets.onchain { metrics = [price_usd, exchange_inflow_total], history-days = 30 }");
        Assert.Equal((120, 0), (status.Counts.Inserted, status.Counts.Rejected));
        foreach (var (id, metric, theirs) in new[]
            { ("bitcoin", "price_usd", "PriceUSD"), ("ethereum", "exchange_inflow_total", "FlowInExNtv") })
        {
            var stored = await twin.Stores.OnChain.ReadAsync(
                id, metric, "all_exchange", "day", new PageRequest(null, null, 1000, null), null, default);
            Assert.Equal(30, stored.Records.Count);
            Assert.All(stored.Records, point => Assert.Equal(Metric(twin, id, theirs, point), point.Value));
        }
    }

    [Fact]
    public async Task Coin_metrics_past_is_walked_whole()
    {
        await using var twin = await TwinFeed.StartAsync("/coinmetrics/v4", connection);
        var (from, to) = (TwinFeed.Start.AddDays(-400), TwinFeed.Start.AddDays(-3));
        var points = (await twin.WalkAsync("coinmetrics", "onchain", "bitcoin/price_usd/all_exchange/day", from, to))
            .Cast<OnChainPoint>().ToList();
        Assert.Equal(397, points.Count);
        Assert.All(points, point => Assert.Equal(Metric(twin, "bitcoin", "PriceUSD", point), point.Value));
    }

    [Theory]
    [InlineData("hourly", 24 * 120)]
    [InlineData("daily", 120)]
    public async Task CoinGeckos_past_keeps_its_granularity(string interval, int least)
    {
        await using var twin = await TwinFeed.StartAsync("/coingecko/api/v3", connection);
        var (from, to) = (TwinFeed.Start.AddDays(-200), TwinFeed.Start.AddDays(-80));
        var points = (await twin.WalkAsync(
            "coingecko", "market_chart", $"bitcoin/usd/{interval}", from, to)).Cast<ChartPoint>().ToList();
        var within = points.Where(point => point.Time.ToDateTimeOffset() >= from && point.Time.ToDateTimeOffset() < to)
            .DistinctBy(point => point.Time).ToList();
        Assert.InRange(within.Count, least, least + 1);
    }

    [Fact]
    public async Task CryptoQuants_past_is_walked_whole()
    {
        await using var twin = await TwinFeed.StartAsync("/cryptoquant/v1", connection);
        var (from, to) = (TwinFeed.Start.AddDays(-1_500), TwinFeed.Start.AddDays(-3));
        var points = await twin.WalkAsync("cryptoquant", "onchain", "bitcoin/exchange_netflow/all_exchange/day", from, to);
        Assert.Equal(1_497, points.Cast<OnChainPoint>().Select(point => point.Time).Distinct().Count());
    }

    [Fact]
    public async Task CoinGeckos_lists_markets_candles_and_global_figures_are_the_markets()
    {
        await using var twin = await TwinFeed.StartAsync("/coingecko/api/v3", connection);
        foreach (var dataset in new[] { "coins_markets", "coins_list", "global", "ohlc" })
        {
            var status = await twin.RunAsync("coingecko", dataset, of => of.SeriesWithData == of.Series);
            Assert.Equal((0, true), (status.Counts.Rejected, status.Counts.Inserted > 0));
        }

        var market = twin.Server.Market;
        var coins = await twin.Stores.Coins.Markets.ReadAsync("krw", null, default);
        Assert.Equal(Catalogue.Assets.Select(asset => asset.Id).Order(), coins.Select(coin => coin.Asset).Order());
        Assert.All(coins, coin =>
        {
            var known = Catalogue.Find(coin.Asset)!;
            var at = coin.Time!.Value.ToDateTimeOffset();
            Assert.Equal(market.Price(known, "krw", at), coin.Price);
            Assert.Equal((known.Symbol, known.Name, Math.Round(market.MarketCap(known, "krw", at))),
                (coin.Details!.Symbol, coin.Details.Name, coin.MarketCap));
            Assert.True(coin.Details.AllTimeHigh.Price >= coin.Price && coin.Details.AllTimeLow.Price <= coin.Price, coin.ToString());
            Assert.NotNull(coin.Details.Sparkline);
            Assert.NotNull(coin.Details.Changes.Year1);
        });
        Assert.Equal(Enumerable.Range(1, coins.Count).Select(rank => (long?)rank), coins.Select(coin => coin.Details!.MarketCapRank));

        var listed = await twin.Stores.Coins.Listed.ReadAsync(default);
        Assert.Equal("""{"ethereum":"0xdac17f958d2ee523a2206206994597c13d831ec7"}""", listed.Single(coin => coin.Asset == "tether").Platforms);
        var global = await twin.Stores.Coins.Global.ReadAsync(default);
        Assert.Equal(Catalogue.Currencies.Order(StringComparer.Ordinal), global.Select(of => of.Currency));
        Assert.All(global, of => Assert.Equal(Catalogue.Assets.Count, of.Figures!.ActiveCryptocurrencies));
        foreach (var (dataset, wanted) in new[]
            { ("currencies", "stream = coins"), ("coin-details", "assets = [bitcoin, tether]"),
                ("recent-chart", "assets = [bitcoin], currencies = [usd]") })
        {
            var status = await twin.RunAsync(
                "coingecko", dataset.Replace('-', '_'), of => of.Series > 0 && of.SeriesWithData == of.Series,
                $"akkacrypto.feeds.coingecko.datasets.{dataset} {{ {wanted} }}");
            Assert.Equal((0, true), (status.Counts.Rejected, status.Counts.Inserted > 0));
        }

        Assert.Equal(Catalogue.Currencies, await twin.Stores.Coins.Currencies.ReadAsync(default));
        var details = (await twin.Stores.Coins.Documents.ReadAsync("coin_details", "tether", default))!;
        var shown = JsonDocument.Parse(details.Json).RootElement.GetProperty("market_data").GetProperty("market_cap").GetProperty("krw");
        var cap = market.MarketCap(Catalogue.Find("tether")!, "krw", details.Time!.Value.ToDateTimeOffset());
        Assert.Equal(Math.Round(cap), shown.GetDecimal());
        Assert.InRange((await twin.Stores.Charts.ReadAsync("bitcoin", "usd", "5m", null, null, default)).Count, 286, 290);
        foreach (var (interval, candles) in new[] { ("30m", 48), ("4h", 180), ("4d", 91) })
        {
            Assert.Equal(candles, (await twin.Stores.Coins.Ohlc.ReadAsync("bitcoin", "usd", interval, null, null, default)).Count);
        }
    }

    [Fact]
    public async Task A_book_followed_by_Coinbases_socket_is_the_markets()
    {
        await using var twin = await TwinFeed.StartAsync("/coinbase", connection);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(twin.Server.Address) { Scheme = "ws", Path = "/coinbase/socket" }.Uri, default);
        var subscribe = """{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2_batch"]}""";
        await socket.SendAsync(Encoding.UTF8.GetBytes(subscribe), WebSocketMessageType.Text, true, default);
        Assert.Empty((await NextAsync(socket)).Records);
        var book = (OrderBook)Assert.Single((await NextAsync(socket)).Records);
        var bids = book.Bids.ToDictionary(level => level.Price, level => level.Quantity);
        var asks = book.Asks.ToDictionary(level => level.Price, level => level.Quantity);
        for (var second = 0; second < 20; second++)
        {
            twin.Time.Advance(TimeSpan.FromSeconds(1));
            var delta = (OrderBookDelta)Assert.Single((await NextAsync(socket)).Records);
            Apply(bids, delta.Bids);
            Apply(asks, delta.Asks);
            var said = twin.Server.Market.Book(BtcUsd, delta.Time!.Value.ToDateTimeOffset(), 50);
            Assert.Equal(
                said.Bids.Select(level => ((MarketNumber)level.Price, (MarketNumber)level.Quantity)),
                bids.OrderByDescending(level => level.Key).Select(level => (level.Key, level.Value)));
            Assert.Equal(
                said.Asks.Select(level => ((MarketNumber)level.Price, (MarketNumber)level.Quantity)),
                asks.OrderBy(level => level.Key).Select(level => (level.Key, level.Value)));
        }
    }

    private static Trade Said(MarketTrade trade) => new(
        "coinbase", "btc-usd", trade.Number.ToString(CultureInfo.InvariantCulture), trade.Price, trade.Quantity,
        trade.TakerBought ? TakerSide.Buy : TakerSide.Sell,
        Contracts.Text.ProviderTime.FromUnixMicroseconds(CoinbaseMarket.MicrosecondsOf(trade)));

    private static decimal? Metric(TwinFeed twin, string id, string theirs, OnChainPoint point) => AssetMetrics.ValueOf(
        twin.Server.Market, Catalogue.Find(id)!, theirs, point.Time.ToDateTimeOffset().ToUnixTimeSeconds() / 86_400);

    private static void Apply(Dictionary<MarketNumber, MarketNumber> side, IReadOnlyList<BookLevel> changes)
    {
        foreach (var (price, quantity) in changes)
        {
            side.Remove(price);
            if (quantity > 0)
            {
                side[price] = quantity;
            }
        }
    }

    private static async Task<Normalised> NextAsync(ClientWebSocket socket)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(length), default).Within("a frame comes");
            length += part.Count;
        }
        while (!part.EndOfMessage);
        var read = new Normalised();
        Providers.Find("coinbase")!.Normalisers["ws"](buffer.AsMemory(0, length), new ReplyContext(), read);
        Assert.Empty(read.Refusals);
        return read;
    }
}
