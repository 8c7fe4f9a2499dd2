using System.Text.Json;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Blockchaincom;

/// <summary>
/// A chart: <c>{"status":"ok","name":"Market Price (USD)","unit":"USD","period":"day","values":[{"x":1768780800,"y":93665.1},…]}</c>, the
/// time in seconds, the value a number, for large ones in scientific notation. It does not say which chart it is but in words for people,
/// so the metric and the source are the request's.
/// </summary>
internal static class ChartReplies
{
    private const string Expected = "a chart with status, period and a list values";
    private const int Status = 0;
    private const int Period = 1;
    private const int Values = 2;
    private const int Error = 3;
    private const int Message = 4;
    private const int Code = 5;

    private static readonly FieldNames Root = new("status", "period", "values", "error", "message", "code|statusCode|status_code");
    private static readonly FieldNames Point = new("x", "y");

    public static readonly Normaliser OnChain = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, fields);
        if (IsRefused(fields, reply))
        {
            return;
        }

        var root = new Element(reply.Json, fields, Root, reply.Into, new ElementPath("$"));
        if (fields[Values].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape(Expected);
        }
        else if (root.Text(Period, out var period) && IsAskedFor(root, reply, period))
        {
            Elements.Read(fields[Values].Of(reply.Json), reply, "$.values", Point, reply.Context with { Interval = period }, ReadPoint);
        }
    }

    /// <summary>
    /// Any status but <c>ok</c> is an error, and so is <c>{"error":"not-found-or-invalid-arg","message":"…"}</c>. Its words say which;
    /// where nobody knows them, the HTTP status does that stands beside them, as in
    /// <c>{"timestamp":"…","status":404,"error":"…","path":"/charts/x"}</c>.
    /// </summary>
    private static bool IsRefused(scoped ReadOnlySpan<JsonField> fields, in Reply reply)
    {
        var status = TextOf(fields[Status], reply);
        if (status == "ok")
        {
            return false;
        }

        var number = NumberOf(fields[Status], reply) ?? NumberOf(fields[Code], reply);
        var byNumber = number is null ? null : GatewayErrors.MeaningOfNumber(number);
        var said = TextOf(fields[Error], reply) ?? (number == status ? null : status);
        if (said is null && byNumber is null)
        {
            reply.RefuseShape(Expected);
            return true;
        }

        var message = TextOf(fields[Message], reply) ?? "no message";
        var meaning = (said is null ? null : Meaning(said)) ?? GatewayErrors.MeaningOf(message) ?? byNumber ?? RefusalCode.ProviderError;
        reply.Refuse(meaning, $"Blockchain.com answered with an error: {said ?? number}: {message}", null, said ?? number);
        return true;
    }

    private static string? TextOf(in JsonField field, in Reply reply) =>
        field.Type is JsonTokenType.String && field.TryText(reply.Json, out var text) && !text.IsEmpty ? ShownText.Of(text, 300) : null;

    /// <summary>An HTTP status, as a number or as its digits.</summary>
    private static string? NumberOf(in JsonField field, in Reply reply) =>
        field.Type is JsonTokenType.Number or JsonTokenType.String && field.TryText(reply.Json, out var text)
        && text.Length == 3 && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            ? ShownText.Of(text)
            : null;

    private static RefusalCode? Meaning(string code) => code switch
    {
        _ when code.StartsWith("not-found", StringComparison.Ordinal) || code.StartsWith("not_found", StringComparison.Ordinal) =>
            RefusalCode.NotFound,
        "invalid-arg" or "bad-request" => RefusalCode.BadRequest,
        "rate-limited" or "too-many-requests" => RefusalCode.RateLimited,
        "unavailable" or "service-unavailable" or "internal-server-error" => RefusalCode.ProviderUnavailable,
        _ => GatewayErrors.MeaningOf(code),
    };

    private static bool IsAskedFor(in Element root, in Reply reply, string period)
    {
        var context = reply.Context;
        if (context.Asset is not (null or ChartNames.Asset))
        {
            reply.Refuse(RefusalCode.InvalidField, $"a chart of {ChartNames.Asset}, expected {context.Asset}");
            return false;
        }

        if (context.Interval is { } interval && period != interval)
        {
            return root.Refuse(Period, RefusalCode.InvalidField, $"the interval {interval}");
        }

        reply.Into.MissingContext = context.Metric is null ? "metric" : context.Source is null ? "source" : null;
        return reply.Into.MissingContext is null;
    }

    private static OnChainPoint? ReadPoint(in Element point, ReplyContext context) =>
        point.UnixTime(0, UnixUnit.Seconds, out var time) && point.OptionalDecimal(1, Sign.NotNegative, out var value)
            ? new OnChainPoint(ChartNames.Asset, context.Metric!, context.Source!, context.Interval!, time, value)
            : null;
}
