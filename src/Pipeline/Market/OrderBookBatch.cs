using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Market;

/// <param name="SequenceId">0 where the provider numbers nothing.</param>
internal readonly record struct OrderBookKey(short ExchangeId, int CurrencyPairNo, long ServerTimeMs, long SequenceId);

/// <summary>A book that can be stored.</summary>
/// <param name="ContentHash">SHA-256 of the levels, see <see cref="OrderBookBatch.Hash"/>.</param>
internal sealed record OrderBookRow(OrderBookKey Key, ProviderTime Time, OrderBook Book, byte[] ContentHash);

/// <summary>A batch with each key once, in the order of the key, so that writers that meet on keys wait in one order.</summary>
internal sealed class OrderBookBatch
{
    /// <summary>On each side; the level's index is a 16-bit number. A deeper book is rejected whole, never cut.</summary>
    private const int MostLevels = short.MaxValue;

    public IReadOnlyList<OrderBookRow> Rows { get; private set; } = [];

    /// <summary>Further books under keys of <see cref="Rows"/>; what they are is known once their key's content is stored.</summary>
    public List<OrderBookRow> Repeats { get; } = [];

    public List<DeadLetter> Rejected { get; } = [];

    public static async Task<OrderBookBatch> PrepareAsync(
        IReadOnlyList<OrderBook> books, PairCatalogue pairs, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        var batch = new OrderBookBatch();
        var rows = new Dictionary<OrderBookKey, OrderBookRow>();
        foreach (var book in books)
        {
            if (Refusal(book) is { } refusal)
            {
                batch.Rejected.Add(RecordLetters.Rejected(book, SeriesOf(book), refusal, receivedAt));
                continue;
            }

            var row = Row(book, await pairs.GetOrCreateAsync(book.Exchange, book.Pair, cancellationToken), receivedAt);
            if (!rows.TryAdd(row.Key, row))
            {
                batch.Repeats.Add(row);
            }
        }

        batch.Rows = [.. rows.Values
            .OrderBy(row => (row.Key.ExchangeId, row.Key.CurrencyPairNo, row.Key.ServerTimeMs, row.Key.SequenceId))];
        return batch;
    }

    public static SeriesKey SeriesOf(OrderBook book) => new(book.Exchange, "orderbook", book.Pair);

    /// <summary>SHA-256 of a line <c>b price quantity</c> for each bid and <c>a price quantity</c> for each ask, best first, in canonical
    /// decimals.</summary>
    public static byte[] Hash(OrderBook book)
    {
        var text = new StringBuilder();
        Append(text, 'b', book.Bids);
        Append(text, 'a', book.Asks);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void Append(StringBuilder text, char side, IReadOnlyList<BookLevel> levels)
    {
        foreach (var level in levels)
        {
            text.Append(CultureInfo.InvariantCulture, $"{side} {level.Price} {level.Quantity}\n");
        }
    }

    private static OrderBookRow Row(OrderBook book, PairNumbers numbers, DateTimeOffset receivedAt)
    {
        var time = book.Time ?? ProviderTime.FromUnixMilliseconds(receivedAt.ToUnixTimeMilliseconds());
        var key = new OrderBookKey(numbers.ExchangeId, numbers.CurrencyPairNo, time.UnixMilliseconds, book.Sequence ?? 0);
        return new OrderBookRow(key, time, book, Hash(book));
    }

    private static Refusal? Refusal(OrderBook book)
    {
        if (!PairCatalogue.CanHold(book.Exchange, book.Pair))
        {
            return new Refusal(RefusalCode.InvalidField, "A pair is two tickers like 'btc-krw'.", "$.pair");
        }

        if (book.Bids.Count > MostLevels || book.Asks.Count > MostLevels)
        {
            return new Refusal(RefusalCode.OutOfRange, $"A side has at most {MostLevels} levels.", "$.bids");
        }

        return book.Bids.Concat(book.Asks).Any(level => level.Price <= 0 || level.Quantity <= 0)
            ? new Refusal(RefusalCode.InvalidField, "Prices and quantities of a snapshot's levels must be above zero.", "$.bids")
            : null;
    }
}
