using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Ledger;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Api.Streaming;
using AkkaCrypto.Api.Udf;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Hosting;

/// <summary>Every route of the service, in one table: what is mapped, and what /openapi/v1.json says.</summary>
public sealed class Routes(AkkaCryptoSettings settings, ServiceParts parts, Quota quota, AbuseLimit abuse, ILoggerFactory logs)
{
    private readonly Requests _requests = new(
        quota, abuse, new AnswerWriter(parts.Time, settings.Cache.CompressFromBytes), new ExportWriter(settings.Http),
        settings.Http.MaxBodyBytes, parts.Instruments);
    private readonly AnswerCache _cache = new(settings.Cache, parts.Changes, parts.Time, parts.Instruments);
    private readonly ConfiguredSeries _configured = new(settings.Feeds);

    /// <summary>A node without the role <c>api</c> answers only what its operator needs.</summary>
    /// <param name="document">The encoded OpenAPI document; asked for when it is requested, for it is made from this table.</param>
    public IReadOnlyList<ApiRoute> All(Func<CancellationToken, Task<ReadOnlyMemory<byte>>> document) =>
        settings.Node.Roles.Contains(NodeRole.Api)
            ?
            [
                .. new MarketTable(settings, parts, _cache, _configured).Rows(_requests), .. StreamingRoutes(), .. CoinGeckoRoutes(),
                .. LedgerRoutes()?.Rows() ?? [], .. UsageTable.Of(quota, _requests), .. InternalRoutes(),
                .. OpsRoutes(document), .. AdminRoutes(),
            ]
            : [.. OpsRoutes(document), .. AdminRoutes()];

    private LedgerTable? LedgerRoutes() =>
        parts is { Wallets: { } wallets, Ledger.Reader: { } reader, LedgerSettings: { } current }
            ? new(wallets, reader, current, parts.Time, _requests) : null;

    private IReadOnlyList<ApiRoute> StreamingRoutes() =>
    [
        .. parts.Live is { } live ? StreamingTable.Of(live, parts.Reads, _configured, parts.Time, _requests) : [],
        .. parts.Pairs is { } pairs
            ? UdfTable.Of(new UdfFeed(new UdfSymbols(pairs, parts.Reads), parts.Reads, parts.Time), _requests) : [],
    ];

    private IEnumerable<ApiRoute> CoinGeckoRoutes() => parts.CoinGecko is { } coins
        ? CoinGeckoTable.Of(
            settings, parts, coins, _configured,
            new LatestPrices(
                parts.Shared, parts.Reads, settings.Cache.Prices, settings.MaxAge.Prices, parts.Time, parts.Instruments),
            _cache, _requests)
        : [];

    private IEnumerable<ApiRoute> InternalRoutes()
    {
        var worker = new CoinoneWorker(parts.Replies);
        var acts = new AuditedActs(parts.Audit);
        foreach (var dataset in (string[])["trades", "orderbook"])
        {
            var path = "/internal-api/coinone-worker/public/" + dataset;
            var name = dataset == "trades" ? "CoinoneTrades" : "CoinoneOrderBook";
            yield return new(
                "GET", path, "Internal", "Fetch" + name, "Fetch from Coinone now and ingest", RouteDescriptions.Fetch,
                CoinoneWorker.Parameters, RouteExamples.Ingest, [502, 503, 504],
                _requests.HandleTarget(
                    CoinoneWorker.Parameters, CoinoneWorker.Parse, (target, request, ct) => acts.AnswerAsync(
                        target, "internal.fetch", $"coinone/{dataset}/{request.Pair}", () => worker.FetchAsync(dataset, request, ct))));
            yield return new(
                "POST", path, "Internal", "Ingest" + name, "Ingest a reply of Coinone", RouteDescriptions.Ingest,
                CoinoneWorker.Parameters, RouteExamples.Ingest, [413, 415, 502, 503],
                _requests.HandleTargetBody(
                    CoinoneWorker.Parameters, CoinoneWorker.Parse, (target, request, body, ct) => acts.AnswerAsync(
                        target, "internal.ingest", $"coinone/{dataset}/{request.Pair}",
                        () => worker.IngestAsync(dataset, request, body, ct))),
                "The provider's reply as it came, for the pair of the query; at most http.max-body-bytes.");
        }
    }

    private IEnumerable<ApiRoute> OpsRoutes(Func<CancellationToken, Task<ReadOnlyMemory<byte>>> document)
    {
        Func<IReadOnlyList<ShardStatus>> shards = () => parts.Ledger?.Statuses() ?? [];
        var health = new Health(
            settings, parts.Reads, parts.Shared, parts.Feeds, shards, _cache, parts.Time, logs.CreateLogger<Health>());
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
                    [], static _ => NoRequest.Instance,
                    new Metrics(
                        parts.Feeds, parts.Governors, shards, parts.Instruments, _cache).AnswerAsync,
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
        .. parts.Logs is { } files ? LogTable.Of(new LogExport(files, parts.Audit, logs.CreateLogger<LogExport>()), _requests) : [],
        .. parts.DeadLetters is { } letters ? AdminTable.Of(letters, _requests) : [],
        .. parts.KeyDesk is { } desk ? KeysTable.Of(desk, _requests) : [],
        .. parts.Audit is { } audit ? AuditTable.Of(new Audit(audit), _requests) : [],
        .. parts.Streams is { } streams ? AdminTable.Of(streams, _requests) : [],
        .. LedgerRoutes()?.AdminRows() ?? [],
    ];

    private ApiRoute Plain(
        string path, string name, string summary, string description, string example, IReadOnlyList<int> refusals,
        Func<NoRequest, CancellationToken, ValueTask<Answer>> serve) =>
        new("GET", path, "Ops", name, summary, description, [], example, refusals,
            _requests.Handle([], static _ => NoRequest.Instance, serve));
}
