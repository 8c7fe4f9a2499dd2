using System.Text;
using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// The metrics of one row, by keys that are not known beforehand. Rows of one reply are alike, so a row first looks for the key that
/// followed in the rows before; only a new order or a new key costs a string and a look-up. Of a key that comes twice the last counts, in
/// the first one's place.
/// </summary>
internal sealed class MetricRow
{
    private readonly Dictionary<string, Metric> known = new(StringComparer.Ordinal);
    private readonly List<Metric> metrics = [];
    private Metric? previous;
    private Metric? first;
    private int row;

    /// <summary>In the order of the row.</summary>
    public IReadOnlyList<Metric> Metrics => metrics;

    private Metric? Expected => previous is null ? first : previous.Follower;

    /// <summary>Begins the next row.</summary>
    public void Clear()
    {
        metrics.Clear();
        previous = null;
        row++;
    }

    /// <summary>Whether the reader stands on the key that followed here in the rows before.</summary>
    public bool IsNext(ref Utf8JsonReader reader) =>
        Expected is { } next && next.Row != row && !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual(next.Utf8);

    /// <summary>The value of the key that <see cref="IsNext"/> saw.</summary>
    public void SetNext(in JsonField value) => Add(Expected!, value);

    public void Set(string key, in JsonField value)
    {
        if (!known.TryGetValue(key, out var metric))
        {
            known[key] = metric = new Metric(key);
        }

        if (metric.Row == row)
        {
            metric.Value = value;
            return;
        }

        if (previous is null)
        {
            first = metric;
        }
        else
        {
            previous.Follower = metric;
        }

        Add(metric, value);
    }

    private void Add(Metric metric, in JsonField value)
    {
        (metric.Value, metric.Row) = (value, row);
        metrics.Add(metric);
        previous = metric;
    }

    /// <summary>One key, with what is worked out from it once for all rows.</summary>
    internal sealed class Metric(string key)
    {
        private string? family;
        private string? name;

        public string Key => key;

        public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(key);

        /// <summary>As a table of one field, which names it in refusals.</summary>
        public FieldNames Field { get; } = new(key);

        public bool IsName { get; } = MetricNames.IsName(key);

        public JsonField Value { get; set; }

        /// <summary>The last row that had it.</summary>
        public int Row { get; set; }

        /// <summary>The metric that came after it the last time.</summary>
        public Metric? Follower { get; set; }

        /// <summary>Our name of it in a family, see <see cref="MetricNames"/>.</summary>
        public string NameIn(string? ofFamily)
        {
            if (name is null || family != ofFamily)
            {
                (family, name) = (ofFamily, MetricNames.NameOf(key, ofFamily));
            }

            return name;
        }
    }
}
