namespace AkkaCrypto.Api.Hosting;

/// <summary>One body for each route of the OpenAPI document; the tests hold them against what the routes answer.</summary>
public static class RouteExamples
{
    public const string SimplePrice = """{"bitcoin":{"usd":{"price":97000.5,"market_cap":1921000000000,"last_updated":"2026-01-31T12:00:00Z"}}}""";

    public const string MarketChart =
        """{"asset":"bitcoin","currency":"usd","interval":"daily","points":[{"time":"2026-01-31T00:00:00Z","price":97000.5,"market_cap":null,"volume":31000000000}]}""";

    public const string Trades =
        """{"data":[{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1","price":"140000000","quantity":"0.00000001","taker_side":"buy","time":"2026-01-31T12:00:00.123Z"}],"next_cursor":null}""";

    public const string OrderBook =
        """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1,"time":"2026-01-31T12:00:00.123Z","bids":[["140000000","0.5"]],"asks":[["140001000","0.25"]],"state":"valid"}""";

    public const string OnChain =
        """{"data":[{"kind":"onchain","asset":"bitcoin","metric":"exchange_netflow","source":"all_exchange","interval":"day","time":"2026-01-31T00:00:00Z","value":"-1250.5"}],"next_cursor":null}""";

    public const string Ingest =
        """{"exchange_id":1,"currency_pair_no":1,"attempted":200,"inserted":199,"skipped":1,"differing":0,"rejected":0}""";

    public const string Alive = """{"status":"alive"}""";

    public const string Ready = """{"status":"ready","profile":"demo","postgres":true,"redis_cache":true,"missing":[]}""";

    public const string Feeds =
        """{"feeds":[{"provider":"coinone","dataset":"trades","state":"running","reason":null,"series":3,"series_with_data":3,"counts":{"attempted":600,"inserted":600,"skipped":0,"differing":0,"revised":0,"rejected":0},"requests":3,"restarts":0,"open_gaps":0,"lag_ms":850,"last_success_at":"2026-01-31T12:00:00.000Z","last_error_at":null,"last_error":null}],"upstream":[{"provider":"coinone","windows":[{"window":"minute","budget":1200,"used":90,"left":1110}],"held_until":null,"waiting":0,"nodes":1,"cut_off":false}]}""";
}
