using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.OnChain;

/// <summary><c>/onchain</c>: an on-chain metric of an asset by time, in pages.</summary>
public sealed class OnChainPoints(IMarketReads reads, ConfiguredSeries configured, TimeSpan maxAge)
{
    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("asset", "CoinGecko id.", "bitcoin", Required: true),
        new("metric", "Name of the metric.", "exchange_netflow", Required: true),
        new("interval", "Default day.", "day", OneOf: ["day", "hour", "block"]),
        new("source", "An exchange or miner; default all_exchange.", "all_exchange"),
        .. Series.PageParameters,
        Series.AsOfParameter,
    ];

    public sealed record Request(
        string Asset, string Metric, string Source, string Interval, PageRequest Page, DateTimeOffset? AsOf) : IRowRequest
    {
        public int Rows => Page.Limit;

        public bool IsNewest { get; } = AsOf is null && Series.IsNewest(Page);

        /// <summary>Of the newest page; others are read each time.</summary>
        public string? Key => IsNewest ? _key : null;

        private readonly string _key = $"onchain|{Asset}|{Metric}|{Source}|{Interval}|{Page.Limit}";
    }

    public static Request Parse(Query query, DateTimeOffset now) => new(
        query.Name("asset"), query.Name("metric"), query.Name("source", "all_exchange"),
        query.OneOf("interval", ["day", "hour", "block"]) ?? "day", Series.ParsePage(query),
        Series.ParseAsOf(query, now));

    public async Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(request, request.Page, cancellationToken);
        var what = $"{request.Metric} of {request.Asset} at {request.Source} by {request.Interval}";
        var isNewest = request.IsNewest;
        if (page.Records.Count == 0)
        {
            return await MissingAsync(request, cancellationToken) ?? (isNewest ? Problem.NoDataYet(what) : Series.Encode(page, null, null));
        }

        return Series.Encode(page, page.Records[^1].Time, isNewest ? new Freshness(what, maxAge) : null);
    }

    public IAsyncEnumerable<NormalisedRecord> ExportAsync(Request request, CancellationToken cancellationToken) =>
        WholeSeries.ReadAsync(request.Page, (page, ct) => ReadAsync(request, page, ct), cancellationToken);

    private Task<Page<OnChainPoint>> ReadAsync(Request request, PageRequest page, CancellationToken cancellationToken) =>
        reads.OnChainAsync(request.Asset, request.Metric, request.Source, request.Interval, page, request.AsOf, cancellationToken);

    private async Task<Problem?> MissingAsync(Request request, CancellationToken cancellationToken)
    {
        Problem? unknown = !configured.HasOnChainAsset(request.Asset) ? Problem.Unknown("asset", request.Asset)
            : !configured.HasMetric(request.Metric) ? Problem.Unknown("metric", request.Metric)
            : !configured.HasSource(request.Source) ? Problem.Unknown("source", request.Source)
            : !configured.HasOnChainInterval(request.Interval) ? Problem.Unknown("interval", request.Interval)
            : null;
        if (unknown is null || request.IsNewest)
        {
            return unknown;
        }

        // Not asked for any more, but there may be points outside the range that was asked for, or learned later.
        var any = await ReadAsync(request with { AsOf = null }, new PageRequest(null, null, 1, null), cancellationToken);
        return any.Records.Count > 0 ? null : unknown;
    }
}
