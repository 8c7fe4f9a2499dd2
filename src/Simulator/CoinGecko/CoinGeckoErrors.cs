using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// CoinGecko's errors come in three shapes: A <c>{"error":"…"}</c>, B <c>{"status":{"error_code":…}}</c>, C
/// <c>{"error":{"status":{…}}}</c>; and
/// the chart of candles without its parameters answers 500.
/// </summary>
internal static class CoinGeckoErrors
{
    public static Task Missing(HttpContext context, string parameter) => Flat(context, 422, "Missing parameter " + parameter);

    public static Task Invalid(HttpContext context, string parameter) => Flat(context, 422, "Invalid " + parameter);

    public static Task CoinNotFound(HttpContext context) => Flat(context, StatusCodes.Status404NotFound, "coin not found");

    public static Task NoRoute(HttpContext context) =>
        Flat(context, StatusCodes.Status404NotFound, "Incorrect path. Please check https://www.coingecko.com/api/");

    public static Task InternalError(HttpContext context) =>
        JsonReply.WriteAsync(context, """{"status":500,"error":"Internal Server Error"}""", StatusCodes.Status500InternalServerError);

    public static Task TimeRange(HttpContext context, DateTimeOffset now) => JsonReply.WriteAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteStartObject("status");
            json.WriteString("timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+00:00'", CultureInfo.InvariantCulture));
            json.WriteNumber("error_code", 10012);
            json.WriteString(
                "error_message",
                "Your request exceeds the allowed time range. "
                + "Public API users are limited to querying historical data within the past 365 days.");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        },
        StatusCodes.Status401Unauthorized);

    private static Task Flat(HttpContext context, int status, string message) => JsonReply.WriteAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        },
        status);
}
