using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary><c>/candles</c>: the candles of a pair by time, in pages, as known now or at a moment of the past.</summary>
public sealed class Candles(IMarketReads reads, ConfiguredSeries configured, TimeSpan maxAge)
{
    private static readonly string[] Fills = ["none", "null", "previous"];

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("exchange", "Name of the exchange.", "coinone", Required: true),
        new("pair", "Lower-case tickers, target first.", "btc-krw", Required: true),
        new("interval", "Length of a candle; days and hours are UTC's.", "1m", Required: true, OneOf: CandleLevels.Names),
        new("fill", "What stands for a bucket without trades: nothing (none, the default), nulls, or the previous close with volume zero, "
            + "but nulls where trades are known to be missing.", "none", OneOf: Fills),
        .. Series.PageParameters,
        Series.AsOfParameter,
    ];

    public sealed record Request(CandleQuery Candles, PageRequest Page) : IRowRequest
    {
        public int Rows => Page.Limit;

        public bool IsNewest { get; } = Series.IsNewest(Page) && Candles.AsOf is null;

        /// <summary>Of the newest page; others are read each time.</summary>
        public string? Key => IsNewest ? _key : null;

        private readonly string _key = $"candles|{Candles.Exchange}|{Candles.Pair}|{Candles.Interval}|{Candles.Fill}|{Page.Limit}";
    }

    public static Request Parse(Query query, DateTimeOffset now)
    {
        query.Required("interval");
        var candles = new CandleQuery(
            query.Name("exchange"), query.Pair("pair"), query.OneOf("interval", CandleLevels.Names) ?? "",
            query.OneOf("fill", Fills) switch { "null" => CandleFill.Null, "previous" => CandleFill.Previous, _ => CandleFill.None },
            Series.ParseAsOf(query, now));
        return new Request(candles, Series.ParsePage(query));
    }

    public async Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken)
    {
        var (candles, isNewest) = (request.Candles, request.IsNewest);
        var what = $"{candles.Interval} candles of {candles.Pair} on {candles.Exchange}";
        var (page, dataTime) = await reads.CandlesAsync(candles, request.Page, cancellationToken);
        if (page.Records.Count == 0
            && await Pairs.MissingAsync(candles.Exchange, candles.Pair, reads, configured, cancellationToken) is { } missing)
        {
            return missing;
        }

        return page.Records.Count == 0 && isNewest
            ? Problem.NoDataYet(what)
            : Series.Encode(page, dataTime, isNewest ? new Freshness(what, maxAge) : null);
    }

    public IAsyncEnumerable<NormalisedRecord> ExportAsync(Request request, CancellationToken cancellationToken) => WholeSeries.ReadAsync(
        request.Page, async (page, ct) => (await reads.CandlesAsync(request.Candles, page, ct)).Page, cancellationToken);
}
