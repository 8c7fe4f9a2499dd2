using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.OnChain;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Market;

/// <summary>The rows of the market's and the chains' data.</summary>
public sealed class MarketTable(AkkaCryptoSettings settings, ServiceParts parts, AnswerCache cache, ConfiguredSeries configured)
{
    private static readonly int[] Refusals = [404, 502, 503, 504];

    public IEnumerable<ApiRoute> Rows(Requests requests) =>
    [
        Prices(requests), Chart(requests), TradePages(requests), CandlePages(requests), Book(requests), OnChainPages(requests),
    ];

    private ApiRoute Prices(Requests requests)
    {
        var (rules, maxAge, demand) = (settings.Cache.Prices, settings.MaxAge.Prices, parts.OnDemand);
        var prices = new LatestPrices(parts.Shared, parts.Reads, rules, maxAge, parts.Time, parts.Instruments);
        var read = new CachedRead<SimplePrice.Request>(
            cache, rules, parts.Time, parts.Instruments, static request => request.Key,
            new SimplePrice(prices, configured, maxAge, parts.Time).LoadAsync, demand is null ? null : demand.PricesAsync);
        return Row(
            "/simple_price", "Market", "SimplePrice", "Latest prices of assets in currencies", RouteDescriptions.SimplePrice,
            SimplePrice.Parameters, RouteExamples.SimplePrice, requests.Handle(SimplePrice.Parameters, SimplePrice.Parse, read));
    }

    private ApiRoute Chart(Requests requests)
    {
        var (rules, demand) = (settings.Cache.Charts, parts.OnDemand);
        var chart = new MarketChart(parts.Reads, parts.Shared, configured, rules, settings.MaxAge.Charts, parts.Time, parts.Instruments);
        var read = new CachedRead<MarketChart.Request>(
            cache, rules, parts.Time, parts.Instruments, static request => request.AsOf is null ? request.Key : null, chart.LoadAsync,
            demand is null ? null : demand.ChartAsync);
        return Row(
            "/market_chart", "Market", "MarketChart", "Price, market cap and volume by UTC day or hour, oldest first",
            RouteDescriptions.MarketChart, MarketChart.Parameters, RouteExamples.MarketChart, requests.Handle(
                MarketChart.Parameters, query => MarketChart.Parse(query, parts.Time.GetUtcNow()), read,
                new(BlankRecords.ChartPoint, chart.ExportAsync))) with
        { AlsoAs = Media.SeriesAlso };
    }

    private ApiRoute TradePages(Requests requests)
    {
        var demand = parts.OnDemand;
        var trades = new Trades(parts.Reads, configured, settings.MaxAge.Trades);
        var read = new CachedRead<Trades.Request>(
            cache, settings.Cache.Trades, parts.Time, parts.Instruments, static request => request.Key, trades.LoadAsync,
            demand is null ? null : (request, found, ct) => demand.PairAsync("trades", request.Exchange, request.Pair, found, ct),
            static request => request.Counter);
        return Row(
            "/trades", "Market", "Trades", "Trades of a pair, oldest first, in pages", RouteDescriptions.Trades, Trades.Parameters,
            RouteExamples.Trades, requests.Handle(Trades.Parameters, Trades.Parse, read, new(BlankRecords.Trade, trades.ExportAsync))) with
        { AlsoAs = Media.SeriesAlso };
    }

    private ApiRoute CandlePages(Requests requests)
    {
        var demand = parts.OnDemand;
        var candles = new Candles(parts.Reads, configured, settings.MaxAge.Candles);
        var read = new CachedRead<Candles.Request>(
            cache, settings.Cache.Candles, parts.Time, parts.Instruments, static request => request.Key, candles.LoadAsync,
            demand is null ? null : (request, found, ct) => demand.CandlesAsync(request.Candles, found, ct));
        return Row(
            "/candles", "Market", "Candles", "Candles of a pair, oldest first, in pages", RouteDescriptions.Candles, Candles.Parameters,
            RouteExamples.Candles, requests.Handle(
                Candles.Parameters, query => Candles.Parse(query, parts.Time.GetUtcNow()), read,
                new(BlankRecords.Candle, candles.ExportAsync))) with
        { AlsoAs = Media.SeriesAlso };
    }

    private ApiRoute Book(Requests requests)
    {
        var demand = parts.OnDemand;
        var read = new CachedRead<OrderBooks.Request>(
            cache, settings.Cache.Orderbooks, parts.Time, parts.Instruments, static request => request.Key,
            new OrderBooks(parts.Reads, configured, settings.MaxAge.Orderbooks).LoadAsync,
            demand is null ? null : (request, found, ct) => demand.PairAsync("orderbook", request.Exchange, request.Pair, found, ct),
            static request => request.Counter);
        return Row(
            "/orderbook", "Market", "OrderBook", "The newest order book of a pair, or the one at a time", RouteDescriptions.OrderBook,
            OrderBooks.Parameters, RouteExamples.OrderBook, requests.Handle(OrderBooks.Parameters, OrderBooks.Parse, read));
    }

    private ApiRoute OnChainPages(Requests requests)
    {
        var points = new OnChainPoints(parts.Reads, configured, settings.MaxAge.Onchain);
        var read = new CachedRead<OnChainPoints.Request>(
            cache, settings.Cache.Onchain, parts.Time, parts.Instruments, static request => request.Key, points.LoadAsync,
            parts.OnDemand is { } demand ? demand.OnChainAsync : null);
        return Row(
            "/onchain", "OnChain", "OnChain", "An on-chain metric of an asset, oldest first, in pages", RouteDescriptions.OnChain,
            OnChainPoints.Parameters, RouteExamples.OnChain, requests.Handle(
                OnChainPoints.Parameters, query => OnChainPoints.Parse(query, parts.Time.GetUtcNow()), read,
                new(BlankRecords.OnChainPoint, points.ExportAsync))) with
        { AlsoAs = Media.SeriesAlso };
    }

    private static ApiRoute Row(
        string path, string tag, string name, string summary, string description, IReadOnlyList<Parameter> parameters, string example,
        RequestDelegate handler) => new("GET", path, tag, name, summary, description, parameters, example, Refusals, handler)
        {
            DataHeaders = ApiRoute.AllDataHeaders,
        };
}
