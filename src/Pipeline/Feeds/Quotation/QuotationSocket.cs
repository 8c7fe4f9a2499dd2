using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// One frame of the socket, in the format DEFAULT (<c>{"type":"trade","code":"KRW-BTC",…}</c>) or SIMPLE (<c>{"ty":"trade",
/// "cd":"KRW-BTC",…}</c>), or a list of such (JSON_LIST, SIMPLE_LIST). Older frames have no type and call the code <c>market</c>,
/// <c>mk</c>; they are known by what only frames of their type have. <c>{"status":"UP"}</c> answers a ping,
/// <c>{"error":{"name":…,"message":…}}</c> comes before the exchange closes the connection; a subscription is not acknowledged.
/// </summary>
internal class QuotationSocket
{
    private const int Type = 0;
    private const int Status = 1;
    private const int Method = 2;
    private const int Market = 3;
    private const int Units = 4;
    private const int DayVolume = 5;
    private const int TradeId = 6;
    private const string Expected = "a frame with a type, a status or an error";

    private static readonly FieldNames Names = new(
        "type|ty", "status", "method", "code|cd|market|mk", "orderbook_units|obu", "acc_trade_volume_24h|atv24h", "sequential_id|sid");

    private readonly QuotationDialect dialect;
    private readonly QuotationTrades trades;
    private readonly QuotationBooks books;
    private readonly QuotationTickers tickers;
    private readonly QuotationCandles candles;

    public QuotationSocket(QuotationDialect dialect)
    {
        this.dialect = dialect;
        trades = new QuotationTrades(dialect);
        books = new QuotationBooks(dialect);
        tickers = new QuotationTickers(dialect);
        candles = new QuotationCandles(dialect);
        Normaliser = Reply.Normaliser(Read);
    }

    public Normaliser Normaliser { get; }

    /// <summary>Frames of a type that only this exchange has; false where it is none of those. The reader stands on the frame's
    /// start.</summary>
    protected virtual bool ReadOwn(scoped ReadOnlySpan<byte> type, ref Utf8JsonReader reader, in Reply reply, ElementPath path) => false;

    private void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            ReadFrame(ref reader, reply, new ElementPath("$"));
            return;
        }

        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            ReadFrame(ref reader, reply, new ElementPath("$", index));
        }
    }

    private void ReadFrame(ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reader.Skip();
            reply.Refuse(RefusalCode.UnexpectedShape, $"not a frame: expected {Expected}", $"{path}");
            return;
        }

        Span<JsonField> head = stackalloc JsonField[Names.Count];
        var kind = Peek(reader, head);
        var type = head[Type].Type is JsonTokenType.None ? TypeOf(head) : QuotationErrors.TextOf(reply.Json, head[Type]);
        if (type.IsEmpty)
        {
            ReadControl(ref reader, reply, head);
        }
        else if (!ReadOwn(type, ref reader, reply, path) && !ReadData(type, ref reader, reply, path))
        {
            reader.Skip();
            reply.Refuse(
                RefusalCode.UnexpectedShape, $"\"{ShownText.Of(type)}\": expected trade, orderbook, ticker or candle", path.Of(kind));
        }
    }

    /// <summary>
    /// Looks ahead for what kind of frame it is, without moving the caller's reader. On the wire the type stands first, so that this reads
    /// a few bytes; only a frame without one is read to its end.
    /// </summary>
    /// <returns>The key under which the type came.</returns>
    private static string Peek(Utf8JsonReader reader, scoped Span<JsonField> head)
    {
        var expected = 0;
        while (Names.Next(ref reader, ref expected, out var field))
        {
            head[field] = JsonField.Capture(ref reader, (byte)(expected - 1));
            if (field == Type)
            {
                break;
            }
        }

        return Names.NameOf(Type, head[Type]);
    }

    /// <summary>The type of a frame that does not state it; empty where it may be any, or no frame of a market.</summary>
    private static ReadOnlySpan<byte> TypeOf(scoped ReadOnlySpan<JsonField> head) =>
        head[Market].IsUnknown ? default
            : !head[Units].IsUnknown ? "orderbook"u8
            : !head[DayVolume].IsUnknown ? "ticker"u8
            : !head[TradeId].IsUnknown ? "trade"u8
            : default;

    private void ReadControl(ref Utf8JsonReader reader, in Reply reply, scoped ReadOnlySpan<JsonField> head)
    {
        var status = QuotationErrors.TextOf(reply.Json, head[Status]);
        if (status.SequenceEqual("UP"u8) || status.SequenceEqual("0000"u8) || (status.IsEmpty && !head[Method].IsUnknown))
        {
            reader.Skip();
            return;
        }

        QuotationErrors.RefuseObject(ref reader, reply, dialect.Speaker, Expected);
    }

    private bool ReadData(scoped ReadOnlySpan<byte> type, ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (type.SequenceEqual("trade"u8))
        {
            var first = reply.Into.Records.Count;
            Add(ref reader, reply, path, QuotationTrades.SocketNames, reply.Context, trades.Read);
            ContentIds.Give(reply.Into.Records, first);
        }
        else if (type.SequenceEqual("orderbook"u8))
        {
            Add(ref reader, reply, path, QuotationBooks.Names, reply.Context, books.ReadFrame);
        }
        else if (type.SequenceEqual("ticker"u8))
        {
            Add(ref reader, reply, path, QuotationTickers.Names, reply.Context, tickers.ReadFrame);
        }
        else if (TryInterval(type, out var interval))
        {
            Add(ref reader, reply, path, QuotationCandles.Names, reply.Context with { Interval = interval }, candles.Read);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Adds the record that <paramref name="read"/> makes of the object on which the reader stands.</summary>
    protected static void Add(
        ref Utf8JsonReader reader, in Reply reply, ElementPath path, FieldNames names, ReplyContext context, ReadRecord read)
    {
        Span<JsonField> fields = stackalloc JsonField[names.Count];
        names.Read(ref reader, fields);
        if (read(new Element(reply.Json, fields, names, reply.Into, path), context) is { } record)
        {
            reply.Into.Records.Add(record);
        }
    }

    /// <summary><c>candle.1s</c>, <c>candle.1m</c>, …, <c>candle.240m</c>.</summary>
    private static bool TryInterval(ReadOnlySpan<byte> type, out string interval)
    {
        interval = "";
        if (type.Length is < 9 or > 12 || !type.StartsWith("candle."u8))
        {
            return false;
        }

        interval = Encoding.UTF8.GetString(type["candle.".Length..]);
        if (interval[^1] == 'm' && CandleInterval.TryParse(interval, out var length))
        {
            interval = QuotationDialect.IntervalOf((long)length.TotalMinutes);
            return true;
        }

        return interval == "1s";
    }
}
