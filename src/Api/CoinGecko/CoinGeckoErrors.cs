using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// CoinGecko's error bodies, which everything below <c>/api/v3</c> answers with, its 401 and 404 of routing included. They come in these
/// shapes, each as the recorded service uses it: <c>{"error":"coin not found"}</c> for what is wrong with a request,
/// <c>{"status":{"timestamp":…,"error_code":10002,"error_message":"…"}}</c> for keys, rates and outages (its 429 without the time),
/// <c>{"error":{"status":{…}}}</c> for a span beyond the plan, <c>{"status":500,"error":"Internal Server Error"}</c>.
/// </summary>
public static class CoinGeckoErrors
{
    private const string TimeRangeExceeded = "time_range_exceeded";
    private const string CoinUnknown = "coin_not_found";
    private const int KeyMissing = 10002;
    private const int ProKeyWrong = 10010;
    private const int DemoKeyWrong = 10011;
    private const int SpanTooFar = 10012;
    private const string ProKeyHeader = "x-cg-pro-api-key";
    private const string ProKeyParameter = "x_cg_pro_api_key";
    private const string DemoKeyParameter = "x_cg_demo_api_key";

    private static readonly string[] KeyHeaders = ["x-cg-demo-api-key", "X-API-Key", "Authorization"];

    public static readonly Problem CoinNotFound = new(StatusCodes.Status404NotFound, CoinUnknown, "coin not found");

    public static readonly PathString Prefix = "/api/v3";

    /// <summary>Whether the request is one of CoinGecko's API, so that its errors have CoinGecko's shapes.</summary>
    public static bool Covers(HttpContext context) => context.Request.Path.StartsWithSegments(Prefix, StringComparison.OrdinalIgnoreCase);

    public static Problem Missing(string parameter) =>
        new(StatusCodes.Status422UnprocessableEntity, ProblemCodes.InvalidRequest, $"Missing parameter {parameter}");

    public static Problem Invalid(string parameter) =>
        new(StatusCodes.Status422UnprocessableEntity, ProblemCodes.InvalidRequest, $"Invalid {parameter}");

    /// <param name="days">How far back the service goes.</param>
    public static Problem TimeRange(int days) => new(
        StatusCodes.Status401Unauthorized, TimeRangeExceeded,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Your request exceeds the allowed time range. Public API users are limited to querying historical data within the past {days} "
            + $"days."));

    /// <summary>The body of an error.</summary>
    public static ReadOnlyMemory<byte> Encode(HttpContext context, Problem problem)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, context, problem);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, HttpContext context, Problem problem)
    {
        switch (problem)
        {
            case { Code: TimeRangeExceeded }:
                json.WriteStartObject("error"u8);
                WriteStatus(json, SpanTooFar, problem.Detail, Now(context));
                json.WriteEndObject();
                break;
            case { Status: StatusCodes.Status401Unauthorized }:
                var (code, message) = KeyFault(context);
                WriteStatus(json, code, message, Now(context));
                break;
            case { Status: StatusCodes.Status429TooManyRequests }:
                WriteStatus(json, problem.Status, "You've exceeded the Rate Limit. " + problem.Detail, at: null);
                break;
            case { Status: StatusCodes.Status500InternalServerError }:
                json.WriteNumber("status"u8, problem.Status);
                json.WriteString("error"u8, "Internal Server Error");
                break;
            case { Status: > StatusCodes.Status500InternalServerError or StatusCodes.Status403Forbidden }:
                WriteStatus(json, problem.Status, problem.Detail, Now(context));
                break;
            case { Code: ProblemCodes.NotFound }:
                json.WriteString("error"u8, "Incorrect path. Please check /docs");
                break;
            default:
                json.WriteString("error"u8, problem.Detail);
                break;
        }
    }

    private static void WriteStatus(Utf8JsonWriter json, int code, string message, DateTimeOffset? at)
    {
        json.WriteStartObject("status"u8);
        if (at is { } time)
        {
            json.WriteString(
                "timestamp"u8, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+00:00'", CultureInfo.InvariantCulture));
        }

        json.WriteNumber("error_code"u8, code);
        json.WriteString("error_message"u8, message);
        json.WriteEndObject();
    }

    /// <summary>By what was sent: a key in the query has been taken out of it by now, so the request's own line is looked at.</summary>
    private static (int Code, string Message) KeyFault(HttpContext context)
    {
        var (headers, line) = (context.Request.Headers, context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        bool IsInQuery(string name) => line.IndexOf(name + "=", StringComparison.Ordinal) is >= 0 and var at
            && line.ElementAtOrDefault(at + name.Length + 1) is not ('\0' or '&');
        var isPro = headers.ContainsKey(ProKeyHeader) || IsInQuery(ProKeyParameter);
        return isPro || KeyHeaders.Any(headers.ContainsKey) || IsInQuery(DemoKeyParameter)
            ? (isPro ? ProKeyWrong : DemoKeyWrong, "Invalid API Key. Please check the key, and that it has not expired.")
            : (KeyMissing, "API Key Missing. Please make sure you're using the right authentication method: x-cg-demo-api-key, "
                + "x-cg-pro-api-key or X-API-Key.");
    }

    private static DateTimeOffset Now(HttpContext context) => context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
}
