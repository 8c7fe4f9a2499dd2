using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Every recorded reply of the providers: read right, or refused with the right code.</summary>
public sealed class FixtureTests
{
    private static readonly ReplyContext Full =
        new("btc-usd", "bitcoin", "usd", null, "binance", "4h");

    /// <summary>File, dataset, records, and <c>code path (provider's code)</c> of the refusals.</summary>
    public static readonly TheoryData<string, string, int, string> Expected = new()
    {
        { "coinone/chart__doc-example-15m", "candles", 5, "" },
        { "coinone/currencies__usdt-ccxt", "currencies", 1, "" },
        { "coinone/error__105-v2", "trades", 0, "BadRequest 105" },
        { "coinone/error__108-unknown-currency", "orderbook", 0, "NotFound 108" },
        { "coinone/error__4-blocked-v2", "ticker", 0, "RateLimited 4" },
        { "coinone/markets__doc-example-btc", "markets", 1, "" },
        { "coinone/markets__usdt-empty", "markets", 0, "" },
        { "coinone/orderbook__btc-2023-sample", "orderbook", 1, "" },
        { "coinone/orderbook__doc-example", "orderbook", 1, "" },
        { "coinone/ticker-new__doc-example-three", "ticker", 3, "" },
        { "coinone/trades__btc-2023-sample-element", "trades", 0, "UnexpectedShape " },
        { "coinone/trades__doc-example", "trades", 1, "" },
        { "coinone/v1-ticker-all__2017", "ticker", 6, "" },
        { "coinone/v1-ticker__btc-2018", "ticker", 1, "" },
        { "coinone/v1-ticker__eth-2017", "ticker", 1, "" },
        { "coinone/v1-trades__eth-2018", "trades", 234, "" },
        { "coinone/ws-error__160012-invalid-topic", "ws", 0, "BadRequest 160012" },
        { "coinone/ws-orderbook__btc-first-frame", "ws", 1, "" },
        { "coinone/ws-orderbook__tnsr-quiet", "ws", 1, "" },
        { "coinone/ws-session__connect-subscribe-pong", "ws", 0, "" },
        { "coinone/ws-session__unsubscribed", "ws", 0, "" },
        { "coinone/ws-ticker__btc", "ws", 1, "" },
        { "coinone/ws-ticker__xrp-doc-short", "ws", 1, "" },
        { "coinone/ws-trade__btc", "ws", 1, "" },
        { "coinone/ws-trade__xrp-doc-short", "ws", 1, "" },
        { "coingecko/coins-list__doc-example", "coins_list", 2, "" },
        { "coingecko/coins-list__first-300", "coins_list", 300, "" },
        { "coingecko/error__401-10002-key-missing", "simple_price", 0, "Unauthorized 10002" },
        { "coingecko/error__401-10012-time-range-nested", "market_chart", 0, "TimeRangeExceeded 10012" },
        { "coingecko/error__404-coin-not-found", "coins_markets", 0, "NotFound " },
        { "coingecko/error__422-missing-days", "market_chart", 0, "BadRequest " },
        { "coingecko/error__422-missing-ids", "simple_price", 0, "BadRequest " },
        { "coingecko/error__422-missing-vs-currency-markets", "coins_markets", 0, "BadRequest " },
        { "coingecko/error__429-rate-limit", "simple_price", 0, "RateLimited 429" },
        { "coingecko/error__500-ohlc-missing-params", "ohlc", 0, "ProviderUnavailable 500" },
        { "coingecko/exchange-tickers__binance-bitcoin", "ticker", 17, "" },
        { "coingecko/exchange-volume-chart__binance-7d", "market_chart", 0, "UnexpectedShape " },
        { "coingecko/exchange-volume-chart__short", "market_chart", 0, "UnexpectedShape " },
        { "coingecko/global__2021", "global", 61, "" },
        { "coingecko/global__doc-example", "global", 3, "" },
        { "coingecko/key__usage", "simple_price", 0, "UnexpectedShape " },
        { "coingecko/market_chart-range__doc-example", "market_chart", 2, "" },
        { "coingecko/market_chart__btc-usd-days1-5min", "market_chart", 288, "" },
        { "coingecko/market_chart__btc-usd-days30-hourly", "market_chart", 300, "" },
        { "coingecko/markets__btc-eth-quoted-in-eth", "coins_markets", 2, "" },
        { "coingecko/markets__btc-usd", "coins_markets", 1, "" },
        { "coingecko/markets__doc-example", "coins_markets", 1, "" },
        { "coingecko/ohlc-range__doc-example", "ohlc", 2, "" },
        { "coingecko/ohlc__btc-usd-7d", "ohlc", 42, "" },
        { "coingecko/ohlc__doc-example", "ohlc", 2, "" },
        { "coingecko/ping__ok", "simple_price", 0, "" },
        { "coingecko/simple-price__btc-myr", "simple_price", 1, "" },
        { "coingecko/simple-price__btc-usd", "simple_price", 1, "" },
        { "coingecko/simple-price__eth-usd", "simple_price", 1, "" },
        { "coingecko/simple-price__ids-with-space-second-coin-dropped", "simple_price", 1, "" },
        { "coingecko/simple-price__unknown-vs-currency-empty-object", "simple_price", 0, "" },
        { "coingecko/simple-price__with-market-cap-volume-change", "simple_price", 1, "" },
        { "coingecko/supported-vs-currencies__doc-example", "currencies", 63, "" },
        { "cryptoquant/btc-exchange-flows-inflow__binance", "onchain", 4, "" },
        { "cryptoquant/stablecoin-exchange-flows-transactions-count__nulls", "onchain", 4, "" },
        { "cryptoquant/status-codes__documented", "onchain", 0, "UnexpectedShape " },
        { "binance/aggtrades__btcusdt-ccxt", "trades", 1, "" },
        { "binance/aggtrades__btcusdt-from-202790190", "trades", 300, "" },
        { "binance/depth__btcusdt-2021", "orderbook", 1, "" },
        { "binance/depth__nknusdt-1000", "orderbook", 1, "" },
        { "binance/error__-1003-weight", "trades", 0, "RateLimited -1003" },
        { "binance/error__-1121-invalid-symbol-futures", "ticker", 0, "NotFound -1121" },
        { "binance/exchange-time", "orderbook", 0, "" },
        { "binance/historical-trades__btcusdt", "trades", 5, "" },
        { "binance/klines__btcusdt-1h-ccxt", "candles", 1, "" },
        { "binance/klines__btcusdt-1m", "candles", 60, "" },
        { "binance/klines__ethbtc-1d", "candles", 6, "" },
        { "binance/ticker-24hr__two-symbols-2024", "ticker", 2, "" },
        { "binance/ticker-price__btceur", "ticker", 1, "" },
        { "binance/trades__btcusdc-2019", "trades", 300, "" },
        { "binance/trades__btcusdt-2020", "trades", 6, "" },
        { "binance/ws-aggtrade-kline__mixed", "ws", 4, "" },
        { "binance/ws-bookticker__nknusdt", "ws", 74, "" },
        { "binance/ws-depth__binance-us-crvusdt", "ws", 29, "" },
        { "binance/ws-depth__nknusdt", "ws", 150, "" },
        { "kraken/asset-pairs__subset-2021", "markets", 20, "" },
        { "kraken/depth__bcheur-2019", "orderbook", 1, "" },
        { "kraken/error__unknown-asset-pair", "ticker", 0, "NotFound EQuery:Unknown asset pair" },
        { "kraken/ohlc__example", "candles", 4, "" },
        { "kraken/ohlc__xbtusdt-1h-ccxt", "candles", 6, "" },
        { "kraken/spread__xbtusd-2014", "ticker", 4, "" },
        { "kraken/ticker__bcheur-2017", "ticker", 1, "" },
        { "kraken/ticker__xbteur-2014", "ticker", 1, "" },
        { "kraken/ticker__xbteur-2026-fragment", "ticker", 1, "" },
        { "kraken/time__2014", "trades", 0, "" },
        { "kraken/trades__seven-elements", "trades", 3, "" },
        { "kraken/trades__xbtusd-2013", "trades", 14, "" },
        { "kraken/trades__xbtusdt-ccxt", "trades", 1, "" },
        { "kraken/ws1-book__grt-eth", "ws", 21, "" },
        { "kraken/ws1-book__two-sided-update", "ws", 1, "" },
        { "kraken/ws1-mixed__channels", "ws", 8, "" },
        { "kraken/ws1-trade__all", "ws", 10, "" },
        { "kraken/ws2-ohlc__example", "ws", 1, "" },
        { "kraken/ws2-session__status-ack-error", "ws", 0, "NotFound " },
        { "kraken/ws2-ticker__example", "ws", 1, "" },
        { "kraken/ws2-trade__example", "ws", 1, "" },
        { "kraken/ws2-trade__snapshot-two-symbols", "ws", 2, "" },
        { "upbit/candles-seconds__krw-btc-2025", "candles", 1, "" },
        { "upbit/error__404-code-not-found", "orderbook", 0, "NotFound 404" },
        { "upbit/error__404-no-route", "trades", 0, "NotFound not_found" },
        { "upbit/market-all__first-120", "markets", 120, "" },
        { "upbit/market-all__with-market-event", "markets", 2, "" },
        { "upbit/orderbook__krw-btc-2018", "orderbook", 1, "" },
        { "upbit/orderbook__krw-btc-2025", "orderbook", 1, "" },
        { "upbit/ticker__krw-btc-2025-strings-and-numbers", "ticker", 2, "" },
        { "upbit/ticker__krw-btc-xchange", "ticker", 1, "" },
        { "upbit/ticker__usdt-btc-ccxt", "ticker", 1, "" },
        { "upbit/trades-ticks__krw-btc-200", "trades", 200, "" },
        { "upbit/trades-ticks__usdt-btc-ccxt", "trades", 1, "" },
        { "upbit/ws-candle-1m__default-format", "ws", 1, "" },
        { "upbit/ws-errors__invalid-param-wrong-format", "ws", 0, "BadRequest INVALID_PARAM, BadRequest WRONG_FORMAT" },
        { "upbit/ws-orderbook__btc-itam-simple", "ws", 8, "" },
        { "upbit/ws-orderbook__krw-btc-exponent-prices", "ws", 1, "" },
        { "upbit/ws-orderbook__krw-btc-simple-exponent-sizes", "ws", 1, "" },
        { "upbit/ws-orderbook__krw-waves-simple", "ws", 26, "" },
        { "upbit/ws-status-and-errors", "ws", 0, "BadRequest NO_TICKET" },
        { "upbit/ws-trade__default-format", "ws", 1, "" },
        { "upbit/ws-trade__krw-lamb-simple", "ws", 299, "" },
        { "bithumb/error__404-in-http-200", "orderbook", 0, "NotFound 404" },
        { "bithumb/error__404-no-route", "ticker", 0, "NotFound not_found" },
        { "bithumb/error__5500-legacy", "orderbook", 0, "BadRequest 5500" },
        { "bithumb/public-candlestick__btc-krw-1m-ccxt", "candles", 1, "" },
        { "bithumb/public-orderbook__btc-krw-ccxt", "orderbook", 1, "" },
        { "bithumb/public-orderbook__eth-2019", "orderbook", 1, "" },
        { "bithumb/public-ticker-all__2019", "ticker", 30, "" },
        { "bithumb/public-ticker-all__btc-2021", "ticker", 40, "" },
        { "bithumb/public-ticker-all__krw-2021", "ticker", 40, "" },
        { "bithumb/public-transaction-history__btc-krw-ccxt", "trades", 1, "" },
        { "bithumb/ws-errors__invalid-param-wrong-format", "ws", 0, "BadRequest INVALID_PARAM, BadRequest WRONG_FORMAT" },
        { "bithumb/ws-legacy-transaction__2021", "ws", 7, "" },
        { "bithumb/ws-orderbook__krw-btc-simple", "ws", 1, "" },
        { "bithumb/ws-orderbook__krw-btc-zero-size", "ws", 1, "" },
        { "bithumb/ws-orderbook__krw-eth-snapshot", "ws", 1, "" },
        { "bithumb/ws-status-and-errors", "ws", 0, "BadRequest NO_TICKET" },
        { "bithumb/ws-ticker__krw-btc", "ws", 1, "" },
        { "bithumb/ws-trade__krw-btc", "ws", 1, "" },
    };

    [SharedTheory]
    [MemberData(nameof(Expected))]
    public void A_recorded_reply_gives_its_records_or_its_typed_refusal(string file, string dataset, int records, string refusal)
    {
        var provider = file.Split('/')[0];
        var context = provider switch
        {
            "coingecko" => Full,
            "cryptoquant" => Full with { Interval = null },
            "binance" => dataset is "ws" or "ticker" ? new ReplyContext() : new ReplyContext(Pair: BinancePair(file), Interval: "1m"),
            "kraken" => new ReplyContext(Interval: "1m"),
            _ => Asked(file),
        };
        var all = Fixtures.Payloads(file + ".json").Select(payload => Normalising.Run(provider, dataset, payload, context)).ToList();

        Assert.All(all, normalised => Assert.Null(normalised.MissingContext));
        Assert.Equal(refusal, string.Join(", ", all.SelectMany(n => n.Refusals).Select(r => $"{r.Code} {r.ProviderCode}")));
        Assert.Equal(records, all.Sum(normalised => normalised.Records.Count));
        Assert.Equal(0, all.Sum(normalised => normalised.Rounded));
    }

    [SharedFact]
    public void Every_recorded_reply_has_a_row()
    {
        var files = new[] { "binance", "bithumb", "coingecko", "coinone", "cryptoquant", "kraken", "upbit" }
            .SelectMany(provider => Directory.GetFiles(Fixtures.At(provider))
                .Select(file => $"{provider}/{Path.GetFileNameWithoutExtension(file)}"));
        Assert.Empty(files.Except(Expected.Select(row => (string)((object[])row)[0])));
    }

    [SharedTheory]
    [InlineData("coinone/trades__doc-example", "trades", """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1416893212001","price":"420000","quantity":"0.1","taker_side":"buy","time":"2014-11-25T06:07:14.000Z"}""")]
    [InlineData("coinone/ws-trade__btc", "ws", """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1790134177835001","price":"116460000","quantity":"0.00483595","taker_side":"buy","time":"2026-09-23T03:29:37.835Z"}""")]
    [InlineData("coinone/ws-trade__xrp-doc-short", "ws", """{"kind":"trade","exchange":"coinone","pair":"xrp-krw","trade_id":"1693560563084003","price":"688.3","quantity":"290.745","taker_side":"sell","time":"2023-09-01T09:29:23.084Z"}""")]
    [InlineData("coinone/orderbook__btc-2023-sample", "orderbook", """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1701071108673001,"time":"2023-11-27T07:45:08.673Z","bids":[["50048000","0.01080229"]],"asks":[["50058000","0.00272592"]]}""")]
    [InlineData("coinone/ws-orderbook__btc-first-frame", "ws", """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1790134177435001,"time":"2026-09-23T03:29:27.554Z","bids":[["116450000","0.0118"],["116440000","0.04695328"],["116250000","0.01325806"]],"asks":[["116460000","0.0232"],["116470000","0.00171821"],["116640000","0.000657"],["116650000","0.01198956"]]}""")]
    [InlineData("coinone/ticker-new__doc-example-three", "ticker", """{"kind":"ticker","exchange":"coinone","pair":"btc-krw","last":"3833000","bid":"1000","ask":"1200","high":"3845000","low":"3819000","volume":"163.3828","time":"2017-07-06T11:39:02.000Z"}""")]
    [InlineData("coinone/ws-ticker__btc", "ws", """{"kind":"ticker","exchange":"coinone","pair":"btc-krw","last":"116380000","bid":"116370000","ask":"116400000","high":"116470000","low":"115570000","volume":"267.27610034","time":"2026-09-23T03:23:16.484Z"}""")]
    [InlineData("coinone/ws-ticker__xrp-doc-short", "ws", """{"kind":"ticker","exchange":"coinone","pair":"xrp-krw","last":"687.9","bid":"687.8","ask":"688.3","high":"699.5","low":"683.9","volume":"79912892.7741579","time":"2023-09-01T09:26:18.928Z"}""")]
    [InlineData("coinone/v1-ticker__eth-2017", "ticker", """{"kind":"ticker","exchange":"coinone","pair":"eth-krw","last":"341250","bid":null,"ask":null,"high":"343950","low":"337050","volume":"31486.8141","time":"2017-10-03T04:04:34Z"}""")]
    [InlineData("coinone/markets__doc-example-btc", "markets", """{"kind":"instrument","exchange":"coinone","pair":"btc-krw","status":"trading","price_step":"100","quantity_step":"0.0001"}""")]
    [InlineData("coingecko/simple-price__with-market-cap-volume-change", "simple_price", """{"kind":"price","asset":"bitcoin","currency":"usd","price":"76975","market_cap":"1542226908349.8406","volume_24h":"29096603418.89408","change_24h":"-1.4093297098441402","time":"2026-05-18T08:17:38Z"}""")]
    [InlineData("coingecko/simple-price__btc-usd", "simple_price", """{"kind":"price","asset":"bitcoin","currency":"usd","price":"49253","market_cap":null,"volume_24h":null,"change_24h":null,"time":null}""")]
    [InlineData("coingecko/markets__btc-usd", "coins_markets", """{"kind":"price","asset":"bitcoin","currency":"usd","price":"49053","market_cap":"917825524991","volume_24h":"61679663434","change_24h":"-4.37931","time":"2021-05-15T15:59:43.867Z"}""")]
    [InlineData("coingecko/exchange-tickers__binance-bitcoin", "ticker", """{"kind":"ticker","exchange":"binance","pair":"btc-usdt","last":"48964.36","bid":null,"ask":null,"high":null,"low":null,"volume":"86497.48158192317","time":"2021-05-16T07:46:57Z"}""")]
    [InlineData("coingecko/global__doc-example", "global", """{"kind":"global_market","currency":"btc","market_cap":"34570737.199462704","volume_24h":"1254779.1727158197","time":"2026-05-27T10:39:11Z"}""")]
    [InlineData("binance/ticker-24hr__two-symbols-2024", "ticker", """{"kind":"ticker","exchange":"binance","pair":"btc-usdt","last":"69624","bid":"69624","ask":"69624.01","high":"72700","low":"68830","volume":"33278.39129","time":"2024-11-01T05:30:18.472Z"}""")]
    [InlineData("binance/ticker-price__btceur", "ticker", """{"kind":"ticker","exchange":"binance","pair":"btc-eur","last":"68656.96","bid":null,"ask":null,"high":null,"low":null,"volume":null,"time":null}""")]
    [InlineData("binance/ws-aggtrade-kline__mixed", "ws", """{"kind":"trade","exchange":"binance","pair":"nkn-usdt","trade_id":"15683430","price":"0.3528","quantity":"58","taker_side":"buy","time":"2021-10-12T00:28:43.963Z"}""")]
    [InlineData("binance/ws-bookticker__nknusdt", "ws", """{"kind":"ticker","exchange":"binance","pair":"nkn-usdt","last":null,"bid":"0.3521","ask":"0.3526","high":null,"low":null,"volume":null,"time":null}""")]
    [InlineData("binance/ws-depth__binance-us-crvusdt", "ws", """{"kind":"order_book_delta","exchange":"binance","pair":"crv-usdt","first_sequence":1938833,"sequence":1938834,"time":"2021-10-12T00:24:35.194Z","bids":[["2.637","0"],["2.634","91"]],"asks":[]}""")]
    [InlineData("kraken/asset-pairs__subset-2021", "markets", """{"kind":"instrument","exchange":"kraken","pair":"ada-btc","status":null,"price_step":"0.00000001","quantity_step":"0.00000001"}""")]
    [InlineData("kraken/ticker__bcheur-2017", "ticker", """{"kind":"ticker","exchange":"kraken","pair":"bch-eur","last":"355.4","bid":"354.3","ask":"355.4","high":"369","low":"346","volume":"4433.77288826","time":null}""")]
    [InlineData("kraken/ticker__xbteur-2026-fragment", "ticker", """{"kind":"ticker","exchange":"kraken","pair":"btc-eur","last":"68644.2","bid":null,"ask":null,"high":null,"low":null,"volume":null,"time":null}""")]
    [InlineData("kraken/trades__seven-elements", "trades", """{"kind":"trade","exchange":"kraken","pair":"btc-usd","trade_id":"61044952","price":"30243.4","quantity":"0.34507674","taker_side":"buy","time":"2023-07-06T18:53:17.8277369Z"}""")]
    [InlineData("kraken/ws1-book__two-sided-update", "ws", """{"kind":"order_book_delta","exchange":"kraken","pair":"btc-usd","first_sequence":null,"sequence":null,"time":"2018-08-18T17:45:35.345903Z","bids":[["5541.3","0"]],"asks":[["5541.3","2.507"],["5542.5","0.401"]]}""")]
    [InlineData("kraken/ws1-mixed__channels", "ws", """{"kind":"ticker","exchange":"kraken","pair":"btc-usd","last":"5525.1","bid":"5525.1","ask":"5525.4","high":"5783","low":"5505","volume":"3591.17907851","time":null}""")]
    [InlineData("kraken/ws2-ohlc__example", "ws", """{"kind":"candle","exchange":"kraken","pair":"eth-usdt","interval":"5m","open_time":"2023-10-04T16:25:00.000000000Z","open":"0.5624","high":"0.5628","low":"0.5622","close":"0.5627","volume":"30927.68066226","final":null}""")]
    [InlineData("kraken/ws2-ticker__example", "ws", """{"kind":"ticker","exchange":"kraken","pair":"eth-usdt","last":"0.10035","bid":"0.10025","ask":"0.10035","high":"0.10285","low":"0.09979","volume":"997038.98383185","time":null}""")]
    [InlineData("kraken/ws2-trade__snapshot-two-symbols", "ws", """{"kind":"trade","exchange":"kraken","pair":"eth-usd","trade_id":"62886870","price":"2284.15","quantity":"0.001","taker_side":"sell","time":"2026-05-14T15:03:41.748964Z"}""")]
    [InlineData("upbit/trades-ticks__usdt-btc-ccxt", "trades", """{"kind":"trade","exchange":"upbit","pair":"btc-usdt","trade_id":"17103275719220001","price":"73249.665","quantity":"0.00840925","taker_side":"sell","time":"2024-03-13T10:59:31.922Z"}""")]
    [InlineData("upbit/ws-trade__krw-lamb-simple", "ws", """{"kind":"trade","exchange":"upbit","pair":"lamb-krw","trade_id":"1618678262000003","price":"127","quantity":"46.48838371","taker_side":"buy","time":"2021-04-17T16:51:02.000Z"}""")]
    [InlineData("upbit/ws-trade__default-format", "ws", """{"kind":"trade","exchange":"upbit","pair":"eth-krw","trade_id":"1696585056846000","price":"37625","quantity":"0.00008428","taker_side":"sell","time":"2023-10-06T09:37:36.846Z"}""")]
    [InlineData("upbit/ws-orderbook__krw-btc-exponent-prices", "ws", """{"kind":"order_book","exchange":"upbit","pair":"btc-krw","sequence":null,"time":"2026-09-23T03:39:02.106Z","bids":[["116538000","0.08120946"],["116537000","0.01129382"]],"asks":[["116539000","0.02054761"],["116542000","0.0007772"]]}""")]
    [InlineData("upbit/ws-orderbook__krw-btc-simple-exponent-sizes", "ws", """{"kind":"order_book","exchange":"upbit","pair":"btc-krw","sequence":null,"time":"2026-09-23T03:39:33.006Z","bids":[["116534000","0.00079276"],["116521000","0.01624318"]],"asks":[["116606000","0.06288509"],["116609000","0.0005"]]}""")]
    [InlineData("upbit/ticker__krw-btc-2025-strings-and-numbers", "ticker", """{"kind":"ticker","exchange":"upbit","pair":"btc-krw","last":"148601000","bid":null,"ask":null,"high":"149360000","low":"148288000","volume":"1198.26954807","time":"2025-07-04T05:14:00.365Z"}""")]
    [InlineData("upbit/candles-seconds__krw-btc-2025", "candles", """{"kind":"candle","exchange":"upbit","pair":"btc-krw","interval":"1s","open_time":"2025-06-30T23:59:59Z","open":"145794000","high":"145794000","low":"145759000","close":"145759000","volume":"0.0013","final":null}""")]
    [InlineData("upbit/ws-candle-1m__default-format", "ws", """{"kind":"candle","exchange":"upbit","pair":"eth-krw","interval":"1m","open_time":"2025-01-02T04:28:05Z","open":"142009000","high":"142009000","low":"142009000","close":"142009000","volume":"0.00606119","final":null}""")]
    [InlineData("upbit/market-all__with-market-event", "markets", """{"kind":"instrument","exchange":"upbit","pair":"btc-krw","status":null,"price_step":null,"quantity_step":null}""")]
    [InlineData("bithumb/public-transaction-history__btc-krw-ccxt", "trades", """{"kind":"trade","exchange":"bithumb","pair":"btc-krw","trade_id":"6e2f69024bb83ae3f9c59eaf9bb74917","price":"80649000","quantity":"0.0006","taker_side":"sell","time":"2024-08-08T08:14:33Z"}""")]
    [InlineData("bithumb/ws-legacy-transaction__2021", "ws", """{"kind":"trade","exchange":"bithumb","pair":"con-krw","trade_id":"979eb9e72be73d411f11e09c0af38b0e","price":"3.908","quantity":"12365.191","taker_side":"buy","time":"2021-06-01T23:43:34.555058Z"}""")]
    [InlineData("bithumb/ws-trade__krw-btc", "ws", """{"kind":"trade","exchange":"bithumb","pair":"btc-krw","trade_id":"1079953210371761700","price":"116208000","quantity":"0.0009","taker_side":"buy","time":"2026-09-23T03:18:33.739Z"}""")]
    [InlineData("bithumb/ws-orderbook__krw-btc-zero-size", "ws", """{"kind":"order_book","exchange":"bithumb","pair":"btc-krw","sequence":null,"time":"2026-09-23T03:18:25.564033Z","bids":[["116204000","0.0037"],["116203000","0.0025"],["116201000","0.0004"]],"asks":[["116208000","0.3313"],["116209000","0.0001"]]}""")]
    [InlineData("bithumb/ws-orderbook__krw-btc-simple", "ws", """{"kind":"order_book","exchange":"bithumb","pair":"btc-krw","sequence":null,"time":null,"bids":[["116267000","0.0084"],["116248000","0.0213"],["116239000","0.0024"]],"asks":[["116279000","0.0892"],["116280000","0.0087"],["116290000","0.0025"]]}""")]
    [InlineData("bithumb/ws-ticker__krw-btc", "ws", """{"kind":"ticker","exchange":"bithumb","pair":"btc-krw","last":"116208000","bid":null,"ask":null,"high":null,"low":null,"volume":null,"time":"2026-09-23T03:18:33.858Z"}""")]
    [InlineData("bithumb/public-ticker-all__krw-2021", "ticker", """{"kind":"ticker","exchange":"bithumb","pair":"btc-krw","last":"43232000","bid":null,"ask":null,"high":"43479000","low":"42431000","volume":"3919.13944524","time":"2021-06-01T23:43:21.555Z"}""")]
    [InlineData("bithumb/public-candlestick__btc-krw-1m-ccxt", "candles", """{"kind":"candle","exchange":"bithumb","pair":"btc-krw","interval":"1m","open_time":"2024-08-07T07:13:00.000Z","open":"81061000","high":"81062000","low":"80860000","close":"80860000","volume":"2.1630537","final":null}""")]
    public void The_first_record_of_a_reply_is_as_the_provider_said(string file, string dataset, string expected)
    {
        var provider = file.Split('/')[0];
        var context = provider == "coingecko" ? Full with { Pair = null } : Asked(file);
        var records = Fixtures.Payloads(file + ".json").SelectMany(payload => Normalising.Run(provider, dataset, payload, context).Lines());
        Assert.Equal(expected, records.First());
    }

    /// <summary>What the request named, which no list of Binance states.</summary>
    private static string BinancePair(string file) =>
        file.Contains("nknusdt", StringComparison.Ordinal) ? "nkn-usdt"
        : file.Contains("ethbtc", StringComparison.Ordinal) ? "eth-btc"
        : file.Contains("btcusdc", StringComparison.Ordinal) ? "btc-usdc"
        : "btc-usdt";
    /// <summary>What the request of a recorded reply said and the reply leaves out.</summary>
    private static ReplyContext Asked(string file) => file switch
    {
        "coinone/chart__doc-example-15m" => new ReplyContext(Pair: "btc-krw", Interval: "15m"),
        "upbit/candles-seconds__krw-btc-2025" => new ReplyContext(Interval: "1s"),
        "bithumb/public-candlestick__btc-krw-1m-ccxt" => new ReplyContext(Pair: "btc-krw", Interval: "1m"),
        "bithumb/public-transaction-history__btc-krw-ccxt" => new ReplyContext(Pair: "btc-krw"),
        "bithumb/public-ticker-all__btc-2021" => new ReplyContext(Currency: "btc"),
        "bithumb/public-ticker-all__2019" or "bithumb/public-ticker-all__krw-2021" => new ReplyContext(Currency: "krw"),
        _ => new ReplyContext(),
    };

    [SharedFact]
    public void Legacy_trades_have_distinct_ids_that_depend_on_no_order()
    {
        var reply = Fixtures.Reply("coinone/v1-trades__eth-2018.json");
        var trades = Normalising.Run("coinone", "trades", reply).Records.Cast<Trade>().ToList();
        Assert.Equal(234, trades.Select(trade => trade.TradeId).Distinct().Count());
        Assert.All(trades, trade => Assert.Equal(("eth-krw", (TakerSide?)null, (byte)0), (trade.Pair, trade.TakerSide, trade.Time.Digits)));

        using var document = JsonDocument.Parse(reply);
        var orders = document.RootElement.GetProperty("completeOrders").EnumerateArray().Reverse().Select(order => order.GetRawText());
        var reversed = $$"""{"errorCode":"0","result":"success","completeOrders":[{{string.Join(',', orders)}}]}""";
        var again = Normalising.Run("coinone", "trades", reversed, new ReplyContext(Pair: "eth-krw")).Records.Cast<Trade>();
        Assert.Equal(trades.AsEnumerable().Reverse(), again);
    }

    [SharedFact]
    public void A_market_chart_keeps_the_replys_order_and_every_value()
    {
        var reply = Fixtures.Reply("coingecko/market_chart__btc-usd-days1-5min.json");
        var points = Normalising.Run("coingecko", "market_chart", reply, Full).Records.Cast<ChartPoint>().ToList();
        using var document = JsonDocument.Parse(reply);
        var prices = document.RootElement.GetProperty("prices").EnumerateArray()
            .Select(p => (p[0].GetInt64(), (MarketNumber?)p[1].GetDecimal()));
        var caps = document.RootElement.GetProperty("market_caps").EnumerateArray().Select(p => (MarketNumber?)p[1].GetDecimal());
        var volumes = document.RootElement.GetProperty("total_volumes").EnumerateArray().Select(p => (MarketNumber?)p[1].GetDecimal());
        Assert.Equal(prices, points.Select(point => (point.Time.UnixMilliseconds, point.Price)));
        Assert.Equal(caps, points.Select(point => point.MarketCap));
        Assert.Equal(volumes, points.Select(point => point.Volume));
        Assert.Equal(-955, points[^1].Time.UnixMilliseconds - points[^2].Time.UnixMilliseconds);
    }

    /// <summary>A 4-hour candle, if its time is its close, holds the 5-minute prices of the four hours before it.</summary>
    [SharedFact]
    public void A_coingecko_candle_agrees_with_the_prices_from_its_open_time_on()
    {
        var candles = Normalising.Run("coingecko", "ohlc", Fixtures.Reply("coingecko/ohlc__btc-usd-7d.json"), Full).Records.Cast<Candle>();
        var points = Normalising.Run("coingecko", "market_chart", Fixtures.Reply("coingecko/market_chart__btc-usd-days1-5min.json"), Full)
            .Records.Cast<ChartPoint>().ToList();
        var candle = candles.Single(candle => candle.OpenTime.ToString() == "2021-05-15T00:00:00.000Z");
        var within = points.Where(p => p.Time >= candle.OpenTime && p.Time.UnixMilliseconds < candle.OpenTime.UnixMilliseconds + 14_400_000)
            .ToList();
        Assert.Equal(candle.Open, points.Last(p => p.Time < candle.OpenTime).Price!.Value.RoundedTo(2));
        Assert.True(candle.Low >= within.Min(p => p.Price) && candle.High <= within.Max(p => p.Price), Normalising.Json(candle));
        Assert.Null(candle.Volume);
        Assert.Null(candle.Final);
    }

    [SharedFact]
    public void CryptoQuant_fields_become_the_exchanges_metrics_and_nulls_stay()
    {
        var inflow = Normalising.Run(
            "cryptoquant", "onchain", Fixtures.Reply("cryptoquant/btc-exchange-flows-inflow__binance.json"), Full with { Interval = null });
        Assert.Equal(
            [("exchange_inflow_total", 6211.09333883m), ("exchange_inflow_top10", 1935.2757298m), ("exchange_inflow_mean", 23.61632448m),
                ("exchange_inflow_mean_ma7", 28.03342772m)],
            inflow.Records.Cast<OnChainPoint>().Select(point => (point.Metric, point.Value!.Value)));
        Assert.Equal("""{"kind":"onchain","asset":"bitcoin","metric":"exchange_inflow_total","source":"binance","interval":"day","time":"2025-12-23T00:00:00Z","value":"6211.09333883"}""", inflow.Lines()[0]);

        var nulls = Normalising.Run("cryptoquant", "onchain",
            Fixtures.Reply("cryptoquant/stablecoin-exchange-flows-transactions-count__nulls.json"), Full with { Interval = "day" });
        Assert.All(nulls.Records.Cast<OnChainPoint>(), point => Assert.Null(point.Value));
        Assert.Equal(
            ["2019-10-02T00:00:00Z", "2019-10-01T00:00:00Z"], nulls.Records.Cast<OnChainPoint>().Select(p => p.Time.ToString()).Distinct());
    }

    [SharedFact]
    public void Each_documented_status_of_CryptoQuant_has_its_meaning()
    {
        using var table = JsonDocument.Parse(Fixtures.Reply("cryptoquant/status-codes__documented.json"));
        var meanings = table.RootElement.EnumerateArray()
            .Select(status => Normalising.Run("cryptoquant", "onchain", $$$"""{"status":{{{status.GetRawText()}}},"result":{"window":"day","data":[]}}""", Full with { Interval = null }))
            .Select(normalised => string.Join(' ', normalised.Faults()));
        Assert.Equal(["", "", "bad_request", "unauthorized", "forbidden", "not_found", "bad_request", "rate_limited",
            "provider_unavailable"], meanings);
    }

    [SharedFact]
    public void The_independent_reading_of_the_currencies_agrees()
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(Fixtures.At("coinone/currencies__usdt-ccxt.json")));
        var expected = envelope.RootElement.GetProperty("expected").EnumerateObject()
            .Select(entry => (
                entry.Value.GetProperty("code").GetString()!.ToLowerInvariant(), entry.Value.GetProperty("name").GetString()));
        foreach (var form in new[] { "response", "response_unquoted" })
        {
            var read = Normalising.Run(
                "coinone", "currencies", envelope.RootElement.GetProperty(form).GetRawText()).Records.Cast<AssetListing>();
            Assert.Equal(expected, read.Select(listing => (listing.Symbol, listing.Name)));
        }
    }
}
