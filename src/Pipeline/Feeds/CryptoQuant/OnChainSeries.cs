using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// Any series of CryptoQuant: <c>{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{"date":"2025-12-23",
/// "inflow_total":6211.09333883,"inflow_top10":1935.2757298,…}]}}</c>. One record per row and metric; nulls are kept (a day without data).
/// Asset and source are known to the request alone, the family of the metrics too: see <see cref="MetricNames"/>.
/// </summary>
internal static class OnChainSeries
{
    public const int MostMetrics = 256;

    private const int Date = 0;
    private const int Instant = 1;

    private static readonly FieldNames Root = new("status", "result");
    private static readonly FieldNames Status = new("code", "message", "description");
    private static readonly FieldNames Result = new("window", "data");

    /// <summary>A row's own time by window, of which the instant is the finer where both are told, and labels: not metrics.</summary>
    public static readonly FieldNames Labels =
        new(
            "date", "datetime", "blockheight|block_height", "block_hash", "exchange", "miner", "symbol", "asset", "token", "window",
            "market");

    /// <summary>Nearly every series is plain. What isn't is read field by field, with its refusals.</summary>
    public static readonly Normaliser Normaliser = PlainReply.Or(PlainSeries.TryRead, Reply.Normaliser(Read));

    /// <summary>Whether a label is the row's time.</summary>
    public static bool IsTime(int label) => label is Date or Instant;

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "an object with status and result";
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> root = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, root);
        if (root[0].Type is not JsonTokenType.StartObject)
        {
            reply.RefuseShape(Expected);
        }
        else if (!Refused(root[0].Of(reply.Json), reply))
        {
            ReadResult(root[1], reply);
        }
    }

    /// <summary>Codes: docs.cryptoquant.com/guides/status-codes. Anything but 200 (also <c>deprecated</c>) is an error.</summary>
    private static bool Refused(ReadOnlySpan<byte> json, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Status.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Status.Read(ref reader, fields);
        var code = TextOf(fields[0], json);
        if (code == "200")
        {
            return false;
        }

        var message = TextOf(fields[1], json);
        if (code is null && (message is null || GatewayErrors.MeaningOf(message) is null))
        {
            reply.RefuseShape("a status with a code");
            return true;
        }

        var said = message ?? "no message";
        var more = TextOf(fields[2], json) is { } description ? $": {description}" : "";
        var meaning = Meaning(code) ?? GatewayErrors.MeaningOfUnknown(code, message?.Replace('_', ' '));
        reply.Refuse(meaning, $"CryptoQuant answered with an error: {said}{more}", null, code);
        return true;
    }

    private static string? TextOf(in JsonField field, ReadOnlySpan<byte> json) =>
        field.Type is JsonTokenType.Number or JsonTokenType.String && !field.IsUnknown && field.TryText(json, out var text)
            ? ShownText.Of(text, 300)
            : null;

    private static RefusalCode? Meaning(string? code) => code switch
    {
        "400" or "405" or "422" => RefusalCode.BadRequest,
        "401" => RefusalCode.Unauthorized,
        "403" => RefusalCode.Forbidden,
        "404" => RefusalCode.NotFound,
        "429" => RefusalCode.RateLimited,
        ['5', _, _] => RefusalCode.ProviderUnavailable,
        _ => null,
    };

    private static void ReadResult(in JsonField result, in Reply reply)
    {
        if (result.Type is not JsonTokenType.StartObject)
        {
            reply.RefuseShape("an object result");
            return;
        }

        var json = result.Of(reply.Json);
        Span<JsonField> fields = stackalloc JsonField[Result.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Result.Read(ref reader, fields);
        if (fields[1].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("a result with a list data");
            return;
        }

        var head = new Element(json, fields, Result, reply.Into, new ElementPath("$.result"));
        if (head.OptionalText(0, out var window) && TryTarget(reply, head, window, out var target))
        {
            ReadRows(fields[1].Of(json), reply, target);
        }
    }

    private static bool TryTarget(in Reply reply, in Element head, string? window, out Target target)
    {
        target = default;
        var context = reply.Context;
        var interval = window?.ToLowerInvariant() ?? context.Interval;
        if (context.Asset is null || context.Source is null || interval is null)
        {
            reply.Into.MissingContext = context.Asset is null ? "asset" : context.Source is null ? "source" : "interval";
            return false;
        }

        if (context.Interval is { } asked && asked != interval)
        {
            return head.Refuse(0, RefusalCode.InvalidField, $"the window that was asked for, {asked}");
        }

        target = new Target(context.Asset, context.Source, interval, context.Metric);
        return true;
    }

    private static void ReadRows(ReadOnlySpan<byte> json, in Reply reply, in Target target)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Span<JsonField> labels = stackalloc JsonField[Labels.Count];
        var row = new MetricRow();
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            var path = new ElementPath("$.result.data", index);
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an object", path.ToString());
                continue;
            }

            ReadRow(ref reader, labels, row);
            if (row.Metrics.Count > MostMetrics)
            {
                reply.Refuse(RefusalCode.UnexpectedShape, $"{row.Metrics.Count} metrics: expected at most {MostMetrics}", path.ToString());
                continue;
            }

            var element = new Element(json, labels, Labels, reply.Into, path);
            var timeField = element.HasTime(Instant) || (element.Has(Instant) && !element.Has(Date)) ? Instant : Date;
            if (element.IsoTime(timeField, out var time))
            {
                AddPoints(json, reply, target, path, row, time);
            }
        }
    }

    private static void ReadRow(ref Utf8JsonReader reader, scoped Span<JsonField> labels, MetricRow row)
    {
        labels.Clear();
        row.Clear();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (row.IsNext(ref reader))
            {
                reader.Read();
                row.SetNext(JsonField.Capture(ref reader));
            }
            else if (Labels.TryField(ref reader, out var field, out var name))
            {
                reader.Read();
                labels[field] = JsonField.Capture(ref reader, name);
            }
            else
            {
                var metric = JsonKeys.Read(ref reader);
                reader.Read();
                row.Set(metric, JsonField.Capture(ref reader));
            }
        }
    }

    private static void AddPoints(
        ReadOnlySpan<byte> json, in Reply reply, in Target target, ElementPath path, MetricRow row, ProviderTime time)
    {
        var family = MetricNames.FamilyOf(target.Metric, row.Metrics.Select(metric => metric.Key));
        Span<JsonField> value = stackalloc JsonField[1];
        foreach (var metric in row.Metrics)
        {
            if (!metric.IsName)
            {
                var shown = ShownText.Of(Encoding.UTF8.GetBytes(metric.Key));
                reply.Refuse(
                    RefusalCode.InvalidField, $"\"{shown}\": expected a metric's name of a-z, 0-9 and _", path.Of(metric.Key));
                continue;
            }

            value[0] = metric.Value;
            var point = new Element(json, value, metric.Field, reply.Into, path);
            if (point.OptionalDecimal(0, Sign.Any, out var number))
            {
                var name = metric.NameIn(family);
                reply.Into.Records.Add(new OnChainPoint(target.Asset, name, target.Source, target.Interval, time, number));
            }
        }
    }

    private readonly record struct Target(string Asset, string Source, string Interval, string? Metric);
}
