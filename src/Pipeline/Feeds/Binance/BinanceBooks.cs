using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// <c>GET /api/v3/depth</c>: <c>{"lastUpdateId":499869752,"bids":[["0.35210000","672.00000000"]],"asks":[…]}</c>, without pair or time; a
/// future's book has the time of its last change.
/// The socket's <c>depthUpdate</c> holds the changes with the ids <c>U</c> to <c>u</c>, of which those of before 2018 state only the last;
/// its partial books (<c>&lt;symbol&gt;@depth20</c>) are built like REST's.
/// </summary>
internal static class BinanceBooks
{
    private const int LastUpdateId = 3;
    private const int Bids = 4;
    private const int Asks = 5;
    private const int Time = 6;
    private const int EventTime = 7;
    private const string Expected = "an object with lastUpdateId, bids and asks";

    private static readonly FieldNames Names = BinanceReplies.Names("lastUpdateId", "bids", "asks", "T", "E");
    private static readonly FieldNames UpdateNames = new("s", "E", "U", "u", "b", "a");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <summary>A whole book in a frame, whose pair is the stream's name's.</summary>
    public static void ReadSocketBook(ReadOnlySpan<byte> data, in Reply reply, string path, string pair)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        ReadBook(ref reader, data, reply, path, pair);
    }

    public static void ReadUpdate(ReadOnlySpan<byte> data, in Reply reply, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[UpdateNames.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        UpdateNames.Read(ref reader, fields);
        var update = new Element(data, fields, UpdateNames, reply.Into, new ElementPath(path));
        if (BinanceSymbols.OfEvent(reply, update, 0, out var pair)
            && update.UnixTime(1, UnixUnit.Milliseconds, UnixUnit.Microseconds, out var time)
            && OptionalNumber(update, 2, out var first)
            && RequiredInteger(update, 3, out var last)
            && TryLevels(update, 4, keepsZeros: true, out var bids)
            && TryLevels(update, 5, keepsZeros: true, out var asks))
        {
            reply.Into.Records.Add(new OrderBookDelta(BinanceProvider.Exchange, pair, first, last, time, bids, asks));
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.IsObject(ref reader, Expected))
        {
            ReadBook(ref reader, reply.Json, reply, "$", reply.Context.Pair);
        }
    }

    private static void ReadBook(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path, string? pair)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var book = new Element(json, fields, Names, reply.Into, new ElementPath(path));
        if (book[Bids].Type is not JsonTokenType.StartArray || book[Asks].Type is not JsonTokenType.StartArray)
        {
            BinanceReplies.RefuseOther(reply, book, Expected);
            return;
        }

        if (pair is null)
        {
            reply.Into.MissingContext = "pair";
            return;
        }

        if (RequiredInteger(book, LastUpdateId, out var sequence)
            && book.OptionalUnixTime(
                book.HasTime(Time) ? Time : EventTime, UnixUnit.Milliseconds, UnixUnit.Microseconds, out var time)
            && TryLevels(book, Bids, keepsZeros: false, out var bids)
            && TryLevels(book, Asks, keepsZeros: false, out var asks))
        {
            bids.Sort(static (left, right) => right.Price.CompareTo(left.Price));
            asks.Sort(static (left, right) => left.Price.CompareTo(right.Price));
            reply.Into.Records.Add(new OrderBook(BinanceProvider.Exchange, pair, sequence, time, bids, asks));
        }
    }

    /// <summary>A book without its number can't be followed.</summary>
    private static bool RequiredInteger(in Element element, int field, out long? value)
    {
        value = null;
        return element.Decimal(field, Sign.NotNegative, out _) && element.OptionalInteger(field, out value);
    }

    private static bool OptionalNumber(in Element element, int field, out long? value)
    {
        value = null;
        return !element.Has(field) || RequiredInteger(element, field, out value);
    }

    private static bool TryLevels(in Element book, int side, bool keepsZeros, out List<BookLevel> levels)
    {
        levels = [];
        return book[side].Type is JsonTokenType.StartArray
            ? Rows.TryLevels(book, side, keepsZeros, levels)
            : book.Refuse(side, RefusalCode.InvalidField, "a list of levels [price, quantity]");
    }
}
