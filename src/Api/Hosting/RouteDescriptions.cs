namespace AkkaCrypto.Api.Hosting;

/// <summary>What the OpenAPI document says of each route beyond its summary, and of each tag.</summary>
public static class RouteDescriptions
{
    public const string SimplePrice =
        "The newest price by the provider's own time, as a JSON number with every digit; null where the provider knows none. "
        + "A price past its age limit is a 503, never served in silence.";

    public const string MarketChart =
        "The closed UTC buckets of the last days and the current one, so 31 points for 30 days. Providers correct their points: the latest "
        + "revision is served.";

    public const string Trades =
        "Each trade once, by time and id; decimals are strings. Without from the newest come; next_cursor leads on and stays in place "
        + "while trades are inserted.";

    public const string OrderBook = "One snapshot, best levels first. A crossed book is in state resyncing.";

    public const string OnChain = "Points by time; the latest revision is served, and null where the provider has no data for an interval.";

    public const string Fetch = "Asks the provider within its budget, stores what is new, and says what became of each record.";

    public const string Ingest =
        "Takes a provider's reply as it came. The same reply again inserts nothing: records that are stored are skipped, and a stored key "
        + "with other content is counted as differing and kept aside.";

    public const string Index = "The addresses of the documents and probes.";

    public const string Alive = "For a liveness probe: looks at nothing but the process.";

    public const string Ready = "For a readiness probe: the database answers and every enabled dataset has data for all of its series.";

    public const string Feeds =
        "State, counts since the start, lag and last error of every feed; of every schedule the next time and the newest run, with how "
        + "many of its series are done. open_gaps counts every gap that is not filled.";

    public const string Gaps =
        "Intervals of a series, in the order in which they were found: everything after one stored record and before another. Without "
        + "state all that are not filled; unfillable ones too, for they stay known. A repair shrinks, splits and fills them.";

    public const string OpenApi = "OpenAPI 3.1, made from the same table that the routes are mapped from.";

    /// <summary>By <see cref="ApiRoute.Tag"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Tags = new Dictionary<string, string>
    {
        ["Market"] = "Prices, charts, trades and order books.",
        ["OnChain"] = "Metrics of blockchains.",
        ["Internal"] = "For this system's own workers; role admin.",
        ["Ops"] = "Probes, documents and what operators look at.",
    };
}
