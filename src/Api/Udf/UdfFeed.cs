using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Udf;

/// <summary>
/// <c>/udf/*</c>: TradingView's datafeed over the stored pairs and candles. What the protocol itself can say (an unknown symbol, a
/// resolution that there is none of) is said as it says it: 200 with <c>s: error</c>.
/// </summary>
public sealed class UdfFeed(UdfSymbols symbols, IMarketReads reads, TimeProvider time)
{
    /// <summary>Bars of one answer; a wider range is answered with the newest of them, and the library asks on from there.</summary>
    private const int MostBars = 5000;

    private const int DefaultFound = 30;
    private const int MostFound = 1000;

    /// <summary>Sent by the library for features that this feed doesn't claim; they change nothing.</summary>
    private static readonly Parameter[] Ignored =
    [
        new("currencyCode", "Ignored: a pair has one currency.", "KRW") { MayBeEmpty = true },
        new("unitId", "Ignored: a pair has one unit.", "unit") { MayBeEmpty = true },
    ];

    private static readonly Parameter Symbol =
        new("symbol", "EXCHANGE:PAIR in any case, or a pair alone.", "COINONE:BTC-KRW", Required: true);

    public static readonly IReadOnlyList<Parameter> SymbolParameters = [Symbol, .. Ignored];

    public static readonly IReadOnlyList<Parameter> SearchParameters =
    [
        new("query", "Part of a name or description, in any case; empty: all.", "btc") { MayBeEmpty = true },
        new("type", "crypto, or empty: all.", "crypto") { MayBeEmpty = true },
        new("exchange", "Name of an exchange, or empty: all.", "COINONE") { MayBeEmpty = true },
        new("limit", "1 to 1000, default 30.", "30", IsInteger: true),
    ];

    public static readonly IReadOnlyList<Parameter> HistoryParameters =
    [
        Symbol,
        new("resolution", "1, 5, 15, 60, 240 (minutes) or 1D.", "60", Required: true),
        new("from", "Inclusive; Unix seconds or ISO 8601. Without effect where countback is given.", "1769860800"),
        new("to", "Exclusive; Unix seconds or ISO 8601.", "1769947200", Required: true),
        new("countback", "So many bars before to, whatever from says: 1 to 5000.", "300", IsInteger: true),
        .. Ignored,
    ];

    public sealed record SymbolRequest(string Symbol);

    public sealed record SearchRequest(string Query, string Type, string Exchange, int Limit);

    public sealed record HistoryRequest(string Symbol, string Resolution, DateTimeOffset? From, DateTimeOffset To, int? Countback);

    public static SymbolRequest ParseSymbol(Query query) => new(query.Required("symbol"));

    public static SearchRequest ParseSearch(Query query) => new(
        query.Optional("query") ?? "", query.Optional("type") ?? "", query.Optional("exchange") ?? "",
        query.Integer("limit", DefaultFound, 1, MostFound));

    public static HistoryRequest ParseHistory(Query query)
    {
        query.Required("to");
        var request = new HistoryRequest(
            query.Required("symbol"), query.Required("resolution"), query.Time("from"), query.Time("to") ?? default,
            query.Optional("countback") is null ? null : query.Integer("countback", 1, 1, MostBars));
        if (request is { From: null, Countback: null })
        {
            query.Fault("from", "is required where there is no countback");
        }

        return request;
    }

    public async ValueTask<Answer> ConfigAsync(NoRequest request, CancellationToken cancellationToken) => UdfAnswers.Config(
        (await symbols.ListAsync(cancellationToken)).Select(symbol => symbol.Exchange).Distinct());

    public ValueTask<Answer> TimeAsync(NoRequest request, CancellationToken cancellationToken) => new(UdfAnswers.Time(time.GetUtcNow()));

    public async ValueTask<Answer> SymbolAsync(SymbolRequest request, CancellationToken cancellationToken) =>
        await symbols.FindAsync(request.Symbol, cancellationToken) is { } symbol
            ? UdfAnswers.Symbol(symbol, await symbols.PriceScaleAsync(symbol, cancellationToken))
            : UdfAnswers.Error("unknown_symbol");

    public async ValueTask<Answer> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;
        var found = (await symbols.ListAsync(cancellationToken)).Where(symbol =>
            (request.Type.Length == 0 || request.Type.Equals("crypto", AnyCase))
            && (request.Exchange.Length == 0 || request.Exchange.Equals(symbol.Exchange, AnyCase))
            && (symbol.Ticker.Contains(request.Query, AnyCase) || symbol.Description.Contains(request.Query, AnyCase)));
        return UdfAnswers.Found(found.Take(request.Limit));
    }

    public async ValueTask<Answer> HistoryAsync(HistoryRequest request, CancellationToken cancellationToken)
    {
        var resolution = request.Resolution == "D" ? "1D" : request.Resolution;
        if (UdfAnswers.Resolutions.FirstOrDefault(of => of.Resolution == resolution).Interval is not { } interval)
        {
            return UdfAnswers.Error("unsupported_resolution");
        }

        if (await symbols.FindAsync(request.Symbol, cancellationToken) is not { } symbol)
        {
            return UdfAnswers.Error("unknown_symbol");
        }

        var query = new CandleQuery(symbol.Exchange, symbol.Pair, interval, CandleFill.None, AsOf: null);
        var from = request.Countback is null ? request.From!.Value : (DateTimeOffset?)null;
        var newest = await BeforeAsync(query, request.To, request.Countback ?? MostBars, cancellationToken);
        List<Candle> bars = [.. newest.Where(bar => from is null || bar.OpenTime.ToDateTimeOffset() >= from)];
        if (bars.Count > 0)
        {
            return UdfAnswers.Bars(bars);
        }

        // All that is before the range: where the chart can go on to.
        var before = newest.Count > 0 ? newest : await BeforeAsync(query, from ?? request.To, 1, cancellationToken);
        return UdfAnswers.NoData(before is [.., var next] ? next.OpenTime.UnixMilliseconds / 1000 : null);
    }

    /// <summary>The newest bars that begin before a time, oldest first.</summary>
    private async Task<IReadOnlyList<Candle>> BeforeAsync(
        CandleQuery query, DateTimeOffset to, int count, CancellationToken cancellationToken)
    {
        var read = await reads.CandlesAsync(query, new PageRequest(null, to, count, null), cancellationToken);
        return [.. read.Page.Records.OfType<Candle>()];
    }
}
