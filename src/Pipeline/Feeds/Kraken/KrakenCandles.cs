using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// <c>GET /0/public/OHLC</c>, oldest first:
/// <c>{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]], "last":1688672160}</c>: seconds, open,
/// high, low, close, average, volume, trades. <c>last</c> is the newest row that is committed; rows after it may still change. The sockets
/// state their interval in minutes.
/// </summary>
internal static class KrakenCandles
{
    private const int LeastOfRow = 7;
    private const long NanosecondsPerMinute = 60_000_000_000;

    private static readonly FieldNames Row = Rows.Names(LeastOfRow);

    /// <summary>The socket v1: last update, end, open, high, low, close, average, volume, trades.</summary>
    private static readonly FieldNames FrameRow = Rows.Names(8);

    private static readonly FieldNames ObjectNames =
        new("symbol", "interval_begin", "open", "high", "low", "close", "volume", "interval");

    private static readonly FieldNames LastName = new("last");

    private static readonly (int Minutes, string Name)[] Intervals =
    [
        (1, "1m"), (5, "5m"), (15, "15m"), (30, "30m"), (60, "1h"), (240, "4h"), (1440, "1d"), (10_080, "1w"), (21_600, "15d"),
    ];

    public static readonly Normaliser Normaliser =
        KrakenResults.Normaliser(JsonTokenType.StartArray, "an object with a list of candles", ReadEntry, Complete);

    public static IEnumerable<string> IntervalNames => Intervals.Select(interval => interval.Name);

    /// <summary>Minutes of an interval that Kraken has; null for others.</summary>
    public static int? MinutesOf(string interval) =>
        Array.Find(Intervals, known => known.Name == interval) is { Minutes: > 0 } found ? found.Minutes : null;

    /// <summary>The row of a frame of channel <c>ohlc-5</c>.</summary>
    /// <param name="channel">With the minutes behind the dash; without them it is <c>ohlc-1</c>.</param>
    public static void ReadSocketRow(ReadOnlySpan<byte> row, in Reply reply, string channel, string pair)
    {
        var text = channel.Contains('-', StringComparison.Ordinal) ? channel[(channel.IndexOf('-', StringComparison.Ordinal) + 1)..] : "1";
        var interval = Array.Find(Intervals, known => known.Minutes.ToString(System.Globalization.CultureInfo.InvariantCulture) == text);
        if (interval.Minutes == 0)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, $"channel \"{channel}\": expected ohlc and an interval of Kraken's in minutes", "$");
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[FrameRow.Count + 1];
        var reader = new Utf8JsonReader(row);
        reader.Read();
        if (!Elements.ReadRow(ref reader, fields))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "expected nine values of a candle", "$[1]");
            return;
        }

        var values = new Element(row, fields, FrameRow, reply.Into, new ElementPath("$[1]"));
        if (values.UnixTime(0, UnixUnit.Seconds, out var updated)
            && TryCandle(values, 2, 7, pair, interval.Name, BeginOf(updated, interval.Minutes), out var candle))
        {
            reply.Into.Records.Add(candle);
        }
    }

    public static void ReadSocketObjects(ReadOnlySpan<byte> list, in Reply reply) =>
        KrakenFrames.Read(list, reply, ObjectNames, ReadObject);

    private static void ReadEntry(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        if (reply.Context.Interval is null)
        {
            reply.Into.MissingContext = "interval";
            reader.Skip();
        }
        else if (KrakenPairs.OfName(reply, key, path, out var pair))
        {
            Rows.Read(ref reader, reply.Json, reply, path, Row, LeastOfRow, reply.Context with { Pair = pair }, ReadRow);
        }
        else
        {
            reader.Skip();
        }
    }

    private static void Complete(in Reply reply, int first, JsonField last)
    {
        if (last.IsUnknown || IsZero(reply, last))
        {
            return; // no candle is committed where there is none
        }

        var head = new Element(reply.Json, [last], LastName, reply.Into, new ElementPath("$.result"));
        if (!head.UnixTime(0, UnixUnit.Seconds, out var committed))
        {
            return;
        }

        for (var i = first; i < reply.Into.Records.Count; i++)
        {
            var candle = (Candle)reply.Into.Records[i];
            reply.Into.Records[i] = candle with { Final = candle.OpenTime <= committed };
        }
    }

    private static bool IsZero(in Reply reply, in JsonField last) => last.TryText(reply.Json, out var text) && text.SequenceEqual("0"u8);

    private static Candle? ReadRow(in Element row, ReplyContext context) =>
        row.UnixTime(0, UnixUnit.Seconds, out var open)
        && TryCandle(row, 1, 6, context.Pair!, context.Interval!, open, out var candle)
            ? candle
            : null;

    private static NormalisedRecord? ReadObject(in Reply reply, in Element candle)
    {
        if (!KrakenPairs.OfField(reply, candle, 0, out var pair)
            || !candle.IsoTime(1, out var begin)
            || !candle.OptionalInteger(7, out var minutes))
        {
            return null;
        }

        if (Array.Find(Intervals, known => known.Minutes == minutes) is not { Minutes: > 0 } interval)
        {
            candle.Refuse(7, RefusalCode.InvalidField, "an interval of Kraken's in minutes");
            return null;
        }

        return TryCandle(candle, 2, 6, pair, interval.Name, begin, out var read) ? read : null;
    }

    /// <param name="prices">Place of the open; high, low and close follow.</param>
    private static bool TryCandle(
        in Element row, int prices, int volumeField, string pair, string interval, ProviderTime begin, out Candle candle)
    {
        candle = null!;
        if (!row.Decimal(prices, Sign.Positive, out var open)
            || !row.Decimal(prices + 1, Sign.Positive, out var high)
            || !row.Decimal(prices + 2, Sign.Positive, out var low)
            || !row.Decimal(prices + 3, Sign.Positive, out var close)
            || !row.OptionalDecimal(volumeField, Sign.NotNegative, out var volume)
            || !CandleRange.IsSound(row, prices + 1, high, low))
        {
            return false;
        }

        candle = new Candle(KrakenProvider.Exchange, pair, interval, begin, open, high, low, close, volume, null);
        return true;
    }

    private static ProviderTime BeginOf(ProviderTime within, int minutes)
    {
        var length = minutes * NanosecondsPerMinute;
        return new ProviderTime(within.UnixNanoseconds / length * length, 0);
    }
}
