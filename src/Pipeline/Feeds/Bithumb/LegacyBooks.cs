using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// <c>GET /public/orderbook/BTC_KRW</c>: <c>{"status":"0000","data":{"timestamp":"1723102637709","payment_currency":"KRW",
/// "order_currency":"BTC","bids":[{"price":"80838000","quantity":"0.0586"}],"asks":[…]}}</c>; with <c>ALL</c> one such object for each coin
/// below its ticker, and the time and the payment currency once beside them. A level that can't be read refuses its whole book.
/// </summary>
internal static class LegacyBooks
{
    private const int Time = 0;
    private const int Payment = 1;
    private const int Order = 2;
    private const int Bids = 3;
    private const int Asks = 4;
    private const string Expected = "a list, or an object with lists bids and asks";

    private static readonly FieldNames Names = new("timestamp", "payment_currency", "order_currency", "bids", "asks");
    private static readonly FieldNames LevelNames = new("price", "quantity");

    public static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!LegacyReply.TryData(ref reader, reply, Expected, out var data, out var path))
        {
            return;
        }

        var whole = LegacyReply.Open(data);
        if (whole.TokenType is not JsonTokenType.StartObject)
        {
            reply.RefuseShape(Expected);
            return;
        }

        var all = whole;
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref whole, fields);
        var book = new Element(data, fields, Names, reply.Into, new ElementPath(path));
        if (!book.OptionalUnixTime(Time, UnixUnit.Milliseconds, out var time))
        {
            return;
        }

        if (book.Has(Bids) || book.Has(Asks))
        {
            if (StatedPair.OfReply(reply, book, Order, Payment, out var pair))
            {
                Add(book, pair, time, reply);
            }
        }
        else if (TryQuote(book, reply, out var quote))
        {
            ReadAll(ref all, data, reply, path, quote, time);
        }
    }

    private static bool TryQuote(in Element head, in Reply reply, out string quote)
    {
        if (head.Has(Payment))
        {
            return head.Ticker(Payment, out quote);
        }

        quote = LegacyReply.QuoteOf(reply) ?? "";
        return quote.Length > 0;
    }

    private static void ReadAll(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> data, in Reply reply, string path, string quote, ProviderTime? time)
    {
        var (first, found) = (reply.Into.Records.Count, false);
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName && !reply.IsHopeless)
        {
            var key = JsonKeys.Read(ref reader);
            reader.Read();
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            found = true;
            Names.Read(ref reader, fields);
            var book = new Element(data, fields, Names, reply.Into, new ElementPath(path + ElementPath.Step(key)));
            if (book.Ticker(Order, out var target))
            {
                Add(book, $"{target}-{quote}", time, reply);
            }
        }

        if (!found)
        {
            reply.RefuseShape(Expected);
        }

        StatedPair.RequireAskedPair(reply, first, record => ((OrderBook)record).Pair);
    }

    private static void Add(in Element book, string pair, ProviderTime? time, in Reply reply)
    {
        List<BookLevel> bids = [], asks = [];
        if (Levels.TryRead(book, Bids, LevelNames, keepsZeros: false, bids)
            && Levels.TryRead(book, Asks, LevelNames, keepsZeros: false, asks))
        {
            reply.Into.Records.Add(new OrderBook(
                BithumbProvider.Exchange, pair, null, time, Levels.BestFirst(bids, true), Levels.BestFirst(asks, false)));
        }
    }
}
