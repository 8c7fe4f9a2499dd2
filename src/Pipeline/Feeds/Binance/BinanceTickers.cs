using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// <c>GET /api/v3/ticker/24hr</c> (whole and <c>MINI</c>), <c>/ticker/price</c>, <c>/ticker/bookTicker</c>: one object, or a list where
/// many were asked for. Of the spot market's only the first has a time, its <c>closeTime</c>; those of futures call theirs
/// <c>time</c>.
/// </summary>
internal static class BinanceTickers
{
    private const int Symbol = 3;
    private const string Expected = "a ticker or a list of tickers";

    private static readonly FieldNames Names = BinanceReplies.Names(
        "symbol", "lastPrice|price", "bidPrice", "askPrice", "highPrice", "lowPrice", "volume", "closeTime|time");

    /// <summary>Of the socket's <c>24hrTicker</c>, <c>1dTicker</c>, <c>4hTicker</c>, <c>1hTicker</c>, <c>24hrMiniTicker</c> and
    /// <c>bookTicker</c>, where <c>C</c> ends the statistics and <c>E</c> is the event's time.</summary>
    private static readonly FieldNames SocketNames = new("s", "c", "b", "a", "h", "l", "v", "C", "E");

    private const int StatisticsEnd = 7;
    private const int EventTime = 8;

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <param name="isOfDay">Else its high, low and volume are of another time than a ticker's.</param>
    public static void ReadSocket(ReadOnlySpan<byte> data, in Reply reply, string path, bool isOfDay)
    {
        Span<JsonField> fields = stackalloc JsonField[SocketNames.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        SocketNames.Read(ref reader, fields);
        var ticker = new Element(data, fields, SocketNames, reply.Into, new ElementPath(path));
        if (BinanceSymbols.OfEvent(reply, ticker, 0, out var pair) && ReadTicker(ticker, 0, TimeFieldOf(ticker), pair) is { } read)
        {
            reply.Into.Records.Add(isOfDay ? read : read with { High = null, Low = null, Volume = null });
        }
    }

    /// <summary>The end of the statistics, unless it is no instant of any market, as the 86400000 of the documentation's example, and the
    /// event states its own time.</summary>
    private static int TimeFieldOf(in Element ticker) =>
        ticker.Has(StatisticsEnd)
        && (!ticker.Has(EventTime) || (ticker[StatisticsEnd].TryText(ticker.Json, out var text)
            && TimeReader.ReadUnix(text, UnixUnit.Milliseconds, UnixUnit.Microseconds, out _) is not NumberOutcome.OutOfRange))
            ? StatisticsEnd
            : EventTime;

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            var first = reply.Into.Records.Count;
            Elements.Read(ref reader, reply.Json, reply, "$", Names, reply.Context, ReadRow);
            StatedPair.RequireAskedPair(reply, first, record => ((Ticker)record).Pair);
            return;
        }

        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var ticker = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (!ticker.Has(Symbol) || !HasPrice(ticker))
        {
            BinanceReplies.RefuseOther(reply, ticker, Expected);
        }
        else if (BinanceSymbols.OfReply(reply, ticker, Symbol, out var pair) && ReadTicker(ticker, Symbol, Symbol + 7, pair) is { } read)
        {
            reply.Into.Records.Add(read);
        }
    }

    private static bool HasPrice(in Element ticker) => ticker.Has(Symbol + 1) || ticker.Has(Symbol + 2) || ticker.Has(Symbol + 3);

    private static Ticker? ReadRow(in Element ticker, ReplyContext context)
    {
        if (!HasPrice(ticker) && ticker.Has(Symbol))
        {
            ticker.Refuse(Symbol, Contracts.Ops.RefusalCode.UnexpectedShape, "a ticker with a price");
            return null;
        }

        return BinanceSymbols.OfRow(ticker, Symbol, context.Pair, out var pair) ? ReadTicker(ticker, Symbol, Symbol + 7, pair) : null;
    }

    /// <param name="symbol">Place of the symbol, which the prices follow in one order in all forms.</param>
    private static Ticker? ReadTicker(in Element ticker, int symbol, int timeField, string pair) =>
        Prices.TryRead(ticker, symbol + 1, out var last)
        && Prices.TryRead(ticker, symbol + 2, out var bid)
        && Prices.TryRead(ticker, symbol + 3, out var ask)
        && Prices.TryRead(ticker, symbol + 4, out var high)
        && Prices.TryRead(ticker, symbol + 5, out var low)
        && ticker.OptionalDecimal(symbol + 6, Sign.NotNegative, out var volume)
        && ticker.OptionalUnixTime(timeField, UnixUnit.Milliseconds, UnixUnit.Microseconds, out var time)
            ? new Ticker(BinanceProvider.Exchange, pair, last, bid, ask, high, low, volume, time)
            : null;
}
