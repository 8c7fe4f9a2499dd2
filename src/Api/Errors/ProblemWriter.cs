using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.WebUtilities;

namespace AkkaCrypto.Api.Errors;

/// <summary>
/// Writes <c>application/problem+json</c> (RFC 9457): type, title, status, detail, and beside them <c>code</c>, <c>traceId</c>, and for 400
/// <c>errors: {field: [message]}</c>, for a 503 of <c>/readyz</c> <c>missing: [what]</c>. Below <c>/api/v3</c> the same refusals have
/// CoinGecko's own bodies: see <see cref="CoinGeckoErrors"/>.
/// </summary>
public static class ProblemWriter
{
    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status;
        var isCoinGecko = CoinGeckoErrors.Covers(context);
        response.ContentType = isCoinGecko ? Media.Json : "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (problem.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((long)Math.Max(1, Math.Ceiling(wait.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
        }

        var body = isCoinGecko ? CoinGeckoErrors.Encode(context, problem) : Encode(problem, context.TraceIdentifier);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static ReadOnlyMemory<byte> Encode(Problem problem, string traceId)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "urn:akkacrypto:problem:" + problem.Code);
            json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(problem.Status));
            json.WriteNumber("status"u8, problem.Status);
            json.WriteString("detail"u8, problem.Detail);
            json.WriteString("code"u8, problem.Code);
            json.WriteString("traceId"u8, traceId);
            if (problem.ProviderCode is not null)
            {
                json.WriteString("provider_code"u8, problem.ProviderCode);
            }

            WriteErrors(json, problem.Errors);
            WriteMissing(json, problem.Missing);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteMissing(Utf8JsonWriter json, IReadOnlyList<string>? missing)
    {
        if (missing is null)
        {
            return;
        }

        json.WriteStartArray("missing"u8);
        foreach (var lack in missing)
        {
            json.WriteStringValue(lack);
        }

        json.WriteEndArray();
    }

    private static void WriteErrors(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? errors)
    {
        if (errors is null)
        {
            return;
        }

        json.WriteStartObject("errors"u8);
        foreach (var (field, message) in errors)
        {
            json.WriteStartArray(field);
            json.WriteStringValue(message);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
