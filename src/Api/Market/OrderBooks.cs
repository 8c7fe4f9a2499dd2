using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Market;

/// <summary><c>/orderbook</c>: a pair's book as it is now, or the snapshot that stood at a time.</summary>
public sealed class OrderBooks(IMarketReads reads, ConfiguredSeries configured, TimeSpan maxAge)
{
    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("exchange", "Name of the exchange.", "coinone", Required: true),
        new("pair", "Lower-case tickers, target first.", "btc-krw", Required: true),
        new("at", "The book as of this time; ISO 8601 or Unix seconds. Default: the newest.", "2026-01-31T12:00:00Z"),
    ];

    public sealed record Request(string Exchange, string Pair, DateTimeOffset? At)
    {
        /// <summary>Of the book as it is now; one of the past is read each time.</summary>
        public string? Key { get; } = At is null ? $"orderbook|{Exchange}|{Pair}" : null;

        public int Counter { get; } = SeriesChanges.CounterOf(Exchange, Pair);
    }

    public static Request Parse(Query query) => new(query.Name("exchange"), query.Pair("pair"), query.Time("at"));

    public async Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken)
    {
        var what = $"the order book of {request.Pair} on {request.Exchange}";
        if (await reads.OrderBookAsync(request.Exchange, request.Pair, request.At, cancellationToken) is not { } stated)
        {
            return await Pairs.MissingAsync(request.Exchange, request.Pair, reads, configured, cancellationToken)
                ?? (request.At is null ? Problem.NoDataYet(what) : NoneThen(what));
        }

        var body = Encode(stated);
        if (stated.ConfirmedAt is { } confirmed)
        {
            // Followed and unchanged since its own time: the answer is as new as the connection's last word.
            var shown = stated.Book.Time ?? ProviderTime.From(confirmed, 3);
            return Answer.Of(body, confirmed, shown.ToString(), new Freshness(what, maxAge));
        }

        return stated.Book.Time is { } time
            ? Answer.Of(body, time.ToDateTimeOffset(), time.ToString(), request.At is null ? new Freshness(what, maxAge) : null)
            : Answer.Of(body);
    }

    private static Problem NoneThen(string what) =>
        new(StatusCodes.Status404NotFound, "no_such_order_book", $"No snapshot of {what} is stored at or before that time.");

    /// <summary>The normalised record and <c>state</c>. Snapshots from before crossed books were refused may be crossed.</summary>
    private static ReadOnlyMemory<byte> Encode(StatedBook stated)
    {
        var book = stated.Book;
        var buffer = new ArrayBufferWriter<byte>(256 + (64 * (book.Bids.Count + book.Asks.Count)));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, book.Kind);
            NormalisedJson.WriteFields(json, book);
            json.WriteString("state"u8, stated.State == BookState.Valid && !book.IsCrossed ? "valid" : "resyncing");
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
