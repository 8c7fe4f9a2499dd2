using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary><c>/trades</c>: the trades of a pair by time, in pages.</summary>
public sealed class Trades(IMarketReads reads, ConfiguredSeries configured, TimeSpan maxAge)
{
    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("exchange", "Name of the exchange.", "coinone", Required: true),
        new("pair", "Lower-case tickers, target first.", "btc-krw", Required: true),
        .. Series.PageParameters,
    ];

    public sealed record Request(string Exchange, string Pair, PageRequest Page) : IRowRequest
    {
        public int Rows => Page.Limit;

        /// <summary>Of the newest page; others are read each time.</summary>
        public string? Key { get; } = Series.IsNewest(Page) ? $"trades|{Exchange}|{Pair}|{Page.Limit}" : null;

        public int Counter { get; } = SeriesChanges.CounterOf(Exchange, Pair);
    }

    public static Request Parse(Query query) => new(query.Name("exchange"), query.Pair("pair"), Series.ParsePage(query));

    public async Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken)
    {
        var page = await reads.TradesAsync(request.Exchange, request.Pair, request.Page, cancellationToken);
        var isNewest = Series.IsNewest(request.Page);
        if (page.Records.Count == 0)
        {
            var missing = await Pairs.MissingAsync(request.Exchange, request.Pair, reads, configured, cancellationToken);
            return missing ?? (isNewest
                ? Problem.NoDataYet($"trades of {request.Pair} on {request.Exchange}")
                : Series.Encode(page, null, null));
        }

        ProviderTime newest = page.Records[^1].Time;
        return Series.Encode(page, newest, isNewest ? new Freshness($"trades of {request.Pair} on {request.Exchange}", maxAge) : null);
    }

    public IAsyncEnumerable<NormalisedRecord> ExportAsync(Request request, CancellationToken cancellationToken) =>
        WholeSeries.ReadAsync(request.Page, (page, ct) => reads.TradesAsync(request.Exchange, request.Pair, page, ct), cancellationToken);
}
