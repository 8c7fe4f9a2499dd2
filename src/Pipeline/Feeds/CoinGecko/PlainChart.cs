using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// A chart as CoinGecko nearly always sends it: its three lists and nothing else, each with the same times in the same order, sound
/// numbers. Anything else is left to <see cref="MarketCharts"/>, which gives the same records for a plain chart, only
/// slower.
/// </summary>
internal static class PlainChart
{
    /// <summary>Points that a first buffer holds; a longer chart grows it.</summary>
    private const int UsualPoints = 1024;

    private const int Lists = 3;

    private static readonly FieldNames Names = Rows.Names(2);

    public static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        if (context is not { Asset: { } asset, Currency: { } currency })
        {
            return false;
        }

        var points = new Points();
        try
        {
            if (!TryReadLists(json, ref points))
            {
                return false;
            }

            into.Records.EnsureCapacity(into.Records.Count + points.Count);
            foreach (ref readonly var point in points.All)
            {
                into.Records.Add(new ChartPoint(asset, currency, point.Time, point.Price, point.MarketCap, point.Volume));
            }

            return true;
        }
        finally
        {
            points.Return();
        }
    }

    private static bool TryReadLists(ReadOnlySpan<byte> json, ref Points points)
    {
        var reader = new Utf8JsonReader(json);
        var at = 0;
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        for (var list = 0; list < Lists; list++)
        {
            if (!reader.Read() || reader.TokenType is not JsonTokenType.PropertyName || !reader.ValueSpan.SequenceEqual(NameOf(list))
                || !reader.Read() || reader.TokenType is not JsonTokenType.StartArray
                || !TryReadList(json, at + (int)reader.TokenStartIndex, list, ref points, out var end))
            {
                return false;
            }

            // The rows were not the reader's: it goes on behind them, at the bracket that closes an empty list for it.
            at = end;
            reader = new Utf8JsonReader(json[end..], isFinalBlock: true, reader.CurrentState);
            reader.Read();
        }

        return reader.Read() && reader.TokenType is JsonTokenType.EndObject && !reader.Read();
    }

    private static ReadOnlySpan<byte> NameOf(int list) =>
        list switch { 0 => "prices"u8, 1 => "market_caps"u8, _ => "total_volumes"u8 };

    private static bool TryReadList(ReadOnlySpan<byte> json, int start, int list, ref Points points, out int end)
    {
        end = 0;
        Span<JsonField> values = stackalloc JsonField[2];
        if (!PlainRows.TryOpen(json, start, JsonTokenType.StartArray, Names.Indexes, out var rows) || rows.Count is not (0 or 2))
        {
            return false;
        }

        for (var index = 0; rows.TryNext(values, out var isEnd); index++)
        {
            if (isEnd)
            {
                end = rows.End;
                return index == points.Count;
            }

            if (values[0].Type is not JsonTokenType.Number
                || TimeReader.ReadUnix(values[0].Of(json), UnixUnit.Milliseconds, out var time) is not NumberOutcome.Exact
                || !TryValue(json, values[1], out var value) || !points.TrySet(list, index, time, value))
            {
                return false;
            }
        }

        return false;
    }

    private static bool TryValue(ReadOnlySpan<byte> json, in JsonField field, out MarketNumber? value)
    {
        value = null;
        if (field.Type is not JsonTokenType.Number)
        {
            return field.Type is JsonTokenType.Null;
        }

        var outcome = DecimalReader.Read(field.Of(json), out var known);
        value = known;
        return outcome is NumberOutcome.Exact && !known.IsNegative;
    }

    private record struct Point(ProviderTime Time, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume);

    /// <summary>The points in the order of the prices, in a rented buffer.</summary>
    private ref struct Points()
    {
        private Point[] points = ArrayPool<Point>.Shared.Rent(UsualPoints);

        public int Count { get; private set; }

        public readonly ReadOnlySpan<Point> All => points.AsSpan(0, Count);

        /// <summary>False where a later list does not have the prices' times.</summary>
        public bool TrySet(int list, int index, ProviderTime time, MarketNumber? value)
        {
            if (list == 0)
            {
                Add(new Point(time, value, null, null));
                return true;
            }

            if (index >= Count || points[index].Time.UnixNanoseconds != time.UnixNanoseconds)
            {
                return false;
            }

            if (list == 1)
            {
                points[index].MarketCap = value;
            }
            else
            {
                points[index].Volume = value;
            }

            return true;
        }

        public readonly void Return() => ArrayPool<Point>.Shared.Return(points);

        private void Add(in Point point)
        {
            if (Count == points.Length)
            {
                var longer = ArrayPool<Point>.Shared.Rent(points.Length * 2);
                points.CopyTo(longer, 0);
                ArrayPool<Point>.Shared.Return(points);
                points = longer;
            }

            points[Count++] = point;
        }
    }
}
