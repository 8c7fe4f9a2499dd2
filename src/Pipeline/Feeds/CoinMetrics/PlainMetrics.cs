using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinMetrics;

/// <summary>
/// Metrics of assets as Coin Metrics nearly always sends them: <c>{"data":[</c>, rows with an asset, a time and metrics, and perhaps where
/// the next page is. Anything else is left to <see cref="CoinMetricsReplies"/>, which gives the same records for a plain reply, only
/// slower.
/// </summary>
internal static class PlainMetrics
{
    public static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        var reader = new Utf8JsonReader(json);
        if (context.Interval is null || !PlainReply.Next(ref reader, JsonTokenType.StartObject)
            || !PlainReply.NextName(ref reader, "data"u8) || !PlainReply.Next(ref reader, JsonTokenType.StartArray))
        {
            return false;
        }

        var columns = new Columns(context);
        return PlainRows.TryOpen(json, (int)reader.TokenStartIndex, JsonTokenType.StartObject, columns.Find, out var rows)
            && TryReadRows(json, ref rows, columns, into) && IsRest(json[rows.End..], reader.CurrentState);
    }

    private static bool TryReadRows(ReadOnlySpan<byte> json, ref PlainRows rows, Columns columns, Normalised into)
    {
        Span<JsonField> values = stackalloc JsonField[PlainRows.MostColumns];
        values.Clear();
        while (rows.TryNext(values, out var isEnd))
        {
            if (isEnd)
            {
                return true;
            }

            if (!columns.TryAdd(json, values, into))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Behind the rows: where the next page is, or nothing.</summary>
    private static bool IsRest(ReadOnlySpan<byte> rest, JsonReaderState list)
    {
        var reader = new Utf8JsonReader(rest, isFinalBlock: true, list);
        if (!PlainReply.Next(ref reader, JsonTokenType.EndArray))
        {
            return false;
        }

        while (PlainReply.Next(ref reader, JsonTokenType.PropertyName))
        {
            var isPage = reader.ValueSpan.SequenceEqual("next_page_token"u8) || reader.ValueSpan.SequenceEqual("next_page_url"u8);
            if (!isPage || !reader.Read() || reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            {
                return false;
            }
        }

        return reader.TokenType is JsonTokenType.EndObject && !reader.Read();
    }

    /// <summary>What the rows' keys are, and whose figures the last row had: rows of one asset follow each other.</summary>
    private sealed class Columns(ReplyContext context)
    {
        private readonly List<(int Place, string Metric, string Source)> metrics = [];
        private (int Asset, int Time) labels = (-1, -1);
        private byte[] ticker = [];
        private string asset = "";

        public bool Find(ref Utf8JsonReader key, int index, out int place, out byte name)
        {
            (place, name) = (index, 0);
            var text = JsonKeys.Read(ref key);
            switch (text)
            {
                case "asset" when labels.Asset < 0:
                    labels.Asset = index;
                    return true;
                case "time" when labels.Time < 0:
                    labels.Time = index;
                    return true;
                default:
                    var column = new MetricColumns.Column(text, MetricColumns.LabelOf(text), index);
                    if (column.IsCompanion)
                    {
                        place = -1;
                        return true;
                    }

                    var source = column.IsOfAllExchanges ? MetricNames.AllExchanges : context.Source;
                    metrics.Add((index, column.Name, source ?? ""));
                    return column.Label < 0 && column.IsName && source is not null && !IsTwice(column.Name);
            }
        }

        public bool TryAdd(ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> values, Normalised into)
        {
            if (!TryLabels(json, values, out var time))
            {
                return false;
            }

            // Room for the whole row at once. Where a value can't be read the general way begins with none of these records.
            var first = into.Records.Count;
            CollectionsMarshal.SetCount(into.Records, first + metrics.Count);
            var records = CollectionsMarshal.AsSpan(into.Records)[first..];
            for (var i = 0; i < records.Length; i++)
            {
                var (place, metric, source) = metrics[i];
                if (!TryValue(json, values[place], out var value))
                {
                    return false;
                }

                records[i] = new OnChainPoint(asset, metric, source, context.Interval!, time, value);
            }

            return true;
        }

        private bool TryLabels(ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> values, out ProviderTime time)
        {
            time = default;
            return labels.Asset >= 0 && labels.Time >= 0 && TryAsset(json, values[labels.Asset])
                && values[labels.Time].Type is JsonTokenType.String
                && TimeReader.ReadIso(values[labels.Time].Of(json), out time) is NumberOutcome.Exact;
        }

        private bool IsTwice(string metric) => metrics.FindIndex(other => other.Metric == metric) < metrics.Count - 1;

        private bool TryAsset(ReadOnlySpan<byte> json, in JsonField value)
        {
            if (value.Type is not JsonTokenType.String)
            {
                return false;
            }

            var said = value.Of(json);
            if (said.Length > 0 && said.SequenceEqual(ticker))
            {
                return true;
            }

            ticker = said.ToArray();
            asset = AssetTickers.IdOf(Encoding.UTF8.GetString(said).ToLowerInvariant()) ?? "";
            return asset.Length > 0 && (context.Asset is null || context.Asset == asset);
        }

        private static bool TryValue(ReadOnlySpan<byte> json, in JsonField value, out MarketNumber? number)
        {
            number = null;
            if (value.IsUnknown)
            {
                return true;
            }

            if (value.Type is not (JsonTokenType.String or JsonTokenType.Number)
                || DecimalReader.Read(value.Of(json), out var known) is not NumberOutcome.Exact)
            {
                return false;
            }

            number = known;
            return true;
        }
    }
}
