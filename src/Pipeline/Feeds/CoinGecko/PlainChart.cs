using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// A chart as CoinGecko nearly always sends it: its three lists and nothing else, each with the same times in the same order, sound
/// numbers. Read in one walk. Anything else is left to <see cref="MarketCharts"/>, which gives the same records for a plain chart, only
/// slower.
/// </summary>
internal static class PlainChart
{
    /// <summary>Points that a first buffer holds; a longer chart grows it.</summary>
    private const int UsualPoints = 1024;

    private const int Lists = 3;

    /// <summary>False where the reply is not plain; then nothing was added.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        if (context is not { Asset: { } asset, Currency: { } currency } || !Utf8.IsValid(json))
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
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            points.Return();
        }
    }

    private static bool TryReadLists(ReadOnlySpan<byte> json, ref Points points)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        for (var list = 0; list < Lists; list++)
        {
            if (!reader.Read() || reader.TokenType is not JsonTokenType.PropertyName || !reader.ValueSpan.SequenceEqual(NameOf(list))
                || !reader.Read() || reader.TokenType is not JsonTokenType.StartArray || !TryReadList(ref reader, list, ref points))
            {
                return false;
            }
        }

        return reader.Read() && reader.TokenType is JsonTokenType.EndObject && !reader.Read();
    }

    private static ReadOnlySpan<byte> NameOf(int list) =>
        list switch { 0 => "prices"u8, 1 => "market_caps"u8, _ => "total_volumes"u8 };

    private static bool TryReadList(ref Utf8JsonReader reader, int list, ref Points points)
    {
        var count = 0;
        for (; reader.Read() && reader.TokenType is JsonTokenType.StartArray; count++)
        {
            if (!reader.Read() || reader.TokenType is not JsonTokenType.Number
                || TimeReader.ReadUnix(reader.ValueSpan, UnixUnit.Milliseconds, out var time) is not NumberOutcome.Exact
                || !reader.Read() || !TryValue(ref reader, out var value)
                || !reader.Read() || reader.TokenType is not JsonTokenType.EndArray
                || !points.TrySet(list, count, time, value))
            {
                return false;
            }
        }

        return reader.TokenType is JsonTokenType.EndArray && count == points.Count;
    }

    private static bool TryValue(ref Utf8JsonReader reader, out decimal? value)
    {
        value = null;
        if (reader.TokenType is not JsonTokenType.Number)
        {
            return reader.TokenType is JsonTokenType.Null;
        }

        var outcome = DecimalReader.Read(reader.ValueSpan, out var known);
        value = known;
        return outcome is NumberOutcome.Exact && !decimal.IsNegative(known);
    }

    private record struct Point(ProviderTime Time, decimal? Price, decimal? MarketCap, decimal? Volume);

    /// <summary>The points in the order of the prices, in a rented buffer.</summary>
    private ref struct Points()
    {
        private Point[] points = ArrayPool<Point>.Shared.Rent(UsualPoints);

        public int Count { get; private set; }

        public readonly ReadOnlySpan<Point> All => points.AsSpan(0, Count);

        /// <summary>False where a later list does not have the prices' times.</summary>
        public bool TrySet(int list, int index, ProviderTime time, decimal? value)
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
