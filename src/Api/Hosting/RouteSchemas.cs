using static AkkaCrypto.Api.Hosting.SchemaText;

namespace AkkaCrypto.Api.Hosting;

/// <summary>The JSON Schema of each route's 200 answer, beside its example in <see cref="RouteExamples"/>.</summary>
public static class RouteSchemas
{
    private static readonly string Counts = Object(
        "attempted integer, inserted integer, skipped integer, differing integer, revised integer, rejected integer");

    private static readonly string Levels = Array("""{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":2}""");

    public static readonly string SimplePrice = Map(Map(Object(
        "price number?, market_cap? number?, volume_24h? number?, change_24h? number?, last_updated time?")));

    public static readonly string MarketChart = Object(
        "asset string, currency string, interval string",
        ("points", Array(Object("time time, price number?, market_cap number?, volume number?"))));

    /// <summary>The normalised records, as they stand in answers, exports and streams.</summary>
    public static readonly string Trade = Object(
        "kind string, exchange string, pair string, trade_id string, price decimal, quantity decimal, time time",
        ("taker_side", Nullable(OneOf("buy", "sell"))));

    public static readonly string Candle = Object(
        "kind string, exchange string, pair string, interval string, open_time time, open decimal?, high decimal?, low decimal?, "
        + "close decimal?, volume decimal?, final boolean");

    public static readonly string OnChainPoint = Object(
        "kind string, asset string, metric string, source string, interval string, time time, value decimal?");

    public static readonly string Trades = Page(Trade);

    public static readonly string Candles = Page(Candle);

    public static readonly string OnChain = Page(OnChainPoint);

    public static readonly string OrderBook = Object(
        "kind string, exchange string, pair string, sequence integer?, time time?",
        ("bids", Levels), ("asks", Levels), ("state", OneOf("valid", "resyncing")));

    public static readonly string Ingest = Object(
        "exchange_id integer, currency_pair_no integer, attempted integer, inserted integer, skipped integer, differing integer, "
        + "rejected integer");

    public static readonly string Alive = Object("status string");

    public static readonly string Ready = Object(
        "status string, profile string, postgres boolean, redis_cache boolean", ("missing", Array("""{"type":"string"}""")));

    public static readonly string Feeds = Object(
        "",
        ("feeds", Array(Object(
            "provider string, dataset string, state string, reason string?, series integer, series_with_data integer, requests integer, "
            + "restarts integer, open_gaps integer, lag_ms integer?, last_success_at time?, last_error_at time?, last_error string?, "
            + "socket_connected? boolean, books_resyncing? integer",
            ("counts", Counts)))),
        ("schedules", Array(Object(
            "schedule string, provider string, dataset string, enabled boolean, cron string, time_zone string, next_at time?",
            ("last_run", Nullable(Object(
                "state string, scheduled_for time, since time?, missed integer, started_at time, finished_at time?, series integer, "
                + "series_done integer, series_failed integer, attempted integer, inserted integer, error string?")))))),
        ("upstream", Array(Object(
            "provider string, held_until time?, waiting integer, nodes integer, cut_off boolean",
            ("windows", Array(Object("window string, budget integer, used integer, left integer")))))));

    public static readonly string Gaps = Page(Object(
        "id integer, provider string, dataset string, series string, after time?, after_id string?, before time?, before_id string?, "
        + "state string, reason string, detected_at time, attempts integer, last_attempt_at time?, next_attempt_at time?, "
        + "filled_at time?, last_error string?"));

    private static readonly string Purged = Object(
        "purged integer, bytes integer",
        ("by", Array(Object("provider string, dataset string, code string, purged integer, bytes integer"))));

    private static readonly string Stream = Object(
        "name string", ("feeds", Array("""{"type":"string"}""")), ("settings", """{"type":"object"}"""));

    private const string LetterFields =
        "id integer, provider string, dataset string, series string, kind string, origin string?, code string, reason string, "
        + "bytes integer, first_seen_at time, last_seen_at time, times integer, state string, replays integer";

    private static readonly string LastReplay = Nullable("""{"type":"object"}""");

    private static readonly string Replayed = Object(
        "id integer, state string, at time, code string?, reason string?", ("counts", Nullable(Counts)));

    /// <summary>By the operation's name. A newer row states its own.</summary>
    private static readonly Dictionary<string, string> ByName = new(StringComparer.Ordinal)
    {
        ["SimplePrice"] = SimplePrice,
        ["MarketChart"] = MarketChart,
        ["Trades"] = Trades,
        ["Candles"] = Candles,
        ["OrderBook"] = OrderBook,
        ["OnChain"] = OnChain,
        ["FetchCoinoneTrades"] = Ingest,
        ["FetchCoinoneOrderBook"] = Ingest,
        ["IngestCoinoneTrades"] = Ingest,
        ["IngestCoinoneOrderBook"] = Ingest,
        ["Index"] = Map("""{"type":"string"}"""),
        ["Alive"] = Alive,
        ["Ready"] = Ready,
        ["OpenApi"] = """{"type":"object","required":["openapi"],"properties":{"openapi":{"type":"string"}}}""",
        ["Feeds"] = Feeds,
        ["Gaps"] = Gaps,
        ["DeadLetters"] = Page(Object(LetterFields, ("last_replay", LastReplay))),
        ["DeadLetter"] = Object(
            LetterFields + ", encoding string, payload string",
            ("last_replay", LastReplay), ("context", """{"type":"object"}""")),
        ["ReplayDeadLetter"] = Replayed,
        ["ReplayDeadLetters"] = Object(
            "replayed integer, failed integer, next_cursor string?", ("counts", Counts), ("letters", Array(Replayed))),
        ["PurgeDeadLetter"] = Purged,
        ["PurgeDeadLetters"] = Purged,
        ["Streams"] = Object("", ("streams", Array(Stream))),
        ["Stream"] = Stream,
        ["PatchStream"] = Stream,
        ["ClearStream"] = Stream,
    };

    public static string? Of(ApiRoute route) => route.Schema ?? ByName.GetValueOrDefault(route.Name);
}
