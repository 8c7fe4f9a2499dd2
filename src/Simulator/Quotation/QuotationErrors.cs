using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>Errors: the name is a number for a request's faults, a word elsewhere.</summary>
internal static class QuotationErrors
{
    public const string UnknownMarket = """{"error":{"name":404,"message":"Code not found"}}""";
    public const string TooMany = """{"error":{"name":"too_many_requests","message":"Too many API requests."}}""";

    public static Task MissingAsync(HttpContext context) => JsonReply.WriteAsync(
        context, """{"error":{"name":400,"message":"Missing request parameter error. Check the required parameters!"}}""",
        StatusCodes.Status400BadRequest);

    public static Task InvalidAsync(HttpContext context) => JsonReply.WriteAsync(
        context, """{"error":{"name":400,"message":"Type mismatch error. Check the parameters type!"}}""", StatusCodes.Status400BadRequest);

    /// <summary>The body of an HTTP error; null where the edge answers with a page.</summary>
    public static string? BodyOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => """{"error":{"name":400,"message":"Bad request"}}""",
        StatusCodes.Status404NotFound => UnknownMarket,
        StatusCodes.Status418ImATeapot => """{"error":{"name":418,"message":"Access was temporarily blocked."}}""",
        StatusCodes.Status429TooManyRequests => TooMany,
        _ => null,
    };

    public static string Named(string name) =>
        name.All(char.IsAsciiDigit) && name.Length > 0
            ? $$$"""{"error":{"name":{{{name}}},"message":"Error"}}"""
            : $$$"""{"error":{"name":"{{{name}}}","message":"Error"}}""";
}
