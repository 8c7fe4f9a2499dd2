using Microsoft.Net.Http.Headers;

namespace AkkaCrypto.Api.Validation;

/// <summary>
/// Content negotiation (RFC 9110, 12.5.1): the most specific range that covers an offer gives its weight, the heaviest offer is taken.
/// </summary>
public static class Media
{
    public const string Json = "application/json";
    public const string Csv = "text/csv";
    public const string Ndjson = "application/x-ndjson";
    public const string EventStream = "text/event-stream";
    public const string Text = "text/plain";

    /// <summary>Prometheus' text format, version 0.0.4.</summary>
    public const string Metrics = Text;

    public static readonly IReadOnlyList<string> JsonOnly = [Json];

    /// <summary>What a route of series offers beside JSON: its whole range as a stream.</summary>
    public static readonly IReadOnlyList<string> SeriesAlso = [Csv, Ndjson];

    /// <summary>What a route of series offers, the preferred first.</summary>
    public static readonly IReadOnlyList<string> Exports = [Json, .. SeriesAlso];

    /// <summary>The offer that the client likes best, the first of equals; null where it takes none of them.</summary>
    public static string? Choose(HttpRequest request, IReadOnlyList<string> offers)
    {
        var header = request.Headers.Accept;
        if (header.Count == 0 || (header.Count == 1 && (header[0] is null or "" or "*/*" || header[0] == offers[0])))
        {
            return offers[0];
        }

        if (!MediaTypeHeaderValue.TryParseList(header, out var ranges))
        {
            return null;
        }

        var best = offers.MaxBy(offer => Weight(ranges, offer));
        return Weight(ranges, best!) > 0 ? best : null;
    }

    /// <summary>Whether the body says it is JSON, in UTF-8 or with no charset named.</summary>
    public static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding is [] or [""] or ["identity"]
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static double Weight(IList<MediaTypeHeaderValue> ranges, string offer)
    {
        var covering = ranges
            .Where(range => range.MatchesAllTypes || range.MediaType.Equals(offer, StringComparison.OrdinalIgnoreCase)
                || (range.MatchesAllSubTypes && offer.StartsWith(range.Type + "/", StringComparison.OrdinalIgnoreCase)))
            .MaxBy(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2);
        return covering is null ? 0 : covering.Quality ?? 1;
    }
}
