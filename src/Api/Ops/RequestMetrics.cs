using System.Globalization;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Ops;

/// <summary>What <c>/metrics</c> says of requests: rate, errors and duration of each route, and where reads were answered.</summary>
internal static class RequestMetrics
{
    private const string Requests = "akkacrypto_http_requests_total";
    private const string Duration = "akkacrypto_http_request_duration_seconds";
    private const string UpstreamCalls = "akkacrypto_upstream_calls_total";
    private const string Reads = "akkacrypto_reads_total";

    public static void Write(PrometheusText text, ApiInstruments instruments, AnswerCache cache)
    {
        var routes = instruments.Routes.ToList();
        text.Family(Requests, "counter", "Requests answered, by route and class of status.");
        foreach (var route in routes)
        {
            for (var hundreds = 2; hundreds <= 5; hundreds++)
            {
                var status = hundreds.ToString(CultureInfo.InvariantCulture) + "xx";
                text.Sample(Requests, route.Count(hundreds), ("route", route.Route), ("status", status));
            }
        }

        text.Family(Duration, "histogram", "How long requests took, by route.");
        foreach (var route in routes.Where(route => Enumerable.Range(1, 5).Any(hundreds => route.Count(hundreds) > 0)))
        {
            WriteDurations(text, route);
        }

        text.Family(Reads, "counter", "Reads by where they were answered; upstream: nothing fresh was stored.");
        for (var level = 0; level < ApiInstruments.LevelNames.Count; level++)
        {
            text.Sample(Reads, instruments.Reads((ReadLevel)level), ("level", ApiInstruments.LevelNames[level]));
        }

        text.Family(UpstreamCalls, "counter", "Requests sent to providers because somebody waited, each attempt one.")
            .Sample(UpstreamCalls, instruments.UpstreamCalls);
        text.Family("akkacrypto_cache_entries", "gauge", "Answers kept in memory.").Sample("akkacrypto_cache_entries", cache.Count);
        text.Family("akkacrypto_cache_bytes", "gauge", "Their size, compressed forms included.")
            .Sample("akkacrypto_cache_bytes", cache.Bytes);
    }

    private static void WriteDurations(PrometheusText text, RouteMeter route)
    {
        var (buckets, seconds) = route.Durations();
        long sum = 0;
        for (var i = 0; i < buckets.Count; i++)
        {
            sum += buckets[i];
            var bound = i < RouteMeter.Bounds.Count ? RouteMeter.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            text.Sample(Duration + "_bucket", sum, ("route", route.Route), ("le", bound));
        }

        text.Sample(Duration + "_sum", seconds, ("route", route.Route));
        text.Sample(Duration + "_count", sum, ("route", route.Route));
    }
}
