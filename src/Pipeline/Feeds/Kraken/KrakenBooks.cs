using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// <c>GET /0/public/Depth</c>: <c>{"BCHEUR":{"asks":[["241.700000","1.500",1556867627]],"bids":[…]}}</c>, each level with the second of its
/// last change; the book itself has neither time nor number. The sockets send a whole book (v1 <c>as</c>, <c>bs</c>; v2 type
/// <c>snapshot</c>) and changes with a checksum.
/// </summary>
internal static class KrakenBooks
{
    private static readonly FieldNames Sides = new("bids", "asks");
    private static readonly FieldNames FrameSides = new("bs", "as", "b", "a", "c");
    private static readonly FieldNames LevelTime = Rows.Names(3);
    private static readonly FieldNames ObjectNames = new("symbol", "bids", "asks", "checksum", "timestamp");
    private static readonly FieldNames LevelNames = new("price", "qty");

    public static readonly Normaliser Normaliser =
        KrakenResults.Normaliser(JsonTokenType.StartObject, "an object with lists bids and asks", ReadEntry);

    /// <summary>
    /// A frame of the socket v1, whose changes may come in two objects, one for each side:
    /// <c>[1234,{"a":[…]},{"b":[…],"c":"3647725291"},"book-10","XBT/USD"]</c>.
    /// </summary>
    public static void ReadSocketParts(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, in Reply reply, string pair)
    {
        List<BookLevel> bids = [], asks = [];
        var book = new Parts(bids, asks);
        if (!TryPart(first, reply, "$[1]", ref book) || (!second.IsEmpty && !TryPart(second, reply, "$[2]", ref book)))
        {
            return;
        }

        reply.Into.Records.Add(book.IsWhole
            ? Whole(pair, null, bids, asks)
            : new OrderBookDelta(KrakenProvider.Exchange, pair, null, null, book.Time, bids, asks) { Checksum = book.Checksum });
    }

    /// <summary>The data of a frame <c>{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,
    /// "qty":0.10000000}],"asks":[…],"checksum":3310070434,"timestamp":…}]}</c>.</summary>
    public static void ReadSocketObjects(ReadOnlySpan<byte> list, in Reply reply, bool isSnapshot) =>
        KrakenFrames.Read(list, reply, ObjectNames, (in Reply of, in Element book) => ReadObject(of, book, isSnapshot));

    private static void ReadEntry(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[Sides.Count];
        Sides.Read(ref reader, fields);
        var book = new Element(reply.Json, fields, Sides, reply.Into, new ElementPath(path));
        if (fields[0].Type is not JsonTokenType.StartArray || fields[1].Type is not JsonTokenType.StartArray)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "not this endpoint's reply: expected an object with lists bids and asks", path);
            return;
        }

        List<BookLevel> bids = [], asks = [];
        if (KrakenPairs.OfName(reply, key, path, out var pair)
            && Rows.TryLevels(book, 0, keepsZeros: false, bids)
            && Rows.TryLevels(book, 1, keepsZeros: false, asks))
        {
            reply.Into.Records.Add(Whole(pair, null, bids, asks));
        }
    }

    private static OrderBook Whole(string pair, ProviderTime? time, List<BookLevel> bids, List<BookLevel> asks)
    {
        bids.Sort(static (left, right) => right.Price.CompareTo(left.Price));
        asks.Sort(static (left, right) => left.Price.CompareTo(right.Price));
        return new OrderBook(KrakenProvider.Exchange, pair, null, time, bids, asks);
    }

    private static bool TryPart(ReadOnlySpan<byte> part, in Reply reply, string path, ref Parts book)
    {
        Span<JsonField> fields = stackalloc JsonField[FrameSides.Count];
        var reader = new Utf8JsonReader(part);
        reader.Read();
        FrameSides.Read(ref reader, fields);
        var sides = new Element(part, fields, FrameSides, reply.Into, new ElementPath(path));
        book.IsWhole |= sides.Has(0) || sides.Has(1);
        if (!sides.Has(0) && !sides.Has(1) && !sides.Has(2) && !sides.Has(3))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "expected the levels as, bs, a or b", path);
            return false;
        }

        if (sides.Has(4) && !TryChecksum(sides, 4, out book.Checksum))
        {
            return false;
        }

        for (var side = 0; side < 4; side++)
        {
            var levels = side % 2 == 0 ? book.Bids : book.Asks;
            if (sides.Has(side)
                && (!Rows.TryLevels(sides, side, keepsZeros: side >= 2, levels) || !TryNewest(sides, side, ref book.Time)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The time of a v1 change is that of its newest level.</summary>
    private static bool TryNewest(in Element book, int side, ref ProviderTime? newest)
    {
        var rows = new EntryReader(book, side, LevelTime, stackalloc JsonField[LevelTime.Count]);
        while (rows.TryRow(least: 0, out var level))
        {
            if (!level.OptionalUnixTime(2, UnixUnit.Seconds, out var time))
            {
                return false;
            }

            newest = newest is { } known && (time is not { } at || at < known) ? newest : time ?? newest;
        }

        return true;
    }

    private static NormalisedRecord? ReadObject(in Reply reply, in Element book, bool isSnapshot)
    {
        List<BookLevel> bids = [], asks = [];
        uint? checksum = null;
        if (!KrakenPairs.OfField(reply, book, 0, out var pair)
            || !TryObjects(book, 1, keepsZeros: !isSnapshot, bids)
            || !TryObjects(book, 2, keepsZeros: !isSnapshot, asks)
            || (book.Has(3) && !TryChecksum(book, 3, out checksum))
            || !book.OptionalIsoTime(4, out var time))
        {
            return null;
        }

        return isSnapshot
            ? Whole(pair, time, bids, asks)
            : new OrderBookDelta(KrakenProvider.Exchange, pair, null, null, time, bids, asks) { Checksum = checksum };
    }

    /// <summary>A change may leave out the side that hasn't changed.</summary>
    private static bool TryObjects(in Element book, int side, bool keepsZeros, List<BookLevel> levels) =>
        (keepsZeros && book[side].Type is JsonTokenType.None) || Levels.TryRead(book, side, LevelNames, keepsZeros, levels);

    private static bool TryChecksum(in Element frame, int field, out uint? checksum)
    {
        var read = frame.OptionalInteger(field, out var value);
        checksum = value is >= 0 and <= uint.MaxValue ? (uint)value : null;
        return read && (checksum is not null || frame.Refuse(field, RefusalCode.OutOfRange, "a checksum of 32 bits"));
    }

    /// <summary>What the objects of a v1 frame come to together.</summary>
    private ref struct Parts(List<BookLevel> bids, List<BookLevel> asks)
    {
        public readonly List<BookLevel> Bids = bids;
        public readonly List<BookLevel> Asks = asks;
        public bool IsWhole;
        public ProviderTime? Time;
        public uint? Checksum;
    }
}
