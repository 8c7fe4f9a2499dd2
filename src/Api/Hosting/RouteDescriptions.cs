namespace AkkaCrypto.Api.Hosting;

/// <summary>What the OpenAPI document says of each route beyond its summary, and of each tag.</summary>
public static class RouteDescriptions
{
    public const string SimplePrice =
        "The newest price by the provider's own time, as a JSON number with every digit; null where the provider knows none. "
        + "A price past its age limit is asked for at the provider, once for all who wait: 502 or 504 where that fails, never served old.";

    public const string MarketChart =
        "The closed UTC buckets of the last days and the current one, so 31 points for 30 days. Providers correct their points: the latest "
        + "revision is served, or with as_of the one that was known then.";

    public const string Trades =
        "Each trade once, by time and id; decimals are strings. Without from the newest come; next_cursor leads on and stays in place "
        + "while trades are inserted.";

    public const string Candles =
        "Made from the stored trades; before the first of them the exchange's own candles where it gives any. Of the bucket in which "
        + "they begin, and of one that touches a known gap, whichever of the two has the larger volume. final says that a candle's time "
        + "is over; a later trade still corrects it, unless it is of before what retention keeps. as_of answers what was known then.";

    public const string OrderBook =
        "The book as it is now, or the snapshot that stood at a time; best levels first. In state resyncing something was missed since: it "
        + "is what was last known to be right.";

    public const string OnChain =
        "Points by time; the latest revision is served, or with as_of the one that was known then, and null where the provider has no data "
        + "for an interval.";

    public const string Fetch = "Asks the provider within its budget, stores what is new, and says what became of each record.";

    public const string Ingest =
        "Takes a provider's reply as it came. The same reply again inserts nothing: records that are stored are skipped, and a stored key "
        + "with other content is counted as differing and kept aside.";

    public const string Index = "The addresses of the documents and probes.";

    public const string Alive = "For a liveness probe: looks at nothing but the process.";

    public const string Ready =
        "For a readiness probe: the database answers, every enabled dataset has data for all of its series, and no other process has taken "
        + "the wallets.";

    public const string Feeds =
        "State, counts since the start, lag and last error of every feed; use and holds of every provider's budget; of every schedule the "
        + "next time and the newest run, with how many of its series are done. open_gaps counts every gap that is not filled.";

    public const string Gaps =
        "Intervals of a series, in the order in which they were found: everything after one stored record and before another. Without "
        + "state all that are not filled; unfillable ones too, for they stay known. A repair shrinks, splits and fills them.";

    public const string Metrics =
        "Prometheus' text format 0.0.4: rows by outcome, lag, queue depth and wait by stage, requests, restarts and gaps of every feed, "
        + "mailbox, commits and epoch of every shard of wallets, and the process. The key goes into the scrape's header "
        + "X-API-Key, or Authorization.";

    public const string DeadLetters =
        "Replies, frames and records that could not be taken, each kept whole with its reason. times counts how often it was refused, by "
        + "failed replays too; last_replay says what came of the last attempt.";

    public const string DeadLetter =
        "With its payload: as text where it is UTF-8, in base64 where it is not (encoding says which); exact to the byte in both.";

    public const string ReplayDeadLetters =
        "Reads the payload with the normaliser of today and stores it as its feed would. Idempotent: what is stored is skipped. Of events "
        + "the first write wins, so a letter that differs from the stored record never overwrites it; of revisable series a value that "
        + "became known later stays. Letters that fail stay open with the reason.";

    public const string PurgeDeadLetters =
        "Deletes for ever. Many are deleted by a filter, of which at least one part is needed; the answer says how many went, of what. "
        + "Who purged what is logged.";

    public const string Streams =
        "Precedence: environment, then PATCH, then --config, the profile, reference.conf; origin is the file and line, the variable, or "
        + "the PATCH that said it. Where a variable hides a value that PATCH laid, patch.in_force is false.";

    public const string PatchStream =
        "All of the values or none: a wrong one is a 400 that says for each what was found and expected. What the environment sets "
        + "can't be laid over and is refused too. In force at once here, within two seconds on every node, without a restart and without "
        + "loss, and kept over restarts. Changes at the same time follow one another; values that neither names stay.";

    public const string ClearStream = "What the files and the environment say is in force again.";

    public const string OpenApi = "OpenAPI 3.1, made from the same table that the routes are mapped from.";

    /// <summary>By <see cref="ApiRoute.Tag"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Tags = new Dictionary<string, string>
    {
        ["Market"] = "Prices, charts, trades, candles and order books.",
        ["OnChain"] = "Metrics of blockchains.",
        ["Udf"] = "TradingView's datafeed.",
        ["Streaming"] = "Server-sent events of what is committed.",
        ["CoinGecko"] = "CoinGecko's own API, for its clients with another base URL. Errors have CoinGecko's shapes.",
        ["Wallets"] = "Wallets on a double-entry ledger. Amounts are decimal strings, exact to 38 digits.",
        ["Internal"] = "For this system's own workers; role admin.",
        ["Auth"] = "API keys, for the role admin, and what a caller may use.",
        ["Ops"] = "Probes, documents and what operators look at.",
    };
}
