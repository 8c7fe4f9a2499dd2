using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.OnChain;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Hosting;

/// <summary>Every route of the service, in one table: what is mapped, and what /openapi/v1.json says.</summary>
public sealed class Routes(AkkaCryptoSettings settings, ServiceParts parts, AbuseLimit abuse, ILoggerFactory logs)
{
    private readonly Requests _requests =
        new(new Quota(settings.Auth, settings.Quota, parts.Time), abuse, new AnswerWriter(parts.Time),
            settings.Http.MaxBodyBytes, parts.Time);
    private readonly AnswerCache _cache = new(settings.Cache, parts.Time);
    private readonly ConfiguredSeries _configured = new(settings.Feeds);

    /// <summary>A node without the role <c>api</c> answers only what its operator needs.</summary>
    /// <param name="document">The encoded OpenAPI document; asked for when it is requested, for it is made from this table.</param>
    public IReadOnlyList<ApiRoute> All(Func<CancellationToken, Task<ReadOnlyMemory<byte>>> document) =>
        settings.Node.Roles.Contains(NodeRole.Api)
            ? [.. MarketRoutes(), .. InternalRoutes(), .. OpsRoutes(document), .. AdminRoutes()]
            : [.. OpsRoutes(document), .. AdminRoutes()];

    private IEnumerable<ApiRoute> MarketRoutes()
    {
        int[] refusals = [404, 502, 503, 504];
        var prices = new LatestPrices(parts.Shared, parts.Reads, settings.Cache.Prices, settings.MaxAge.Prices, parts.Time);
        var simplePrice = new SimplePrice(prices, _configured, _cache, settings.Cache.Prices, settings.MaxAge.Prices, parts.Time);
        var chart = new MarketChart(
            parts.Reads, parts.Shared, _configured, _cache, settings.Cache.Charts, settings.MaxAge.Charts, parts.Time);
        var candles = new Candles(parts.Reads, _configured, settings.MaxAge.Candles);
        var trades = new Trades(parts.Reads, _configured, settings.MaxAge.Trades);
        var books = new OrderBooks(parts.Reads, _configured, settings.MaxAge.Orderbooks);
        var onChain = new OnChainPoints(parts.Reads, _configured, settings.MaxAge.Onchain);
        var demand = parts.OnDemand;
        return
        [
            new("GET", "/simple_price", "Market", "SimplePrice", "Latest prices of assets in currencies",
                RouteDescriptions.SimplePrice, SimplePrice.Parameters, RouteExamples.SimplePrice, refusals,
                _requests.Handle(SimplePrice.Parameters, SimplePrice.Parse, simplePrice.AnswerAsync, refresh: demand is null ? null
                    : (request, found, ct) => ForgettingAsync(request.Key, demand.PricesAsync(request, found, ct)))),
            new("GET", "/market_chart", "Market", "MarketChart", "Price, market cap and volume by UTC day or hour, oldest first",
                RouteDescriptions.MarketChart, MarketChart.Parameters, RouteExamples.MarketChart, refusals,
                _requests.Handle(
                    MarketChart.Parameters, query => MarketChart.Parse(query, parts.Time.GetUtcNow()), chart.AnswerAsync,
                    chart.ExportAsync, demand is null ? null
                    : (request, found, ct) => ForgettingAsync(request.Key, demand.ChartAsync(request, found, ct))), Exports: true),
            new("GET", "/trades", "Market", "Trades", "Trades of a pair, oldest first, in pages",
                RouteDescriptions.Trades, Trades.Parameters, RouteExamples.Trades, refusals,
                _requests.Handle(Trades.Parameters, Trades.Parse, trades.AnswerAsync, trades.ExportAsync, demand is null ? null
                    : (request, found, ct) => demand.PairAsync("trades", request.Exchange, request.Pair, found, ct)), Exports: true),
            new("GET", "/candles", "Market", "Candles", "Candles of a pair, oldest first, in pages",
                RouteDescriptions.Candles, Candles.Parameters, RouteExamples.Candles, refusals,
                _requests.Handle(
                    Candles.Parameters, query => Candles.Parse(query, parts.Time.GetUtcNow()), candles.AnswerAsync, candles.ExportAsync),
                Exports: true),
            new("GET", "/orderbook", "Market", "OrderBook", "The newest order book of a pair, or the one at a time",
                RouteDescriptions.OrderBook, OrderBooks.Parameters, RouteExamples.OrderBook, refusals,
                _requests.Handle(OrderBooks.Parameters, OrderBooks.Parse, books.AnswerAsync, refresh: demand is null ? null
                    : (request, found, ct) => demand.PairAsync("orderbook", request.Exchange, request.Pair, found, ct))),
            new("GET", "/onchain", "OnChain", "OnChain", "An on-chain metric of an asset, oldest first, in pages",
                RouteDescriptions.OnChain, OnChainPoints.Parameters, RouteExamples.OnChain, refusals,
                _requests.Handle(
                    OnChainPoints.Parameters, query => OnChainPoints.Parse(query, parts.Time.GetUtcNow()), onChain.AnswerAsync,
                    onChain.ExportAsync, demand is null ? null : demand.OnChainAsync),
                Exports: true),
        ];
    }

    // What was kept of the answer is as old as the read that found it stale.
    private async Task<Problem?> ForgettingAsync(string key, Task<Problem?> refreshing)
    {
        var failed = await refreshing;
        _cache.Forget(key);
        return failed;
    }

    private IEnumerable<ApiRoute> InternalRoutes()
    {
        var worker = new CoinoneWorker(parts.Replies);
        foreach (var dataset in (string[])["trades", "orderbook"])
        {
            var path = "/internal-api/coinone-worker/public/" + dataset;
            var name = dataset == "trades" ? "CoinoneTrades" : "CoinoneOrderBook";
            yield return new(
                "GET", path, "Internal", "Fetch" + name, "Fetch from Coinone now and ingest", RouteDescriptions.Fetch,
                CoinoneWorker.Parameters, RouteExamples.Ingest, [502, 503, 504],
                _requests.Handle(CoinoneWorker.Parameters, CoinoneWorker.Parse, (request, ct) => worker.FetchAsync(dataset, request, ct)));
            yield return new(
                "POST", path, "Internal", "Ingest" + name, "Ingest a reply of Coinone", RouteDescriptions.Ingest,
                CoinoneWorker.Parameters, RouteExamples.Ingest, [413, 415, 502, 503],
                _requests.HandleBody(
                    CoinoneWorker.Parameters, CoinoneWorker.Parse, (request, body, ct) => worker.IngestAsync(dataset, request, body, ct)),
                "The provider's reply as it came, for the pair of the query; at most http.max-body-bytes.");
        }
    }

    private IEnumerable<ApiRoute> OpsRoutes(Func<CancellationToken, Task<ReadOnlyMemory<byte>>> document)
    {
        var health = new Health(settings, parts.Reads, parts.Shared, parts.Feeds, _cache, parts.Time, logs.CreateLogger<Health>());
        return
        [
            Plain("/", "Index", "Where to go from here", RouteDescriptions.Index, Pages.Links, [], Pages.Index),
            Plain("/healthz", "Alive", "The process is alive", RouteDescriptions.Alive, RouteExamples.Alive, [], Health.Alive),
            Plain(Health.ReadyPath, "Ready", "Every enabled dataset has data to serve; 503 says what is missing",
                RouteDescriptions.Ready, RouteExamples.Ready, [503], health.Ready),
            Plain("/admin/feeds", "Feeds", "What each feed is doing", RouteDescriptions.Feeds, RouteExamples.Feeds, [],
                new Feeds(parts.Feeds, parts.Schedules, parts.Governors).AnswerAsync),
            new("GET", "/metrics", "Ops", "Metrics", "What is going on, for Prometheus", RouteDescriptions.Metrics, [],
                RouteExamples.Metrics, [],
                _requests.Handle(
                    [], static _ => NoRequest.Instance, new Metrics(parts.Feeds, parts.Governors).AnswerAsync,
                    only: Validation.Media.Metrics),
                Media: Validation.Media.Metrics),
            new("GET", "/admin/gaps", "Ops", "Gaps", "What is known to be missing", RouteDescriptions.Gaps, Gaps.Parameters,
                RouteExamples.Gaps, [503], _requests.Handle(Gaps.Parameters, Gaps.Parse, new Gaps(parts.Gaps).AnswerAsync)),
            Plain("/openapi/v1.json", "OpenApi", "This document", RouteDescriptions.OpenApi, """{"openapi":"3.1.1"}""", [],
                async (_, ct) => Answer.Of(await document(ct))),
        ];
    }

    private IEnumerable<ApiRoute> AdminRoutes() =>
    [
        .. parts.Logs is { } files ? LogTable.Of(new LogExport(files, logs.CreateLogger<LogExport>()), _requests) : [],
        .. parts.DeadLetters is { } letters ? AdminTable.Of(letters, _requests) : [],
        .. parts.Streams is { } streams ? AdminTable.Of(streams, _requests) : [],
    ];

    private ApiRoute Plain(
        string path, string name, string summary, string description, string example, IReadOnlyList<int> refusals,
        Func<NoRequest, CancellationToken, ValueTask<Answer>> serve) =>
        new("GET", path, "Ops", name, summary, description, [], example, refusals,
            _requests.Handle([], static _ => NoRequest.Instance, serve));
}
