using System.Globalization;
using System.Runtime.CompilerServices;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary><c>/stream/trades/missed</c>: the trades of a pair between two places in the order of commits, in pages: just what an event
/// <c>missed</c> speaks of.</summary>
public sealed class MissedTrades(LiveHub hub, IMarketReads reads, ConfiguredSeries configured)
{
    public const string Path = "/stream/trades/missed";

    private const int DefaultLimit = 1000;
    private const int MostLimit = 1000;
    private const string Form = "must be an event's id, as the url of an event 'missed' has it";

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("exchange", "Name of the exchange.", "coinone", Required: true),
        new("pair", "Lower-case tickers, target first.", "btc-krw", Required: true),
        new("after", "Id of the last event before what was missed.", "1042.0", Required: true),
        new("until", "Id of the last event of what was missed.", "1055.17", Required: true),
        new("limit", "1 to 1000, default 1000. An export is the whole range.", "1000", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer.", "ZnwxMDQyfDE3"),
    ];

    public sealed record Request(string Exchange, string Pair, LogPlace After, LogPlace Until, int Limit);

    public static string Url(string exchange, string pair, LogPlace after, LogPlace until) =>
        $"{Path}?exchange={exchange}&pair={pair}&after={new EventId(after, null)}&until={new EventId(until, null)}";

    public static Request Parse(Query query)
    {
        var (after, until) = (PlaceOf(query, "after"), PlaceOf(query, "until"));
        if (query.Faults is null && until < after)
        {
            query.Fault("until", "must not be before after");
        }

        if (query.Cursor("cursor") is { } cursor)
        {
            // The cursor of these pages has a place where those of other series have a time and an id.
            var isPlace = int.TryParse(cursor.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && cursor.TimeNs >= 0;
            after = isPlace ? new LogPlace(cursor.TimeNs, index) : after;
            if (!isPlace || !cursor.Forwards)
            {
                query.Fault("cursor", "must be a next_cursor of an earlier answer");
            }
        }

        return new Request(
            query.Name("exchange"), query.Pair("pair"), after, until, query.Integer("limit", DefaultLimit, 1, MostLimit));
    }

    public async ValueTask<Answer> AnswerAsync(Request request, CancellationToken cancellationToken)
    {
        if (await Pairs.MissingAsync(request.Exchange, request.Pair, reads, configured, cancellationToken) is { } missing)
        {
            return missing;
        }

        var page = await ReadAsync(request, request.After, request.Limit + 1, cancellationToken);
        if (page.IsCut)
        {
            return Cut;
        }

        List<Trade> trades = [.. page.Trades.Take(request.Limit).Select(logged => logged.Trade)];
        var next = page.Trades.Count > request.Limit ? page.Trades[request.Limit - 1].Place : (LogPlace?)null;
        var cursor = next is { } place
            ? new PageCursor(Forwards: true, place.Position, place.Index.ToString(CultureInfo.InvariantCulture))
            : null;
        return Series.Encode(new Page<Trade>(trades, cursor), trades is [.., var newest] ? newest.Time : null, freshness: null);
    }

    public async IAsyncEnumerable<NormalisedRecord> ExportAsync(
        Request request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = request.After;
        while (true)
        {
            var page = await ReadAsync(request, place, MostLimit, cancellationToken);
            if (page.IsCut)
            {
                throw new ProblemException(Cut);
            }

            foreach (var logged in page.Trades)
            {
                yield return logged.Trade;
            }

            if (page.Trades.Count < MostLimit)
            {
                yield break;
            }

            place = page.Trades[^1].Place;
        }
    }

    private static Problem Cut => new(
        StatusCodes.Status404NotFound, "no_longer_logged",
        "Some of these commits are older than streaming.keep or streaming.keep-commits; /trades has their trades, by time.");

    private Task<LogPage> ReadAsync(Request request, LogPlace after, int limit, CancellationToken cancellationToken) =>
        hub.ReadLogAsync(
            log => log.ReadAsync(request.Exchange, request.Pair, after, request.Until, limit, cancellationToken), cancellationToken);

    private static LogPlace PlaceOf(Query query, string name)
    {
        var text = query.Required(name);
        if (text.Length > 0 && EventId.TryParse(text, out var id))
        {
            return id.Place;
        }

        query.Fault(name, Form);
        return default;
    }
}
