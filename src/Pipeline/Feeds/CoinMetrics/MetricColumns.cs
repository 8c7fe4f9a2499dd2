using System.Text;
using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinMetrics;

/// <summary>
/// The keys of one reply's rows, which are not known beforehand: labels, metrics, and the companions of metrics (<c>…-status</c>), which
/// are not read. Rows of one reply are alike, so a row first looks for the key that followed in the row before; only a new order or a new
/// key costs a string and a look-up. Of a key that comes twice in a row the last counts.
/// </summary>
internal sealed class MetricColumns
{
    /// <summary>Keys of all rows together; a reply with more is not this endpoint's.</summary>
    public const int Most = 512;

    private static readonly string[] LabelTexts =
    [
        "time", "asset", "exchange_asset", "exchange", "market", "coin_metrics_id", "amount", "price", "side", "hash", "block_hash", "type",
        "height", "block_height", "parent_hash", "parent_block_hash", "cm_sequence_id", "database_time", "collect_time",
    ];

    public const int Time = 0;
    public const int Asset = 1;
    public const int ExchangeAsset = 2;
    public const int Exchange = 3;
    public const int Market = 4;
    public const int TradeId = 5;
    public const int Amount = 6;
    public const int Price = 7;
    public const int Side = 8;
    public const int Hash = 9;
    public const int BlockHash = 10;
    public const int Type = 11;

    public static readonly FieldNames Labels = new(LabelTexts);

    private readonly Dictionary<string, Column> known = new(StringComparer.Ordinal);
    private readonly List<Column> order = [];
    private readonly List<Column> metrics = [];
    private readonly JsonField[] labels = new JsonField[LabelTexts.Length];
    private int row;
    private string? unknownTicker;

    public ReadOnlySpan<JsonField> LabelFields => labels;

    /// <summary>The metrics of the row, in its order.</summary>
    public IReadOnlyList<Column> Metrics => metrics;

    public bool IsTooMany => known.Count > Most;

    /// <summary>The id of an asset whose ticker is in no table: the one that was asked for, if that is in none either. Of several such
    /// tickers in one reply only the first can be meant.</summary>
    public string? IdOfUnknown(string ticker, string? asked)
    {
        if (asked is null || AssetTickers.TickerOf(asked) is not null)
        {
            return null;
        }

        unknownTicker ??= ticker;
        return unknownTicker == ticker ? asked : null;
    }

    /// <summary>A label's place; below zero for a metric.</summary>
    public static int LabelOf(string key) => Array.IndexOf(LabelTexts, key);

    /// <summary>Reads the object on whose start the reader stands, to its end.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        row++;
        metrics.Clear();
        Array.Clear(labels);
        var next = 0;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var column = next < order.Count && !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual(order[next].Utf8)
                ? order[next]
                : Find(ref reader);
            next = column.Place + 1;
            reader.Read();
            var value = JsonField.Capture(ref reader);
            if (column.Label >= 0)
            {
                labels[column.Label] = value with { Name = (byte)column.Label };
            }
            else if (!column.IsCompanion)
            {
                column.Value = value;
                if (column.Row != row)
                {
                    column.Row = row;
                    metrics.Add(column);
                }
            }
        }
    }

    /// <summary><c>TxCnt-status</c>, <c>TxCnt-status-time</c>: a metric's name and what is said of its value. No metric's own name has a
    /// dash.</summary>
    private static bool IsCompanionOf(string key)
    {
        var dash = key.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && dash < key.Length - 1 && MetricNames.IsName(key[..dash]);
    }

    private Column Find(ref Utf8JsonReader reader)
    {
        var key = JsonKeys.Read(ref reader);
        if (known.TryGetValue(key, out var column))
        {
            return column;
        }

        column = new Column(key, LabelOf(key), order.Count);
        known[key] = column;
        order.Add(column);
        return column;
    }

    /// <summary>One key, with what is worked out from it once for all rows.</summary>
    internal sealed class Column(string key, int label, int place)
    {
        public string Key => key;

        public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(key);

        /// <summary>Place among the labels; below zero for a metric.</summary>
        public int Label => label;

        public int Place => place;

        public bool IsCompanion { get; } = IsCompanionOf(key);

        public bool IsName { get; } = MetricNames.IsName(key);

        public bool IsOfAllExchanges { get; } = MetricNames.IsOfAllExchanges(key);

        /// <summary>Our name of the metric.</summary>
        public string Name { get; } = MetricNames.NameOf(key);

        /// <summary>As a table of one field, which names it in refusals.</summary>
        public FieldNames Field { get; } = new(key);

        public JsonField Value { get; set; }

        /// <summary>The last row that had it.</summary>
        public int Row { get; set; }
    }
}
