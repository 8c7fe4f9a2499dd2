using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AkkaCrypto.Api.Hosting;

/// <summary>Where a read was answered from.</summary>
public enum ReadLevel
{
    /// <summary>Memory, at once.</summary>
    Memory,

    /// <summary>A read below that was under way already.</summary>
    Joined,

    /// <summary>Memory, with 304, for nothing.</summary>
    NotModified,
    Redis,
    Postgres,

    /// <summary>Nothing fresh was stored, so the provider had to be asked, or somebody who had asked it already waited for.</summary>
    Upstream,

    /// <summary>What was there before, because nothing newer could be had.</summary>
    Kept,
}

/// <summary>
/// Counts requests by route and reads by level: a few interlocked additions a request, no lock and no allocation. Shown by /metrics, and
/// to whoever listens to the meter <c>AkkaCrypto.Api</c>. Levels above Redis count requests, those from Redis on count reads that any
/// number of requests may have shared.
/// </summary>
public sealed class ApiInstruments : IDisposable
{
    public const string MeterName = "AkkaCrypto.Api";

    public static readonly IReadOnlyList<string> LevelNames = ["memory", "joined", "not_modified", "redis", "postgres", "upstream", "kept"];

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, RouteMeter> _routes = new(StringComparer.Ordinal);
    private readonly long[] _reads = new long[LevelNames.Count];

    private readonly Func<long> _upstreamCalls;

    /// <param name="upstreamCalls">Requests that have left for providers because somebody waited; null: none can.</param>
    public ApiInstruments(Func<long>? upstreamCalls = null)
    {
        _upstreamCalls = upstreamCalls ?? (static () => 0);
        Durations = _meter.CreateHistogram<double>("http.server.request.duration", "s", "Duration of HTTP server requests.");
        _meter.CreateObservableCounter(
            "akkacrypto.api.reads", () => LevelNames.Select((name, level) => new Measurement<long>(
                Reads((ReadLevel)level), new KeyValuePair<string, object?>("level", name))), "{read}", "Reads by where answered.");
        _meter.CreateObservableCounter(
            "akkacrypto.api.upstream_calls", _upstreamCalls, "{request}", "Requests sent to providers because somebody waited.");
    }

    public Histogram<double> Durations { get; }

    /// <summary>
    /// What readers have cost the providers: requests that really left, each attempt one. Over all requests it is the price of one.
    /// </summary>
    public long UpstreamCalls => _upstreamCalls();

    public IEnumerable<RouteMeter> Routes => _routes.Values.OrderBy(route => route.Route, StringComparer.Ordinal);

    /// <summary>The one meter of a route, whatever the method.</summary>
    public RouteMeter Of(string route) => _routes.GetOrAdd(route, static (name, self) => new RouteMeter(name, self.Durations), this);

    public void Count(ReadLevel level) => Interlocked.Increment(ref _reads[(int)level]);

    public long Reads(ReadLevel level) => Volatile.Read(ref _reads[(int)level]);

    public void Dispose() => _meter.Dispose();
}

/// <summary>Requests of one route: how many by class of status, how long they took.</summary>
public sealed class RouteMeter(string route, Histogram<double> durations)
{
    /// <summary>Upper bounds in seconds, as OpenTelemetry advises for HTTP, and two more for what memory answers.</summary>
    public static readonly IReadOnlyList<double> Bounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private const int Classes = 5;
    private readonly long[] _statuses = new long[Classes];
    private readonly long[] _buckets = new long[Bounds.Count + 1];
    private long _microseconds;

    /// <summary>The pattern, as <c>/admin/streams/{name}</c>.</summary>
    public string Route => route;

    public void Record(string method, int status, double milliseconds)
    {
        Interlocked.Increment(ref _statuses[Math.Clamp(status / 100, 1, Classes) - 1]);
        Interlocked.Add(ref _microseconds, (long)(milliseconds * 1000));
        var bucket = 0;
        while (bucket < Bounds.Count && milliseconds > Bounds[bucket] * 1000)
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        if (durations.Enabled)
        {
            durations.Record(
                milliseconds / 1000, new KeyValuePair<string, object?>("http.route", route),
                new KeyValuePair<string, object?>("http.request.method", method),
                new KeyValuePair<string, object?>("http.response.status_code", status));
        }
    }

    /// <param name="hundreds">1 to 5.</param>
    public long Count(int hundreds) => Volatile.Read(ref _statuses[hundreds - 1]);

    /// <summary>Requests of each bucket, the last one without a bound; and the seconds of all together.</summary>
    public (IReadOnlyList<long> Buckets, double Seconds) Durations()
    {
        var buckets = new long[_buckets.Length];
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = Volatile.Read(ref _buckets[i]);
        }

        return (buckets, Volatile.Read(ref _microseconds) / 1e6);
    }
}
