using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// <c>GET /0/public/Ticker</c>: <c>{"BCHEUR":{"a":["355.400000","1","1.000"],"b":["354.300000","18","18.000"],"c":["355.400000","0.6025"],
/// "v":["23.18","4433.77"],"l":["351.8","346.0"],"h":["357.7","369.0"],…}}</c>: best ask and bid, last trade; of volume, low and high the
/// first is today's and the second the last 24 hours'. It has no time. The socket v1 sends the same object, v2 flat names. The best prices
/// alone, each time that they changed, are <c>GET /0/public/Spread</c>'s (<c>{"XXBTZUSD":[[1548122302,"3538.70","3541.50"]],
/// "last":1548122302}</c>) and the channel <c>spread</c>'s of v1.
/// </summary>
internal static class KrakenTickers
{
    private const string Expected = "an object with a ticker for each pair";

    private static readonly FieldNames Names = new("c", "b", "a", "h", "l", "v");
    private static readonly FieldNames Places = Rows.Names(2);
    private static readonly FieldNames SpreadRow = Rows.Names(3);
    private static readonly FieldNames ObjectNames = new("symbol", "last", "bid", "ask", "high", "low", "volume", "timestamp");

    public static readonly Normaliser Normaliser =
        KrakenResults.Normaliser(JsonTokenType.StartObject, Expected, ReadEntry, lists: ReadSpreads);

    public static void ReadSocketTicker(ReadOnlySpan<byte> ticker, in Reply reply, string pair)
    {
        var reader = new Utf8JsonReader(ticker);
        reader.Read();
        ReadTicker(ref reader, ticker, reply, "$[1]", pair);
    }

    /// <summary>The row of a frame <c>[0,["5698.40000","5700.00000","1542057299.545897","1.0","0.9"],"spread","XBT/USD"]</c>.</summary>
    public static void ReadSpread(ReadOnlySpan<byte> row, in Reply reply, string pair)
    {
        Span<JsonField> fields = stackalloc JsonField[SpreadRow.Count];
        TakePlaces(row, fields);
        var spread = new Element(row, fields, SpreadRow, reply.Into, new ElementPath("$[1]"));
        AddSpread(reply, spread, 0, 2, pair);
    }

    public static void ReadSocketObjects(ReadOnlySpan<byte> list, in Reply reply) =>
        KrakenFrames.Read(list, reply, ObjectNames, ReadObject);

    private static void ReadEntry(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        if (KrakenPairs.OfName(reply, key, path, out var pair))
        {
            ReadTicker(ref reader, reply.Json, reply, path, pair);
        }
        else
        {
            reader.Skip();
        }
    }

    /// <summary>Rows of exactly three values: longer ones are another endpoint's, whose places mean something else.</summary>
    private static void ReadSpreads(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        if (!KrakenPairs.OfName(reply, key, path, out var pair))
        {
            reader.Skip();
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[SpreadRow.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (reader.TokenType is JsonTokenType.StartArray && Elements.ReadRow(ref reader, fields))
            {
                AddSpread(reply, new Element(reply.Json, fields, SpreadRow, reply.Into, new ElementPath(path, index)), 1, 0, pair);
                continue;
            }

            reader.Skip();
            reply.Refuse(
                RefusalCode.UnexpectedShape, $"not this endpoint's reply: expected {Expected}, or lists of [time, bid, ask]",
                new ElementPath(path, index).ToString());
        }
    }

    private static void AddSpread(in Reply reply, in Element spread, int bidField, int timeField, string pair)
    {
        if (Prices.TryRead(spread, bidField, out var bid)
            && Prices.TryRead(spread, bidField + 1, out var ask)
            && spread.UnixTime(timeField, UnixUnit.Seconds, out var time))
        {
            reply.Into.Records.Add(new Ticker(KrakenProvider.Exchange, pair, null, bid, ask, null, null, null, time));
        }
    }

    private static void ReadTicker(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path, string pair)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var ticker = new Element(json, fields, Names, reply.Into, new ElementPath(path));
        if (!ticker.Has(0) && !ticker.Has(1) && !ticker.Has(2))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "not a ticker: expected the lists a, b or c", path);
            return;
        }

        if (Price(ticker, 0, 0, out var last)
            && Price(ticker, 1, 0, out var bid)
            && Price(ticker, 2, 0, out var ask)
            && Price(ticker, 3, 1, out var high)
            && Price(ticker, 4, 1, out var low)
            && Value(ticker, 5, 1, out var volume))
        {
            reply.Into.Records.Add(new Ticker(KrakenProvider.Exchange, pair, last, bid, ask, high, low, volume, null));
        }
    }

    /// <summary>As <see cref="Prices"/>: 0 is none.</summary>
    private static bool Price(in Element ticker, int field, int place, out MarketNumber? price)
    {
        var read = Value(ticker, field, place, out price);
        price = price == 0 ? null : price;
        return read;
    }

    /// <summary>The value at <paramref name="place"/> of a list; null where there is no list.</summary>
    private static bool Value(in Element ticker, int field, int place, out MarketNumber? value)
    {
        value = null;
        if (!ticker.Has(field))
        {
            return true;
        }

        if (ticker[field].Type is not JsonTokenType.StartArray)
        {
            return ticker.Refuse(field, RefusalCode.InvalidField, "a list");
        }

        Span<JsonField> fields = stackalloc JsonField[Places.Count];
        var list = ticker[field].Of(ticker.Json);
        TakePlaces(list, fields);
        var values = new Element(list, fields, Places, ticker.Into, new ElementPath(ticker.PathOf(field)));
        return values.OptionalDecimal(place, Sign.NotNegative, out value);
    }

    private static void TakePlaces(ReadOnlySpan<byte> list, scoped Span<JsonField> fields)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        Rows.ReadValues(ref reader, fields);
    }

    private static NormalisedRecord? ReadObject(in Reply reply, in Element ticker) =>
        KrakenPairs.OfField(reply, ticker, 0, out var pair)
        && Prices.TryRead(ticker, 1, out var last)
        && Prices.TryRead(ticker, 2, out var bid)
        && Prices.TryRead(ticker, 3, out var ask)
        && Prices.TryRead(ticker, 4, out var high)
        && Prices.TryRead(ticker, 5, out var low)
        && ticker.OptionalDecimal(6, Sign.NotNegative, out var volume)
        && ticker.OptionalIsoTime(7, out var time)
            ? new Ticker(KrakenProvider.Exchange, pair, last, bid, ask, high, low, volume, time)
            : null;
}
