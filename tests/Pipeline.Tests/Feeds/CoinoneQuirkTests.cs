using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Coinone's endpoints may look like.</summary>
public sealed class CoinoneQuirkTests
{
    private const string Good = """{"id":"1790134177835001","timestamp":1790134177835,"price":"116460000","qty":"0.5","is_seller_maker":true}""";

    [Theory]
    [InlineData("""{"id":1790134177835001,"timestamp":"1790134177835","price":1.1646E8,"qty":0.50,"is_seller_maker":"true"}""")]
    [InlineData("""{"is_seller_maker":true,"qty":"5e-1","price":"116460000.000","timestamp":1790134177835.0,"id":"1790134177835001","x":{"price":[1]}}""")]
    [InlineData("""{"\u0069d":"17901341778\u003350\u00301","timestamp":1790134177835,"pric\u0065":"11646000\u0030","qty":"0.5","is_seller_maker":true}""")]
    [InlineData("""{"id":"x","id":"1790134177835001","timestamp":0,"timestamp":1790134177835,"price":"bad","price":"116460000","qty":"0.5","is_seller_maker":true}""")]
    public void A_fill_is_the_same_however_its_values_are_written(string fill)
    {
        var expected = Trades(Reply(Good)).Lines();
        Assert.Single(expected);
        Assert.Equal(expected, Trades(Reply(fill)).Lines());
    }

    [Theory]
    [InlineData("""{"transactions":[{0}],"target_currency":"BTC","quote_currency":"KRW","error_code":"0","result":"success"}""")]
    [InlineData("""{"result":"success","error_code":0,"quote_currency":"KRW","target_currency":"btc","transactions":[{0}],"server_time":1}""")]
    [InlineData("\uFEFF{\"result\":\"success\",\"quote_currency\":\"krw\",\"target_currency\":\"Btc\",\"transactions\":[{0}]}")]
    [InlineData("""{"result":"success","quote_currency":"KRW","target_currency":"ETH","transactions":[{0},{0}],"target_currency":"BTC","transactions":[{0}]}""")]
    public void A_reply_is_the_same_in_any_order_of_its_keys(string form)
    {
        var normalised = Trades(form.Replace("{0}", Good, StringComparison.Ordinal));
        Assert.Empty(normalised.Refusals);
        Assert.Equal(["btc-krw"], normalised.Records.Cast<Trade>().Select(trade => trade.Pair));
    }

    [Theory]
    [InlineData("\"is_seller_maker\":false", TakerSide.Sell)]
    [InlineData("\"is_seller_maker\":true", TakerSide.Buy)]
    [InlineData("\"is_seller_maker\":null", null)]
    [InlineData("\"is_seller_maker\":\"\"", null)]
    [InlineData("\"other\":1", null)]
    public void The_taker_is_who_did_not_rest_in_the_book(string field, TakerSide? expected)
    {
        var reply = Reply($$"""{"id":"1","timestamp":1790134177835,"price":"1","qty":"1",{{field}}}""");
        Assert.Equal(expected, ((Trade)Assert.Single(Trades(reply).Records)).TakerSide);
    }

    [Theory]
    [InlineData("""{"timestamp":1790134177835,"price":"1","qty":"1"}""", "missing_field $.transactions[1].id")]
    [InlineData("""{"id":"","timestamp":1790134177835,"price":"1","qty":"1"}""", "missing_field $.transactions[1].id")]
    [InlineData("""{"id":1.5,"timestamp":1790134177835,"price":"1","qty":"1"}""", "invalid_field $.transactions[1].id")]
    [InlineData("""{"id":"a\u0000b","timestamp":1790134177835,"price":"1","qty":"1"}""", "invalid_field $.transactions[1].id")]
    [InlineData("""{"id":"\ud800","timestamp":1790134177835,"price":"1","qty":"1"}""", "invalid_field $.transactions[1].id")]
    [InlineData("""{"id":"1","timestamp":0,"price":"1","qty":"1"}""", "out_of_range $.transactions[1].timestamp")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"abc","qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"NaN","qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"1,000","qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":null,"qty":"1"}""", "missing_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"0","qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"1","qty":"-1"}""", "invalid_field $.transactions[1].qty")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"1","qty":1e400}""", "out_of_range $.transactions[1].qty")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":{"a":[1]},"qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":true,"qty":"1"}""", "invalid_field $.transactions[1].price")]
    [InlineData("""{"id":"1","timestamp":1790134177835,"price":"1","qty":"1","is_seller_maker":2}""", "invalid_field $.transactions[1].is_seller_maker")]
    [InlineData("7", "unexpected_shape $.transactions[1]")]
    [InlineData("[1,2]", "unexpected_shape $.transactions[1]")]
    [InlineData("null", "unexpected_shape $.transactions[1]")]
    public void A_broken_fill_is_one_refusal_with_its_path_and_the_others_are_taken(string broken, string expected)
    {
        var normalised = Trades(Reply($"{Good},{broken},{Good}"));
        Assert.Equal([expected], normalised.Faults());
        Assert.Equal(2, normalised.Records.Count);
    }

    [Fact]
    public void An_id_of_128_characters_is_taken_and_a_longer_one_refused()
    {
        string Fill(int length) => $$"""{"id":"{{new string('7', length)}}","timestamp":1790134177835,"price":"1","qty":"1"}""";
        var normalised = Trades(Reply($"{Fill(128)},{Fill(129)}"));
        Assert.Equal(["invalid_field $.transactions[1].id"], normalised.Faults());
        Assert.Single(normalised.Records);
    }

    [Fact]
    public void A_number_longer_than_a_decimal_is_rounded_and_counted()
    {
        var normalised = Trades(Reply(Good.Replace("116460000", "1." + new string('3', 5000), StringComparison.Ordinal)));
        Assert.Equal(1, normalised.Rounded);
        Assert.Equal(1.333333333333333333333333333m, ((Trade)Assert.Single(normalised.Records)).Price);
    }

    [Theory]
    [InlineData("""{"result":"error","error_code":"108","error_msg":"x","transactions":[{0}]}""", "not_found", "108")]
    [InlineData("""{"result":"success","quote_currency":"KRW","target_currency":"BTC","transactions":[{0}],"error_code":4}""", "rate_limited", "4")]
    [InlineData("""{"errorCode":"107","errorMsg":"Parameter error","result":"error"}""", "bad_request", "107")]
    [InlineData("""{"result":"error","error_code":"12"}""", "unauthorized", "12")]
    [InlineData("""{"result":"error","error_code":"109","error_msg":"Unknown cryptocurrency pair"}""", "not_found", "109")]
    [InlineData("""{"result":"error","error_code":"317"}""", "bad_request", "317")]
    [InlineData("""{"result":"error","error_code":"40"}""", "forbidden", "40")]
    [InlineData("""{"result":"error","error_code":405}""", "provider_unavailable", "405")]
    [InlineData("""{"result":"error","error_code":"31337"}""", "provider_error", "31337")]
    [InlineData("""{"result":"error"}""", "provider_error", null)]
    public void An_error_of_the_provider_is_typed_wherever_it_stands_and_leaves_no_record(string form, string code, string? providerCode)
    {
        var normalised = Trades(form.Replace("{0}", Good, StringComparison.Ordinal));
        Assert.Equal([code], normalised.Faults());
        Assert.Equal(providerCode, normalised.Refusals[0].ProviderCode);
        Assert.Empty(normalised.Records);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"result":"success","transactions":{}}""")]
    [InlineData("""{"result":"success","error_code":"0","markets":[]}""")]
    public void What_is_not_the_endpoints_reply_is_an_unexpected_shape(string reply)
    {
        var normalised = Trades(reply);
        Assert.Equal(["unexpected_shape"], normalised.Faults());
        Assert.Null(normalised.MissingContext);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{\"result\":\"success\",\"quote_currency\":\"KRW\",\"target_currency\":\"BTC\",\"transactions\":[{0}")]
    [InlineData("{\"result\":\"success\",\"quote_currency\":\"KRW\",\"target_currency\":\"BTC\",\"transactions\":[{0}]}x")]
    [InlineData("{\"result\":\"success\",\"quote_currency\":\"KRW\",\"target_currency\":\"BTC\",\"transactions\":[{0},{\"id\":NaN}]}")]
    public void A_malformed_document_is_one_refusal_and_no_record(string form)
    {
        var normalised = Trades(form.Replace("{0}", Good, StringComparison.Ordinal));
        Assert.Equal(["malformed_json"], normalised.Faults());
        Assert.Empty(normalised.Records);
    }

    [Fact]
    public void A_reply_that_is_not_UTF8_or_nests_past_64_is_malformed()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Reply(Good));
        bytes[^20] = 0xFF;
        Assert.Equal(["malformed_json"], Normalising.Run("coinone", "trades", bytes).Faults());
        var deep = Reply(Good)[..^1] + ",\"x\":" + new string('[', 100) + new string(']', 100) + "}";
        Assert.Equal(["malformed_json"], Trades(deep).Faults());
    }

    [Fact]
    public void Another_pair_than_the_one_asked_for_refuses_the_whole_reply()
    {
        var normalised = Trades(Reply(Good), "eth-krw");
        Assert.Equal(["wrong_pair"], normalised.Faults());
        Assert.Empty(normalised.Records);
        Assert.Equal(["wrong_pair"],
            Normalising.Run("coinone", "ws", Frame("TRADE", Good.Insert(1, Names)), new ReplyContext(Pair: "btc-usdt")).Faults());
    }

    [Fact]
    public void A_legacy_reply_without_its_currency_needs_the_pair()
    {
        const string Legacy = """{"errorCode":"0","result":"success","completeOrders":[{"timestamp":"1521033485","price":"727600","qty":"4.2066"}]}""";
        var missing = Trades(Legacy);
        Assert.Equal(("pair", 0, 0), (missing.MissingContext, missing.Records.Count, missing.Refusals.Count));
        Assert.Equal("2018-03-14T13:18:05Z", ((Trade)Assert.Single(Trades(Legacy, "eth-krw").Records)).Time.ToString());
    }

    [Fact]
    public void A_list_among_a_legacy_replys_currencies_ends_it_not()
    {
        const string All = """{"result":"success","errorCode":"0","timestamp":"1507003474","btc":{"last":"1"},"notices":[{"last":"7"},[8]],"eth":{"last":"2"}}""";
        var read = Normalising.Run("coinone", "ticker", All);
        Assert.Equal(["btc-krw", "eth-krw"], read.Records.Cast<Ticker>().Select(ticker => ticker.Pair));
        Assert.Empty(read.Refusals);
    }

    [Theory]
    [InlineData("""{"result":"success","errorCode":"0","timestamp":"1507003474","last":"1","volume":"2"}""", "pair", "")]
    [InlineData("""{"result":"success","errorCode":"0","timestamp":"1507003474","last":"1","currency":null}""", "pair", "")]
    [InlineData("""{"result":"success","errorCode":"0","timestamp":"1507003474"}""", null, "unexpected_shape")]
    [InlineData("""{"result":"success","errorCode":"0","timestamp":"1507003474","notices":[]}""", null, "unexpected_shape")]
    public void A_legacy_ticker_without_its_currency_is_not_an_empty_result(string reply, string? missing, string fault)
    {
        var read = Normalising.Run("coinone", "ticker", reply);
        Assert.Equal((missing, fault, 0), (read.MissingContext, string.Join(',', read.Faults()), read.Records.Count));
        if (missing is not null)
        {
            var given = Normalising.Run("coinone", "ticker", reply, new ReplyContext(Pair: "btc-krw"));
            Assert.Equal(("btc-krw", 1m), Assert.Single(given.Records) is Ticker ticker ? (ticker.Pair, ticker.Last) : default);
        }
    }

    [Theory]
    [InlineData("true")]
    [InlineData("7")]
    public void A_currency_is_a_text(string currency)
    {
        var read = Trades(Reply(Good).Replace("\"BTC\"", currency, StringComparison.Ordinal));
        Assert.Equal(["invalid_field $.target_currency"], read.Faults());
        Assert.Empty(read.Records);
    }

    [Fact]
    public void Equal_legacy_trades_get_ids_by_their_place_and_a_replay_the_same()
    {
        const string Fill = """{"timestamp":"1521033485","price":"727600","qty":"4.2066"}""";
        const string Same = """{"qty":4.20660,"price":727600.0,"timestamp":1521033485}""";
        string[] Ids(params string[] fills) => [.. Trades($$"""{"errorCode":"0","completeOrders":[{{string.Join(',', fills)}}]}""", "eth-krw").Records.Cast<Trade>().Select(t => t.TradeId)];
        var two = Ids(Fill, Same);
        Assert.Equal(2, two.Distinct().Count());
        Assert.Equal(two, Ids(Same, Fill));
        Assert.Equal(two[..1], Ids(Same));
        Assert.NotEqual(two[0], Assert.Single(Ids(Fill.Replace("4.2066", "4.2067", StringComparison.Ordinal))));
    }

    [Fact]
    public void No_trades_are_no_records_and_no_fault()
    {
        var normalised = Trades(Reply(""));
        Assert.Empty(normalised.Records);
        Assert.Empty(normalised.Refusals);
    }

    [Fact]
    public void Past_ten_thousand_broken_fills_the_reply_is_refused_whole()
    {
        var normalised = Trades(Reply(Good + string.Concat(Enumerable.Repeat(",0", 20_000))));
        Assert.Equal(["unexpected_shape"], normalised.Faults());
        Assert.Empty(normalised.Records);
    }

    [Fact]
    public void A_book_is_sorted_best_first_and_has_no_empty_levels()
    {
        var reply = $$"""{"result":"success",{{Names}}"id":1790134177435001,"timestamp":"1790134167554","asks":[{"price":"12","qty":"1"},{"price":"11","qty":"0"},{"price":"10","qty":"0.0"},{"price":10.5,"qty":2}],"bids":[{"price":"8","qty":"1"},{"price":"9","qty":"1"}]}""";
        Assert.Equal(
            ["""{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1790134177435001,"time":"2026-09-23T03:29:27.554Z","bids":[["9","1"],["8","1"]],"asks":[["10.5","2"],["12","1"]]}"""],
            Normalising.Run("coinone", "orderbook", reply).Lines());
    }

    [Theory]
    [InlineData("\"asks\":[{\"price\":\"x\",\"qty\":\"1\"}],\"bids\":[]", "invalid_field $.asks[0].price")]
    [InlineData("\"asks\":[],\"bids\":[{\"price\":\"1\",\"qty\":\"1\"},7]", "unexpected_shape $.bids[1]")]
    [InlineData("\"asks\":[],\"bids\":[{\"price\":\"1\",\"qty\":\"-1\"}]", "invalid_field $.bids[0].qty")]
    [InlineData("\"id\":1.5,\"asks\":[],\"bids\":[]", "invalid_field $.id")]
    [InlineData("\"asks\":[]", "unexpected_shape")]
    public void A_book_with_a_hole_is_refused(string sides, string expected)
    {
        var normalised = Normalising.Run("coinone", "orderbook", $$"""{"result":"success",{{Names}}{{sides}}}""");
        Assert.Equal([expected], normalised.Faults());
        Assert.Empty(normalised.Records);
    }

    [Fact]
    public void The_short_form_of_a_book_is_the_same_book()
    {
        var book = Normalising.Run("coinone", "ws", """{"r":"DATA","c":"ORDERBOOK","d":{"qc":"KRW","tc":"BTC","t":1790134167554,"i":"7","a":[{"p":"11","q":"1"},{"p":"10","q":"1"}],"b":[{"p":"9","q":"2"}]}}""");
        Assert.Equal(["""{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":7,"time":"2026-09-23T03:29:27.554Z","bids":[["9","2"]],"asks":[["10","1"],["11","1"]]}"""], book.Lines());
    }

    [Theory]
    [InlineData("""{"response_type":"ERROR","error_code":"4","message":"Blocked"}""", "rate_limited")]
    [InlineData("""{"response_type":"NOTICE"}""", "unexpected_shape")]
    [InlineData("""{"response_type":"DATA","channel":"TRADE"}""", "unexpected_shape $.data")]
    [InlineData("""{"response_type":"DATA","channel":"CANDLE","data":{}}""", "unexpected_shape $.channel")]
    [InlineData("""{"r":"DATA","c":"TRADE","d":{"qc":"KRW","tc":"XRP","i":"1","t":1693560563084,"p":"x","q":"1"}}""", "invalid_field $.data.p")]
    [InlineData("[]", "unexpected_shape")]
    public void A_frame_that_is_no_data_is_refused_by_its_meaning(string frame, string expected)
    {
        Assert.Equal([expected], Normalising.Run("coinone", "ws", frame).Faults());
    }

    [Theory]
    [InlineData("0", "1", "trading")]
    [InlineData("\"0\"", "\"1\"", "trading")]
    [InlineData("1", "1", "maintenance")]
    [InlineData("0", "0", "halted")]
    [InlineData("0", "2", "halted")]
    [InlineData("0", "null", null)]
    public void A_markets_status_comes_from_both_its_fields(string maintenance, string trade, string? expected)
    {
        var reply = $$"""{"result":"success","markets":[{"quote_currency":"KRW","target_currency":"BTC","price_unit":"","maintenance_status":{{maintenance}},"trade_status":{{trade}}}]}""";
        Assert.Equal(new Instrument("coinone", "btc-krw", expected, null, null),
            Assert.Single(Normalising.Run("coinone", "markets", reply).Records));
    }

    [Fact]
    public void A_list_of_tickers_agrees_with_an_asked_pair_that_it_holds()
    {
        const string Reply = """{"result":"success","tickers":[{"quote_currency":"KRW","target_currency":"BTC","last":"1","best_asks":[],"best_bids":null},{"quote_currency":"krw","target_currency":"eth","last":""}]}""";
        var all = Normalising.Run("coinone", "ticker", Reply, new ReplyContext(Pair: "eth-krw"));
        Assert.Equal(
            [("btc-krw", (decimal?)1m, null), ("eth-krw", null, null)], all.Records.Cast<Ticker>().Select(t => (t.Pair, t.Last, t.Ask)));
        Assert.Equal(["wrong_pair"], Normalising.Run("coinone", "ticker", Reply, new ReplyContext(Pair: "xrp-krw")).Faults());
    }

    [Fact]
    public void Candles_need_a_pair_and_an_interval_and_stay_newest_first()
    {
        const string Reply = """{"result":"success","chart":[{"timestamp":1582253100000,"open":2,"high":"3","low":"1","close":"2"},{"timestamp":1582252200000,"open":"2","high":"3","low":"1","close":"2","target_volume":"0.0"}]}""";
        Assert.Equal("pair", Normalising.Run("coinone", "candles", Reply).MissingContext);
        Assert.Equal("interval", Normalising.Run("coinone", "candles", Reply, new ReplyContext(Pair: "btc-krw")).MissingContext);
        var candles = Normalising.Run(
            "coinone", "candles", Reply, new ReplyContext(Pair: "btc-krw", Interval: "15m")).Records.Cast<Candle>();
        Assert.Equal([(1582253100000, (decimal?)null), (1582252200000, 0m)], candles.Select(c => (c.OpenTime.UnixMilliseconds, c.Volume)));
    }

    [Fact]
    public void A_legacy_trade_keeps_the_id_that_it_came_with()
    {
        const string Legacy = """{"errorCode":"0","result":"success","completeOrders":[{"timestamp":"1521033485","price":"727600","qty":"4.2066","is_ask":"1","id":"1521033485001"},{"timestamp":"1521033485","price":"727600","qty":"4.2066"}]}""";
        var ids = Trades(Legacy, "eth-krw").Records.Cast<Trade>().Select(trade => trade.TradeId).ToList();
        Assert.Equal((2, "1521033485001", 32), (ids.Count, ids[0], ids[1].Length));
    }

    [Fact]
    public void A_market_without_trades_has_no_prices_and_what_is_no_ticker_is_refused()
    {
        const string Reply = """{"result":"success","tickers":[{"quote_currency":"KRW","target_currency":"BTC","timestamp":1499341142000,"last":"0.0","high":"0.0","low":"0","target_volume":"0.0","best_asks":[{"price":"0","qty":"0"}],"best_bids":[]},{"quote_currency":"KRW","target_currency":"ETH","price_unit":"1"}]}""";
        var read = Normalising.Run("coinone", "ticker", Reply);
        Assert.Equal(["unexpected_shape $.tickers[1].last"], read.Faults());
        var ticker = (Ticker)Assert.Single(read.Records);
        Assert.Equal((null, null, null, null, (decimal?)0), (ticker.Last, ticker.High, ticker.Low, ticker.Ask, ticker.Volume));
        const string All = """{"btc":{"last":"478500","currency":"btc"},"meta":{"page":1},"errorCode":"0","result":"success","timestamp":"1507003474"}""";
        Assert.Equal(["unexpected_shape $.meta.last"], Normalising.Run("coinone", "ticker", All).Faults());
    }

    [Theory]
    [InlineData("""{"response_type":"DATA","channel":"CHART","data":{"quote_currency":"KRW","target_currency":"XRP","interval":"15m","timestamp":1693560360010,"id":"1693560360010001","candle_timestamp":1693559700000,"high":"4","low":"1","first":"2","last":"3.50","quote_volume":"9","target_volume":"8"}}""")]
    [InlineData("""{"r":"DATA","c":"CHART","d":{"qc":"KRW","tc":"XRP","iv":"15m","t":1693560378928,"i":"1","ct":"1693559700000","fi":"2","lo":"1","hi":"4","la":"3.5","qv":"9","tv":"8"}}""")]
    public void A_candle_of_the_socket_begins_at_its_own_time_and_does_not_know_its_volume(string frame) => Assert.Equal(
        ["""{"kind":"candle","exchange":"coinone","pair":"xrp-krw","interval":"15m","open_time":"2023-09-01T09:15:00.000Z","open":"2","high":"4","low":"1","close":"3.5","volume":null,"final":null}"""],
        Normalising.Run("coinone", "ws", frame).Lines());

    [Fact]
    public void A_candle_of_the_socket_without_its_time_is_refused() => Assert.Equal(
        ["missing_field $.data.candle_timestamp"],
        Normalising.Run("coinone", "ws", Frame("CHART", $$"""{{{Names}}"interval":"1m","timestamp":1693560360010,"high":"4","low":"1","first":"2","last":"3"}""")).Faults());

    private const string Names = "\"quote_currency\":\"KRW\",\"target_currency\":\"BTC\",";

    private static string Reply(string fills) => $$"""{"result":"success","error_code":"0",{{Names}}"transactions":[{{fills}}]}""";

    private static string Frame(string channel, string data) => $$"""{"response_type":"DATA","channel":"{{channel}}","data":{{data}}}""";

    private static Normalised Trades(string reply, string? pair = null) =>
        Normalising.Run("coinone", "trades", reply, new ReplyContext(Pair: pair));
}
