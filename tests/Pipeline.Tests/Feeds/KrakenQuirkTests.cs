using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Kraken's endpoints may look like.</summary>
public sealed class KrakenQuirkTests
{
    [Theory]
    [InlineData("XXBTZUSD", "btc-usd")]
    [InlineData("XBTUSD", "btc-usd")]
    [InlineData("XBT/USD", "btc-usd")]
    [InlineData("BTC/USD", "btc-usd")]
    [InlineData("XETHXXBT", "eth-btc")]
    [InlineData("XXDGXXBT", "doge-btc")]
    [InlineData("XDGUSD", "doge-usd")]
    [InlineData("USDTZUSD", "usdt-usd")]
    [InlineData("ZEURZUSD", "eur-usd")]
    [InlineData("XTZUSD", "xtz-usd")]
    [InlineData("XTZXBT", "xtz-btc")]
    [InlineData("ZRXXBT", "zrx-btc")]
    [InlineData("TRXETH", "trx-eth")]
    [InlineData("XBTUSDT", "btc-usdt")]
    [InlineData("USDCUSD", "usdc-usd")]
    [InlineData("PYUSDEUR", "pyusd-eur")]
    [InlineData("ETHWETH", "ethw-eth")]
    [InlineData("BCHEUR", "bch-eur")]
    [InlineData("XBTPYUSD", "btc-pyusd")]
    [InlineData("ETHPYUSD", "eth-pyusd")]
    [InlineData("HOPPYUSD", "hoppy-usd")]
    [InlineData("PYUSDUSD", "pyusd-usd")]
    [InlineData("USDTBRL", "usdt-brl")]
    [InlineData("XBTBRL", "btc-brl")]
    [InlineData("XBTEURT", "btc-eurt")]
    [InlineData("EURTEUR", "eurt-eur")]
    [InlineData("MATICPOL", "matic-pol")]
    [InlineData("TUSD", "t-usd")]
    public void A_pair_is_the_same_in_each_of_its_spellings(string name, string pair)
    {
        var normalised = Run("ticker", $$$$"""{"error":[],"result":{"{{{{name}}}}":{"c":["1","2"]}}}""");
        Assert.Equal(pair, ((Ticker)Assert.Single(normalised.Records)).Pair);
        Assert.Empty(Run("ticker", $$$$"""{"error":[],"result":{"{{{{name}}}}":{"c":["1","2"]}}}""", new ReplyContext(pair)).Refusals);
    }

    [Theory]
    [InlineData("EQuery:Unknown asset pair", "not_found")]
    [InlineData("EQuery:Unknown asset", "not_found")]
    [InlineData("EQuery:Invalid asset pair", "not_found")]
    [InlineData("EGeneral:Unknown asset pair", "not_found")]
    [InlineData("EGeneral:Invalid arguments", "bad_request")]
    [InlineData("EAPI:Bad request", "bad_request")]
    [InlineData("EQuery:Something", "bad_request")]
    [InlineData("EGeneral:Temporary lockout: 15 minutes", "rate_limited")]
    [InlineData("EAuth:Rate limit exceeded", "rate_limited")]
    [InlineData("EAPI:Rate limit exceeded", "rate_limited")]
    [InlineData("EGeneral:Too many requests", "rate_limited")]
    [InlineData("EService:Throttled: 1700000000", "rate_limited")]
    [InlineData("EService:Unavailable", "provider_unavailable")]
    [InlineData("EService:Busy", "provider_unavailable")]
    [InlineData("EGeneral:Internal error", "provider_unavailable")]
    [InlineData("EGeneral:Service unavailable", "provider_unavailable")]
    [InlineData("EGeneral:Invalid arguments:Invalid interval", "bad_request")]
    [InlineData("EAPI:Invalid key", "unauthorized")]
    [InlineData("EGeneral:Permission denied", "forbidden")]
    [InlineData("EFuture:Something", "provider_error")]
    public void An_error_under_200_has_its_type_and_leaves_no_record(string error, string type)
    {
        foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles", "markets", "currencies" })
        {
            foreach (var reply in new[]
            {
                $$"""{"error":["{{error}}"]}""",
                $$"""{"result":{"XXBTZUSD":[["1","2",1688669597.8,"b","m","",1]],"last":"1"},"error":["{{error}}","WOther:x"]}""",
            })
            {
                var normalised = Run(dataset, reply, new ReplyContext(Interval: "1m"));
                Assert.Equal([type], normalised.Faults());
                Assert.Equal((error, 0), (normalised.Refusals[0].ProviderCode, normalised.Records.Count));
            }
        }
    }

    [Fact]
    public void A_warning_is_no_error()
    {
        var normalised = Run("trades", """{"error":["WGeneral:Danger"],"result":{"XXBTZUSD":[["1","2",1688669597.8,"b","m","",1]],"last":"1"}}""");
        Assert.Empty(normalised.Refusals);
        Assert.Single(normalised.Records);
    }

    [Theory]
    [InlineData("""{"error":[]}""")]
    [InlineData("""{"error":{},"result":{}}""")]
    [InlineData("""{"error":[5],"result":{}}""")]
    [InlineData("""{"error":[],"result":[]}""")]
    [InlineData("""{"result":null}""")]
    [InlineData("[]")]
    public void What_is_no_reply_of_Kraken_is_refused(string reply) => Assert.Equal(["unexpected_shape"], Run("trades", reply).Faults());

    [Theory]
    [InlineData("""{"error":[],"result":{"unixtime":1616336594,"rfc1123":"Sun, 21 Mar 21 14:23:14 +0000"}}""")]
    [InlineData("""{"error":[],"result":{"status":"online","timestamp":"2021-03-21T15:33:02Z"}}""")]
    [InlineData("""{"error":[],"result":{"XXBTZUSD":[],"last":"1688671969993150842"}}""")]
    public void A_time_a_status_and_a_quiet_market_are_no_record_and_no_fault(string reply)
    {
        var normalised = Run("trades", reply);
        Assert.Equal((0, 0), (normalised.Records.Count, normalised.Refusals.Count));
    }

    [Fact]
    public void The_best_prices_are_tickers_by_REST_as_by_the_socket()
    {
        var rest = Run("ticker", """{"error":[],"result":{"XXBTZUSD":[[1548122302,"3538.70","3541.50"],[1548122303,"3538.80","0.0"]],"last":1548122303}}""");
        Assert.Empty(rest.Refusals);
        Assert.Equal(
            [
                new Ticker("kraken", "btc-usd", null, 3538.7m, 3541.5m, null, null, null, ((Ticker)rest.Records[0]).Time),
                new Ticker("kraken", "btc-usd", null, 3538.8m, null, null, null, null, ((Ticker)rest.Records[1]).Time),
            ],
            rest.Records);
        Assert.Equal(
            ["2019-01-22T01:58:22Z", "2019-01-22T01:58:23Z"], rest.Records.Cast<Ticker>().Select(ticker => ticker.Time.ToString()));
        Assert.Equal(["wrong_pair"], Run("ticker", """{"error":[],"result":{"XXBTZUSD":[[1548122302,"1","2"]]}}""", new ReplyContext("eth-usd")).Faults());
    }

    [Theory]
    [InlineData("""[1548122302,"1","2","1","2","1.5","9",3]""", "unexpected_shape $.result.XXBTZUSD[0]")]
    [InlineData("""["1","2",1688669597.8,"b","m","",1]""", "unexpected_shape $.result.XXBTZUSD[0]")]
    [InlineData("""[1548122302,"1"]""", "unexpected_shape $.result.XXBTZUSD[0]")]
    [InlineData("""{"a":["1"]}""", "unexpected_shape $.result.XXBTZUSD[0]")]
    [InlineData("""[0,"1","2"]""", "out_of_range $.result.XXBTZUSD[0][0]")]
    [InlineData("""[1548122302,"x","2"]""", "invalid_field $.result.XXBTZUSD[0][1]")]
    public void What_is_no_row_of_the_best_prices_costs_itself_alone(string row, string fault)
    {
        var read = Run("ticker", $$$"""{"error":[],"result":{"XXBTZUSD":[{{{row}}},[1548122302,"3538.70","3541.50"]]}}""");
        Assert.Equal([fault], read.Faults());
        Assert.Single(read.Records);
    }

    [Fact]
    public void Trades_without_an_id_have_the_same_one_by_REST_and_by_the_socket_in_any_order()
    {
        var rest = Run("trades", """{"error":[],"result":{"XXBTZUSD":[["5541.20000","0.15850568",1534614057.321597,"s","l",""],["1","1",1534614057.3,"b","l",""],["1","1",1534614057.3,"b","l",""],["1","1",1534614057.3,"s","l",""]]}}""");
        var socket = Run("ws", """[0,[["1.0","1","1534614057.300000","s","l",""],["1","1.00","1534614057.3","b","l",""],["1","1","1534614057.300000","b","l",""],["5541.2","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]""");
        Assert.Equal(4, Ids(rest).Distinct().Count());
        Assert.Equal(Ids(rest).Order(), Ids(socket).Order());
    }

    [Theory]
    [InlineData("""["1","2",1688669597.8,"x","m","",1]""", "invalid_field $.result.XXBTZUSD[1][3]")]
    [InlineData("""["1","2",1688669597.8]""", "unexpected_shape $.result.XXBTZUSD[1]")]
    [InlineData("""["0","2",1688669597.8,"b","m","",1]""", "invalid_field $.result.XXBTZUSD[1][0]")]
    [InlineData("""["1","2",0,"b","m","",1]""", "out_of_range $.result.XXBTZUSD[1][2]")]
    [InlineData("""{"price":"1"}""", "unexpected_shape $.result.XXBTZUSD[1]")]
    public void A_broken_trade_is_one_refusal_with_its_path_and_the_others_are_taken(string broken, string fault)
    {
        const string Good = """["1","2",1688669597.8277369,"b","m","",61044952]""";
        var normalised = Run("trades", $$$"""{"error":[],"result":{"XXBTZUSD":[{{{Good}}},{{{broken}}},{{{Good}}}],"last":"1"}}""");
        Assert.Equal([fault], normalised.Faults());
        Assert.Equal(2, normalised.Records.Count);
    }

    [Fact]
    public void A_candle_is_final_up_to_the_last_committed_one()
    {
        var normalised = Run("candles", """{"error":[],"result":{"last":"120","XXBTZUSD":[[1688671200,"1","2","1","1","1","3.3",2],[1688671260,"1","2","1","1","1","0.0",0]],"last":1688671200}}""", new ReplyContext(Interval: "1m"));
        Assert.Equal([true, false], normalised.Records.Cast<Candle>().Select(candle => candle.Final));
        Assert.Equal("interval", Run("candles", """{"error":[],"result":{"XXBTZUSD":[],"last":1}}""").MissingContext);
        var without = Run("candles", """{"error":[],"result":{"XXBTZUSD":[[1688671200,"1","2","1","1","1","3.3",2]]}}""", new ReplyContext(Interval: "1m"));
        Assert.Null(((Candle)Assert.Single(without.Records)).Final);
    }

    [Theory]
    [InlineData("""{"event":"heartbeat"}""", "")]
    [InlineData("""{"event":"pong","reqid":42}""", "")]
    [InlineData("""{"channelID":10001,"channelName":"ticker","event":"subscriptionStatus","pair":"XBT/EUR","status":"subscribed","subscription":{"name":"ticker"}}""", "")]
    [InlineData("""{"channel":"status","type":"update","data":[{"connection_id":16389994220698793191}]}""", "")]
    [InlineData("""{"channel":"heartbeat"}""", "")]
    [InlineData("""{"method":"pong","req_id":101,"time_in":"x","time_out":"y"}""", "")]
    [InlineData("""{"method":"subscribe","result":{"channel":"trade"},"success":true}""", "")]
    [InlineData("""{"errorMessage":"Currency pair not supported XBT/FOO","event":"subscriptionStatus","pair":"XBT/FOO","status":"error"}""", "not_found")]
    [InlineData("""{"errorMessage":"Malformed request","event":"error"}""", "bad_request")]
    [InlineData("""{"error":"Symbol(s) not found","method":"subscribe","success":false,"req_id":1}""", "not_found")]
    [InlineData("""{"errorMessage":"Exceeded msg rate","event":"error"}""", "rate_limited")]
    [InlineData("""{"errorMessage":"EService:Unavailable","event":"subscriptionStatus","status":"error"}""", "provider_unavailable")]
    [InlineData("""{"method":"subscribe","success":false,"error":"Subscription depth not supported"}""", "bad_request")]
    [InlineData("""{"method":"subscribe","success":false}""", "provider_error")]
    [InlineData("""{"foo":1}""", "unexpected_shape")]
    [InlineData("[1,2]", "unexpected_shape")]
    [InlineData("""[0,[],"trade"]""", "unexpected_shape")]
    [InlineData("""[0,{},"unheard","XBT/USD"]""", "unexpected_shape $[1]")]
    [InlineData("""{"channel":"level3","data":[]}""", "unexpected_shape $.channel")]
    [InlineData("""{"channel":"trade","data":{}}""", "unexpected_shape $.data")]
    [InlineData("""[0,{"a":"[[\"1\",\"2\"]]"},"book-10","XBT/USD"]""", "invalid_field $[1].a")]
    [InlineData("""[0,{"a":[["1","2","3"],["1","2","x"]]},"book-10","XBT/USD"]""", "out_of_range $[1].a[0][2]")]
    public void A_frame_without_a_record_is_silent_or_a_fault_of_its_type(string frame, string fault)
    {
        var normalised = Run("ws", frame);
        Assert.Empty(normalised.Records);
        Assert.Equal(fault.Length == 0 ? [] : [fault], normalised.Faults());
    }

    [Fact]
    public void Both_versions_of_the_book_keep_their_checksum_and_the_digits_as_sent()
    {
        var v1 = (OrderBookDelta)Assert.Single(Run("ws", """[0,{"a":[["0.05120","0.00000500","1582905486.493008"]],"c":"974947235"},"book-1000","XBT/USD"]""").Records);
        var v2 = (OrderBookDelta)Assert.Single(Run("ws", """{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":0.05120,"qty":0.00000500}],"checksum":974947235,"timestamp":"2020-02-28T15:58:06.493008Z"}]}""").Records);
        Assert.Equal((974947235u, 974947235u), (v1.Checksum!.Value, v2.Checksum!.Value));
        Assert.Equal("0.05120 0.00000500", FormattableString.Invariant($"{(decimal)v1.Asks[0].Price} {(decimal)v1.Asks[0].Quantity}"));
        Assert.Equal("0.05120 0.00000500", FormattableString.Invariant($"{(decimal)v2.Asks[0].Price} {(decimal)v2.Asks[0].Quantity}"));
        Assert.Equal(v1.Time, v2.Time);
        var tooBig = """[0,{"a":[],"c":"4294967296"},"book-10","XBT/USD"]""";
        Assert.Equal(["out_of_range $[1].c"], Run("ws", tooBig).Faults());
    }

    [Fact]
    public void Assets_and_instruments_are_known_by_their_own_names()
    {
        var assets = Run("currencies", """{"error":[],"result":{"XXBT":{"aclass":"currency","altname":"XBT","decimals":10},"XXDG":{"altname":"XDG"},"ADA":{"altname":"ADA"},"ETH2.S":{"altname":"ETH2.S"},"XBT.M":{"altname":"XBT.M"},"USD.HOLD":{"altname":"USD.HOLD"}}}""");
        Assert.Equal(
            ["btc", "doge", "ada", "eth2.s", "btc.m", "usd.hold"], assets.Records.Cast<AssetListing>().Select(asset => asset.Symbol));
        var markets = Run("markets", """{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,"tick_size":"0.5","status":"cancel_only"},"XXBTZUSD.d":{"altname":"XBTUSD.d","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8}}}""");
        Assert.Equal(
            [
                """{"kind":"instrument","exchange":"kraken","pair":"btc-usd","status":"halted","price_step":"0.5","quantity_step":"0.00000001"}""",
                """{"kind":"instrument","exchange":"kraken","pair":"btc-usd.d","status":null,"price_step":"0.1","quantity_step":"0.00000001"}""",
            ],
            markets.Lines());
        var frame = Run("ws", """{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","price_increment":0.1,"qty_increment":0.00000001}]}}""");
        Assert.Equal("trading", ((Instrument)Assert.Single(frame.Records)).Status);
    }

    [Fact]
    public void A_reply_about_another_pair_is_refused()
    {
        var asked = new ReplyContext("eth-usd");
        Assert.Equal(["wrong_pair"], Run("trades", """{"error":[],"result":{"XXBTZUSD":[["1","2",1688669597.8,"b","m","",1]]}}""", asked).Faults());
        Assert.Equal(["wrong_pair"], Run("ws", """[0,[["1","1","1534614057.3","s","l",""]],"trade","XBT/USD"]""", asked).Faults());
        Assert.Equal(["wrong_pair"], Run("markets", """{"error":[],"result":{"XXBTZUSD":{"base":"XXBT","quote":"ZUSD","pair_decimals":1}}}""", asked).Faults());
    }

    [Fact]
    public void A_trades_time_has_the_digits_that_came_and_its_id_is_of_the_instant()
    {
        Trade Read(string time) => (Trade)Assert.Single(Run("ws", $$"""[0,[["1","2",{{time}},"s","l",""]],"trade","XBT/USD"]""").Records);
        var (full, bare) = (Read("\"1618678155.718950\""), Read("1618678155.71895"));
        Assert.Equal(
            ("2021-04-17T16:49:15.718950Z", "2021-04-17T16:49:15.71895Z", bare.TradeId),
            (full.Time.ToString(), bare.Time.ToString(), full.TradeId));
    }

    [Fact]
    public void A_candle_reply_without_candles_has_no_last_one_and_no_fault()
    {
        var read = Run("candles", """{"error":[],"result":{"XXBTZUSD":[],"last":0}}""", new ReplyContext(Interval: "1m"));
        Assert.Equal((0, 0), (read.Records.Count, read.Refusals.Count));
    }

    [Theory]
    [InlineData("ticker", """{"error":[],"result":{"XXBTZUSD":{"a":["0.0","0","0.000"],"b":["0.00000","0","0"],"c":["0.0","0"],"v":["0.0","0.00"],"l":["0","0"],"h":["0","0"]}}}""")]
    [InlineData("ws", """{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":0.0,"ask":0,"last":0.0,"volume":0.00,"low":0.0,"high":0.0}]}""")]
    public void A_market_without_trades_and_orders_has_no_prices(string dataset, string reply)
    {
        var ticker = (Ticker)Assert.Single(Run(dataset, reply).Records);
        Assert.Equal(new Ticker("kraken", "btc-usd", null, null, null, null, null, 0, null), ticker);
    }

    private static IEnumerable<string> Ids(Normalised normalised) => normalised.Records.Cast<Trade>().Select(trade => trade.TradeId);

    private static Normalised Run(string dataset, string reply, ReplyContext? context = null) =>
        Normalising.Run("kraken", dataset, reply, context);
}
