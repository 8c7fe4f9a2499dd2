using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// A series as CryptoQuant nearly always sends it: the status 200, then the window, then rows that all have the first one's keys in its
/// order, the time first, with sound numbers or nulls. Read in one walk. Anything else is left to <see cref="OnChainSeries"/>, which gives
/// the same records for a plain series, only slower.
/// </summary>
internal static class PlainSeries
{
    /// <summary>False where the reply is not plain; then nothing was added.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        if (context is not { Asset: not null, Source: not null } || !Utf8.IsValid(json))
        {
            return false;
        }

        var before = into.Records.Count;
        var isPlain = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            isPlain = TryReadRoot(ref reader, context, into);
        }
        catch (JsonException)
        {
            // Not JSON: for the other reading to refuse.
        }

        if (!isPlain)
        {
            into.Records.RemoveRange(before, into.Records.Count - before);
        }

        return isPlain;
    }

    private static bool TryReadRoot(ref Utf8JsonReader reader, ReplyContext context, Normalised into) =>
        Next(ref reader, JsonTokenType.StartObject)
        && NextName(ref reader, "status"u8) && TrySuccess(ref reader)
        && NextName(ref reader, "result"u8) && Next(ref reader, JsonTokenType.StartObject)
        && NextName(ref reader, "window"u8) && Next(ref reader, JsonTokenType.String) && TryWindow(ref reader, context, out var window)
        && NextName(ref reader, "data"u8) && Next(ref reader, JsonTokenType.StartArray)
        && TryReadRows(ref reader, context, window, into)
        && Next(ref reader, JsonTokenType.EndObject) && Next(ref reader, JsonTokenType.EndObject) && !reader.Read();

    private static bool Next(ref Utf8JsonReader reader, JsonTokenType type) => reader.Read() && reader.TokenType == type;

    private static bool NextName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        Next(ref reader, JsonTokenType.PropertyName) && reader.ValueSpan.SequenceEqual(name);

    /// <summary><c>{"code":200,"message":"success"}</c>.</summary>
    private static bool TrySuccess(ref Utf8JsonReader reader) =>
        Next(ref reader, JsonTokenType.StartObject)
        && NextName(ref reader, "code"u8) && Next(ref reader, JsonTokenType.Number) && reader.ValueSpan.SequenceEqual("200"u8)
        && NextName(ref reader, "message"u8) && Next(ref reader, JsonTokenType.String)
        && Next(ref reader, JsonTokenType.EndObject);

    private static bool TryWindow(ref Utf8JsonReader reader, ReplyContext context, out string window)
    {
        window = context.Interval ?? Encoding.UTF8.GetString(reader.ValueSpan);
        return !reader.ValueIsEscaped && reader.ValueSpan.Length is > 0 and <= 20
            && reader.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'z') < 0 && reader.ValueTextEquals(window);
    }

    private static bool TryReadRows(ref Utf8JsonReader reader, ReplyContext context, string window, Normalised into)
    {
        var columns = Array.Empty<Column>();
        while (reader.Read() && reader.TokenType is JsonTokenType.StartObject)
        {
            if (columns.Length == 0 && !TryColumns(reader, context.Metric, out columns))
            {
                return false;
            }

            if (!TryReadRow(ref reader, columns, context, window, into))
            {
                return false;
            }
        }

        return reader.TokenType is JsonTokenType.EndArray;
    }

    private static bool TryReadRow(
        ref Utf8JsonReader reader, Column[] columns, ReplyContext context, string window, Normalised into)
    {
        var time = default(ProviderTime);
        for (var i = 0; i < columns.Length; i++)
        {
            var column = columns[i];
            if (!NextName(ref reader, column.Key) || !reader.Read())
            {
                return false;
            }

            if (i == 0)
            {
                if (reader.TokenType is not JsonTokenType.String || reader.ValueIsEscaped
                    || TimeReader.ReadIso(reader.ValueSpan, out time) is not NumberOutcome.Exact)
                {
                    return false;
                }
            }
            else if (column.Metric is { } metric)
            {
                if (!TryValue(ref reader, out var value))
                {
                    return false;
                }

                into.Records.Add(new OnChainPoint(context.Asset!, metric, context.Source!, window, time, value));
            }
            else if (!reader.TrySkip())
            {
                return false;
            }
        }

        return Next(ref reader, JsonTokenType.EndObject);
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
        return outcome is NumberOutcome.Exact;
    }

    /// <summary>What the first row's keys are; the reader, a copy, stands on that row's start.</summary>
    private static bool TryColumns(Utf8JsonReader reader, string? asked, out Column[] columns)
    {
        columns = [];
        var keys = new List<(string Key, bool IsLabel)>();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isLabel = OnChainSeries.Labels.TryField(ref reader, out var field, out _);
            var isTime = isLabel && OnChainSeries.IsTime(field);
            if (reader.ValueIsEscaped || isTime != (keys.Count == 0) || keys.Count > OnChainSeries.MostMetrics)
            {
                return false;
            }

            keys.Add((Encoding.UTF8.GetString(reader.ValueSpan), isLabel));
            reader.Skip();
        }

        var metrics = keys.Where(key => !key.IsLabel).Select(key => key.Key).ToList();
        if (metrics.Count == 0 || !metrics.TrueForAll(MetricNames.IsName)
            || metrics.Distinct(StringComparer.Ordinal).Count() < metrics.Count)
        {
            return false;
        }

        var family = MetricNames.FamilyOf(asked, metrics);
        columns = [.. keys.Select(key =>
            new Column(Encoding.UTF8.GetBytes(key.Key), key.IsLabel ? null : MetricNames.NameOf(key.Key, family)))];
        return true;
    }

    /// <param name="Metric">Our name of it; null for what is no metric.</param>
    private sealed record Column(byte[] Key, string? Metric);
}
