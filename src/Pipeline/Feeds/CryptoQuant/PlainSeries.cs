using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// A series as CryptoQuant nearly always sends it: the status 200, then the window, then rows that all have the first one's keys in its
/// order, the time first, with sound numbers or nulls. Anything else is left to <see cref="OnChainSeries"/>, which gives
/// the same records for a plain series, only slower.
/// </summary>
internal static class PlainSeries
{
    public static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        var reader = new Utf8JsonReader(json);
        return context is { Asset: not null, Source: not null }
            && PlainReply.Next(ref reader, JsonTokenType.StartObject)
            && PlainReply.NextName(ref reader, "status"u8) && TrySuccess(ref reader)
            && PlainReply.NextName(ref reader, "result"u8) && PlainReply.Next(ref reader, JsonTokenType.StartObject)
            && PlainReply.NextName(ref reader, "window"u8) && PlainReply.Next(ref reader, JsonTokenType.String)
            && TryWindow(ref reader, context, out var window)
            && PlainReply.NextName(ref reader, "data"u8) && PlainReply.Next(ref reader, JsonTokenType.StartArray)
            && TryReadRows(json, (int)reader.TokenStartIndex, context, window, into, out var end)
            && PlainReply.IsRest(json[end..], "]}}"u8);
    }

    /// <summary><c>{"code":200,"message":"success"}</c>.</summary>
    private static bool TrySuccess(ref Utf8JsonReader reader) =>
        PlainReply.Next(ref reader, JsonTokenType.StartObject)
        && PlainReply.NextName(ref reader, "code"u8) && PlainReply.Next(ref reader, JsonTokenType.Number)
        && reader.ValueSpan.SequenceEqual("200"u8)
        && PlainReply.NextName(ref reader, "message"u8) && PlainReply.Next(ref reader, JsonTokenType.String)
        && PlainReply.Next(ref reader, JsonTokenType.EndObject);

    private static bool TryWindow(ref Utf8JsonReader reader, ReplyContext context, out string window)
    {
        window = context.Interval ?? Encoding.UTF8.GetString(reader.ValueSpan);
        return !reader.ValueIsEscaped && reader.ValueSpan.Length is > 0 and <= 20
            && reader.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'z') < 0
            && reader.ValueSpan.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0 && reader.ValueTextEquals(window);
    }

    private static bool TryReadRows(
        ReadOnlySpan<byte> json, int list, ReplyContext context, string window, Normalised into, out int end)
    {
        end = 0;
        Span<JsonField> values = stackalloc JsonField[PlainRows.MostColumns];
        values.Clear();
        var columns = new Columns(context);
        if (!PlainRows.TryOpen(json, list, JsonTokenType.StartObject, columns.Find, out var rows) || !columns.TryName(rows.Count))
        {
            return false;
        }

        while (rows.TryNext(values, out var isEnd))
        {
            end = rows.End;
            if (isEnd || !columns.TryAdd(json, values, window, into))
            {
                return isEnd;
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
        return outcome is NumberOutcome.Exact;
    }

    /// <summary>What the rows' keys are.</summary>
    private sealed class Columns(ReplyContext context)
    {
        private readonly List<(string Key, bool IsLabel)> keys = [];
        private readonly List<(int Place, string Name)> metrics = [];

        /// <summary>The first key is the row's time, and no other.</summary>
        public bool Find(ref Utf8JsonReader key, int index, out int place, out byte name)
        {
            var isLabel = OnChainSeries.Labels.TryField(ref key, out var field, out name);
            place = index;
            keys.Add((Encoding.UTF8.GetString(key.ValueSpan), isLabel));
            return (isLabel && OnChainSeries.IsTime(field)) == (index == 0);
        }

        /// <summary>Gives the metrics our names, which depend on all of them. False where one can't be a metric, or comes twice.</summary>
        public bool TryName(int count)
        {
            var named = keys.Where(key => !key.IsLabel).Select(key => key.Key).ToList();
            if (count == 0)
            {
                return true;
            }

            if (named.Count == 0 || !named.TrueForAll(MetricNames.IsName)
                || named.Distinct(StringComparer.Ordinal).Count() < named.Count)
            {
                return false;
            }

            var family = MetricNames.FamilyOf(context.Metric, named);
            metrics.AddRange(keys.Index().Where(key => !key.Item.IsLabel)
                .Select(key => (key.Index, MetricNames.NameOf(key.Item.Key, family))));
            return true;
        }

        public bool TryAdd(ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> values, string window, Normalised into)
        {
            if (values[0].Type is not JsonTokenType.String
                || TimeReader.ReadIso(values[0].Of(json), out var time) is not NumberOutcome.Exact)
            {
                return false;
            }

            foreach (var (place, metric) in metrics)
            {
                if (!TryValue(json, values[place], out var value))
                {
                    return false;
                }

                into.Records.Add(new OnChainPoint(context.Asset!, metric, context.Source!, window, time, value));
            }

            return true;
        }
    }
}
