namespace AkkaCrypto.Api.Hosting;

/// <summary>One body for each route of the OpenAPI document; the tests hold them against what the routes answer.</summary>
public static class RouteExamples
{
    public const string SimplePrice = """{"bitcoin":{"usd":{"price":97000.5,"market_cap":1921000000000,"last_updated":"2026-01-31T12:00:00Z"}}}""";

    public const string MarketChart =
        """{"asset":"bitcoin","currency":"usd","interval":"daily","points":[{"time":"2026-01-31T00:00:00Z","price":97000.5,"market_cap":null,"volume":31000000000}]}""";

    public const string Trades =
        """{"data":[{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1","price":"140000000","quantity":"0.00000001","taker_side":"buy","time":"2026-01-31T12:00:00.123Z"}],"next_cursor":null}""";

    public const string Candles =
        """{"data":[{"kind":"candle","exchange":"coinone","pair":"btc-krw","interval":"1m","open_time":"2026-01-31T12:00:00Z","open":"140000000","high":"140001000","low":"139999000","close":"140000000","volume":"0.5","final":true}],"next_cursor":null}""";

    public const string OrderBook =
        """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1,"time":"2026-01-31T12:00:00.123Z","bids":[["140000000","0.5"]],"asks":[["140001000","0.25"]],"state":"valid"}""";

    public const string OnChain =
        """{"data":[{"kind":"onchain","asset":"bitcoin","metric":"exchange_netflow","source":"all_exchange","interval":"day","time":"2026-01-31T00:00:00Z","value":"-1250.5"}],"next_cursor":null}""";

    public const string Ingest =
        """{"exchange_id":1,"currency_pair_no":1,"attempted":200,"inserted":199,"skipped":1,"differing":0,"rejected":0}""";

    public const string Alive = """{"status":"alive"}""";

    public const string Metrics =
        "# HELP akkacrypto_feed_rows_total Records of committed batches, by what became of them.\n"
        + "# TYPE akkacrypto_feed_rows_total counter\n"
        + "akkacrypto_feed_rows_total{provider=\"coinone\",dataset=\"trades\",outcome=\"inserted\"} 600\n";

    public const string Ready = """{"status":"ready","profile":"demo","postgres":true,"redis_cache":true,"missing":[]}""";

    private const string Letter =
        """{"id":4711,"provider":"coinone","dataset":"trades","series":"btc-krw","kind":"reply","origin":"GET https://api.example.com/trades","code":"missing_field","reason":"price is missing.","bytes":64,"first_seen_at":"2026-01-31T12:00:00.000000Z","last_seen_at":"2026-01-31T12:05:00.000000Z","times":2,"state":"open","replays":0,"last_replay":null""";

    private const string Counts = """{"attempted":200,"inserted":1,"skipped":199,"differing":0,"revised":0,"rejected":0}""";

    public const string DeadLetters = $$"""{"data":[{{Letter}}}],"next_cursor":null}""";

    public const string DeadLetter = $$"""{{Letter}},"context":{"pair":"btc-krw"},"encoding":"utf-8","payload":"{}"}""";

    public const string ReplayedDeadLetter =
        $$"""{"id":4711,"state":"replayed","at":"2026-01-31T13:00:00.000000Z","code":null,"reason":null,"counts":{{Counts}}}""";

    public const string ReplayedDeadLetters =
        $$"""{"replayed":1,"failed":0,"counts":{{Counts}},"letters":[{{ReplayedDeadLetter}}],"next_cursor":null}""";

    public const string PurgedDeadLetters =
        """{"purged":1,"bytes":64,"by":[{"provider":"coinone","dataset":"trades","code":"missing_field","purged":1,"bytes":64}]}""";

    public const string Stream =
        """{"name":"trades","feeds":["coinone/trades"],"settings":{"paused":{"value":false,"origin":"hocon/reference.conf:100"},"batch-size":{"value":1000,"origin":"PATCH /admin/streams/trades at 2026-01-31T12:00:00.000Z by demo-admin","patch":{"value":1000,"in_force":true}}}}""";

    public const string Streams = $$"""{"streams":[{{Stream}}]}""";

    public const string Feeds =
        """{"feeds":[{"provider":"coinone","dataset":"trades","state":"running","reason":null,"series":3,"series_with_data":3,"counts":{"attempted":600,"inserted":600,"skipped":0,"differing":0,"revised":0,"rejected":0},"requests":3,"restarts":0,"open_gaps":0,"lag_ms":850,"last_success_at":"2026-01-31T12:00:00.000Z","last_error_at":null,"last_error":null}],"schedules":[{"schedule":"charts","provider":"coingecko","dataset":"market_chart","enabled":true,"cron":"0 20 0 * * ?","time_zone":"UTC","next_at":"2026-02-01T00:20:00.000Z","last_run":{"state":"running","scheduled_for":"2026-01-31T00:20:00.000Z","since":"2026-01-30T00:20:00.000Z","missed":0,"started_at":"2026-01-31T00:20:01.000Z","finished_at":null,"series":18,"series_done":7,"series_failed":0,"attempted":2562,"inserted":7,"error":null}}],"upstream":[{"provider":"coinone","windows":[{"window":"minute","budget":1200,"used":90,"left":1110}],"held_until":null,"waiting":0,"nodes":1,"cut_off":false}]}""";

    public const string Gaps =
        """{"data":[{"id":7,"provider":"coinone","dataset":"trades","series":"btc-krw","after":"2026-01-31T11:59:00.123Z","after_id":"1769860740123000","before":"2026-01-31T12:04:10.456Z","before_id":"1769861050456000","state":"unfillable","reason":"the provider shows its newest 200 records only, and the oldest of them is newer than the last one stored","detected_at":"2026-01-31T12:05:00.000Z","attempts":0,"last_attempt_at":null,"next_attempt_at":null,"filled_at":null,"last_error":"coinone shows only its newest 200 records, and none before them"}],"next_cursor":null}""";
}
