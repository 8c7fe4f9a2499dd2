using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// <c>GET /coins/{id}/market_chart</c> and <c>/range</c>: <c>{"prices":[[1779027899041,77953.82550382407],…],"market_caps":[…],
/// "total_volumes":[…]}</c>. Three series that usually, not always, carry the same times: they are joined by time (the n-th of several
/// equal times with the n-th), and what a series lacks is null. A time that comes more often in one series than in another says nothing
/// new of the other: there the value before stays. Points keep the order of the prices; times that only another series has follow.
/// </summary>
internal static class MarketCharts
{
    private const int Prices = 0;

    private static readonly FieldNames Names = new("prices", "market_caps", "total_volumes");
    private static readonly FieldNames Point = new("[0]", "[1]");

    /// <summary>Nearly every chart is plain. What isn't is read point by point, with its refusals.</summary>
    public static readonly Normaliser Normaliser = PlainReply.Or(
        PlainChart.TryRead, CoinGeckoErrors.Object("an object with prices, market_caps and total_volumes", Read));

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        if (fields[Prices].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("an object with a list prices");
            return;
        }

        if (CoinGeckoContext.AssetAndCurrency(reply) is not var (asset, currency))
        {
            return;
        }

        var chart = new JoinedChart(reply.Into.Refusals.Count);
        for (var series = 0; series < Names.Count; series++)
        {
            if (fields[series].Type is JsonTokenType.StartArray)
            {
                ReadSeries(fields[series].Of(reply.Json), reply, series, chart);
            }
            else if (!fields[series].IsUnknown)
            {
                reply.Refuse(RefusalCode.UnexpectedShape, "not a list of points", "$." + Names.NameOf(series, fields[series]));
                return;
            }
        }

        chart.AddTo(reply.Into, asset, currency);
    }

    private static void ReadSeries(ReadOnlySpan<byte> json, in Reply reply, int series, JoinedChart chart)
    {
        var path = "$." + Names.NameOf(series, default);
        Span<JsonField> fields = stackalloc JsonField[Point.Count];
        chart.Begin(series);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            var place = chart.Next;
            if (CoinGeckoRows.TryRead(ref reader, reply, fields, path, index, "[time, value]"))
            {
                var point = new Element(json, fields, Point, reply.Into, new ElementPath(path, index));
                if (point.UnixTime(0, UnixUnit.Milliseconds, out var time))
                {
                    var isSound = point.OptionalDecimal(1, Sign.NotNegative, out var value);
                    place = chart.Set(time, value, isSound);
                }
            }

            chart.Refused(reply.Into.Refusals.Count, place);
        }
    }

    /// <summary>The points by time; a point of which any value could not be read is not taken, for null would say that it is
    /// unknown.</summary>
    /// <param name="refusals">The reply's, before the chart's own.</param>
    private sealed class JoinedChart(int refusals)
    {
        private readonly List<Joined> points = [];
        private readonly Dictionary<(long Time, int Occurrence), int> places = [];
        private readonly Dictionary<long, int> occurrences = [];
        private readonly List<int> refused = [];
        private int series;

        /// <summary>The place behind the point that the series has come to: that of an element without a time.</summary>
        public int Next { get; private set; }

        public void Begin(int next)
        {
            (series, Next) = (next, 0);
            occurrences.Clear();
        }

        /// <summary>There are so many refusals now; those that are new are of an element that belongs to this place.</summary>
        public void Refused(int count, int place) => refused.AddRange(Enumerable.Repeat(place, count - refusals - refused.Count));

        /// <returns>The point's place.</returns>
        public int Set(ProviderTime time, MarketNumber? value, bool isSound)
        {
            var occurrence = occurrences.GetValueOrDefault(time.UnixNanoseconds);
            occurrences[time.UnixNanoseconds] = occurrence + 1;
            var key = (time.UnixNanoseconds, occurrence);
            if (!places.TryGetValue(key, out var place))
            {
                places[key] = place = points.Count;
                points.Add(new Joined(time, occurrence, null, null, null, true, 0));
            }

            var point = points[place] with { IsSound = points[place].IsSound && isSound, Told = points[place].Told | (1 << series) };
            points[place] = series switch
            {
                0 => point with { Price = value },
                1 => point with { MarketCap = value },
                _ => point with { Volume = value },
            };
            Next = place + 1;
            return place;
        }

        public void AddTo(Normalised into, string asset, string currency)
        {
            var before = new int[points.Count + 1];
            for (var place = 0; place < points.Count; place++)
            {
                before[place] = into.Records.Count;
                var point = points[place];
                if (point.Occurrence > 0)
                {
                    points[place] = point = point.Over(points[places[(point.Time.UnixNanoseconds, point.Occurrence - 1)]]);
                }

                if (point.IsSound)
                {
                    into.Records.Add(new ChartPoint(asset, currency, point.Time, point.Price, point.MarketCap, point.Volume));
                }
            }

            // The records follow when all is read, so only now is it known how many of them stand before an element.
            before[points.Count] = into.Records.Count;
            for (var i = 0; i < refused.Count; i++)
            {
                into.Refusals[refusals + i] = into.Refusals[refusals + i] with { Behind = before[refused[i]] };
            }
        }

        /// <param name="Told">A bit for each series that has this occurrence of the time.</param>
        private readonly record struct Joined(
            ProviderTime Time, int Occurrence, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume, bool IsSound, int Told)
        {
            /// <summary>With the values of the occurrence before where a series has no such occurrence.</summary>
            public Joined Over(Joined before) => this with
            {
                Price = (Told & 1) != 0 ? Price : before.Price,
                MarketCap = (Told & 2) != 0 ? MarketCap : before.MarketCap,
                Volume = (Told & 4) != 0 ? Volume : before.Volume,
                IsSound = IsSound && before.IsSound,
            };
        }
    }
}
