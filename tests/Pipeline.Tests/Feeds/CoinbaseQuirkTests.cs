using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Coinbase's endpoints may look like.</summary>
public sealed class CoinbaseQuirkTests : ISampleReplies
{
    public static IReadOnlyList<string> Samples { get; } =
    [
        """{"pricebook":{"product_id":"BTC-KRW","bids":[{"price":"1","size":"2"}],"asks":[{"price":"3","size":"4"}],"time":"2024-10-02T11:22:32.748151Z"}}""",
        """{"channel":"l2_data","timestamp":"2023-02-09T20:32:50.714964855Z","events":[{"type":"snapshot","product_id":"BTC-KRW","updates":[{"side":"bid","event_time":"1970-01-01T00:00:00Z","price_level":"2","new_quantity":"1"}]}]}""",
        """{"channel":"candles","timestamp":"2023-06-09T20:19:35.39625135Z","events":[{"type":"snapshot","candles":[{"start":"1688998200","high":"3","low":"1","open":"2","close":"2","volume":"0.2","product_id":"BTC-KRW"}]}]}""",
        """{"products":[{"product_id":"BTC-KRW","price":"140.21","base_increment":"0.1","quote_increment":"0.01","base_currency_id":"BTC","quote_currency_id":"KRW","status":"online"}],"num_products":1}""",
    ];

    private const string Good = """{"trade_id":7,"side":"sell","size":"0.5","price":"100.10","time":"2024-03-13T11:00:17.710679Z"}""";

    private static readonly ReplyContext BtcUsd = new(Pair: "btc-usd", Interval: "1m");

    [Theory]
    [InlineData("""{"time":"2024-03-13T11:00:17.710679Z","trade_id":"7","price":100.1,"size":"5e-1","side":"SELL"}""")]
    [InlineData("""{"trade_id":7,"product_id":"BTC-USD","side":"sell","size":"0.50000000","price":"100.10000000","time":"2024-03-13T11:00:17.710679Z","bid":"","ask":""}""")]
    [InlineData("""{"trade_id":7,"side":"sell","size":"0.5","price":"100.10","time":"2024-03-13 11:00:17.710679+00"}""", false)]
    public void A_trade_is_the_same_however_it_is_written(string trade, bool isRead = true)
    {
        var read = Run("trades", $"[{trade}]");
        Assert.Equal(isRead ? Run("trades", $"[{Good}]").Lines() : [], read.Lines());
        Assert.Equal(isRead ? [] : ["invalid_field $[0].time"], read.Faults());
    }

    [Theory]
    [InlineData("\"side\":\"buy\"", TakerSide.Sell)]
    [InlineData("\"side\":\"SELL\"", TakerSide.Buy)]
    [InlineData("\"side\":\"UNKNOWN_ORDER_SIDE\"", null)]
    [InlineData("\"side\":\"\"", null)]
    [InlineData("\"x\":1", null)]
    public void The_taker_is_who_did_not_make(string side, TakerSide? expected)
    {
        var trade = $$"""[{"trade_id":7,{{side}},"size":"0.5","price":"1","time":"2024-03-13T11:00:17Z"}]""";
        Assert.Equal(expected, ((Trade)Assert.Single(Run("trades", trade).Records)).TakerSide);
    }

    [Theory]
    [InlineData("""{"trade_id":7,"side":"long","size":"1","price":"1","time":"2024-03-13T11:00:17Z"}""", "invalid_field $[1].side")]
    [InlineData("""{"side":"buy","size":"1","price":"1","time":"2024-03-13T11:00:17Z"}""", "missing_field $[1].trade_id")]
    [InlineData("""{"trade_id":7,"side":"buy","size":"","price":"1","time":"2024-03-13T11:00:17Z"}""", "missing_field $[1].size")]
    [InlineData("""{"trade_id":7,"side":"buy","size":"0.00","price":"1","time":"2024-03-13T11:00:17Z"}""", "invalid_field $[1].size")]
    [InlineData("""{"trade_id":7,"side":"buy","size":"1","price":"1","time":1710327617}""", "invalid_field $[1].time")]
    [InlineData("""{"trade_id":7,"product_id":"ETH-USD","side":"buy","size":"1","price":"1","time":"2024-03-13T11:00:17Z"}""", "wrong_pair $[1].product_id")]
    [InlineData("""{"trade_id":7,"product_id":"BIT-28JUN26-CDE","side":"buy","size":"1","price":"1","time":"2024-03-13T11:00:17Z"}""", "invalid_field $[1].product_id")]
    public void A_broken_trade_is_one_refusal_with_its_path_and_the_others_are_taken(string broken, string fault)
    {
        var read = Run("trades", $"[{Good},{broken},{Good}]");
        Assert.Equal([fault], read.Faults());
        Assert.Equal(2, read.Records.Count);
    }

    [Fact]
    public void A_reply_that_names_no_product_needs_the_request_to()
    {
        foreach (var (dataset, reply) in new[]
        {
            ("trades", $"[{Good}]"), ("candles", "[]"), ("ticker", """{"price":"1"}"""), ("orderbook", """{"bids":[],"asks":[]}"""),
        })
        {
            Assert.Equal("pair", Normalising.Run("coinbase", dataset, reply).MissingContext);
        }

        Assert.Equal("interval", Normalising.Run("coinbase", "candles", "[]", new ReplyContext(Pair: "btc-usd")).MissingContext);
    }

    [Theory]
    [InlineData("""{"message":"NotFound"}""", "not_found")]
    [InlineData("""{"message":"Public rate limit exceeded"}""", "rate_limited")]
    [InlineData("""{"message":"Slow rate limit exceeded"}""", "rate_limited")]
    [InlineData("""{"message":"Unsupported granularity"}""", "bad_request")]
    [InlineData("""{"message":"granularity too small for the requested time range. Count of aggregations requested exceeds 300"}""", "bad_request")]
    [InlineData("""{"message":"Invalid API Key"}""", "unauthorized")]
    [InlineData("""{"message":"Forbidden"}""", "forbidden")]
    [InlineData("""{"message":"CB-ACCESS-KEY header is required"}""", "unauthorized")]
    [InlineData("""{"message":"request timestamp expired"}""", "unauthorized")]
    [InlineData("""{"message":"Invalid scope"}""", "forbidden")]
    [InlineData("""{"message":"Bad Gateway"}""", "provider_unavailable")]
    [InlineData("""{"message":"Internal server error"}""", "provider_unavailable")]
    [InlineData("""{"message":"something new"}""", "provider_error")]
    [InlineData("""{"error":"INVALID_ARGUMENT","error_details":"valid product_id is required","message":"valid product_id is required"}""", "bad_request")]
    [InlineData("""{"error":"NOT_FOUND","code":5,"message":"product not here","details":[]}""", "not_found")]
    [InlineData("""{"code":7,"message":"no","details":[]}""", "forbidden")]
    [InlineData("""{"errors":[{"id":"rate_limit_exceeded","message":"slow down"}]}""", "rate_limited")]
    [InlineData("""{"errors":[{"id":"not_found","message":"no such base"},{"id":"other","message":"?"}]}""", "not_found")]
    [InlineData("""{"errors":[{"id":"something_new","message":"?"}]}""", "provider_error")]
    [InlineData("""{"errors":[]}""", "unexpected_shape")]
    [InlineData("""{"errors":[{}]}""", "unexpected_shape")]
    [InlineData("""{"what":1}""", "unexpected_shape")]
    [InlineData("7", "unexpected_shape")]
    public void An_error_is_refused_by_its_meaning_in_every_dataset(string body, string code)
    {
        foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles", "markets", "currencies" })
        {
            Assert.Equal([code], Run(dataset, body).Faults());
        }
    }

    [Fact]
    public void A_books_sides_are_sorted_and_orders_at_one_price_added_up()
    {
        var book = """{"sequence":"5","asks":[["3","1","a"],["2","1","b"],["3","0.5","c"],["4","0.0","d"]],"bids":[["1","1",1],["1.5","2",1]],"time":"2021-04-17T16:43:37Z"}""";
        Assert.Equal(
            """{"kind":"order_book","exchange":"coinbase","pair":"btc-usd","sequence":5,"time":"2021-04-17T16:43:37Z","bids":[["1.5","2"],["1","1"]],"asks":[["2","1"],["3","1.5"]]}""",
            Assert.Single(Run("orderbook", book).Lines()));
        Assert.Equal(["unexpected_shape $.bids[0]"], Run("orderbook", """{"bids":[["1"]],"asks":[]}""").Faults());
        Assert.Equal(["invalid_field $.asks[0][1]"], Run("orderbook", """{"bids":[],"asks":[["1","x",1]]}""").Faults());
        var tooMuch = $$"""{"bids":[["1","7{{new string('0', 308)}}","a"],["1","7{{new string('0', 308)}}","b"]],"asks":[]}""";
        Assert.Equal(["out_of_range $.bids"], Run("orderbook", tooMuch).Faults());
    }

    [Theory]
    [InlineData("""{"type":"subscriptions","channels":[]}""")]
    [InlineData("""{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}""")]
    [InlineData("""{"type":"open","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","sequence":10,"order_id":"d","price":"1","remaining_size":"1.00","side":"sell"}""")]
    [InlineData("""{"channel":"heartbeats","timestamp":"2024-10-04T07:04:40.825062088Z","events":[{"current_time":"2024-10-04 07:04:40.820713045 +0000 UTC m=+66987.628148662","heartbeat_counter":"66987"}]}""")]
    public void Frames_without_a_market_in_them_give_no_record(string frame)
    {
        var read = Run("ws", frame);
        Assert.Empty(read.Records);
        Assert.Empty(read.Refusals);
    }

    [Theory]
    [InlineData("""{"type":"error","message":"Failed to subscribe","reason":"BTC-FOO is not a valid product"}""", "not_found")]
    [InlineData("""{"type":"error","message":"Failed to subscribe","reason":"level2 requires authentication"}""", "unauthorized")]
    [InlineData("""{"type":"news"}""", "unexpected_shape $.type")]
    [InlineData("""{"channel":"news","events":[]}""", "unexpected_shape $.channel")]
    [InlineData("""{"channel":"candles","events":[{"candles":[{"product_id":"BTC-USD"}]}]}""", "missing_field $.events[0].candles[0].start")]
    [InlineData("""{"channel":"l2_data","events":[{"type":"update","product_id":"BTC-USD","updates":[{"side":"up","price_level":"1","new_quantity":"1"}]}]}""", "invalid_field $.events[0].updates[0].side")]
    [InlineData("""{"channel":"l2_data","events":[{"type":"update","product_id":"BTC-USD"}]}""", "unexpected_shape $.events[0].updates")]
    [InlineData("""{"channel":"ticker","events":[{"tickers":7}]}""", "unexpected_shape $.events[0].tickers")]
    [InlineData("""{"type":"l2update","product_id":"BTC-USD","changes":[["up","1","1"]]}""", "invalid_field $.changes[0][0]")]
    [InlineData("""{"type":"snapshot","product_id":"BTC-USD","bids":[]}""", "unexpected_shape $.asks")]
    public void A_frame_that_is_refused_says_why(string frame, string fault) => Assert.Equal([fault], Run("ws", frame).Faults());

    [Fact]
    public void Of_a_price_that_changes_twice_in_a_frame_the_last_counts()
    {
        var frame = """{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1.0","2"],["buy","1.00","0.000"],["sell","2","1"]],"time":"2021-04-17T16:43:37.083117Z"}""";
        var delta = (OrderBookDelta)Assert.Single(Run("ws", frame).Records);
        Assert.Equal([new BookLevel(1m, 0m)], delta.Bids);
        Assert.Equal([new BookLevel(2m, 1m)], delta.Asks);
    }

    [Theory]
    [InlineData("\"status\":\"online\"", "trading")]
    [InlineData("\"status\":\"online\",\"cancel_only\":true", "halted")]
    [InlineData("\"status\":\"online\",\"trading_disabled\":true", "halted")]
    [InlineData("\"status\":\"delisted\"", "halted")]
    [InlineData("\"x\":1", null)]
    public void A_product_trades_where_orders_are_matched(string fields, string? expected)
    {
        var product = $$"""{"id":"00-USD","base_currency":"00","quote_currency":"USD","quote_increment":"0.0001",{{fields}}}""";
        var instrument = (Instrument)Assert.Single(Normalising.Run("coinbase", "markets", product).Records);
        Assert.Equal(("00-usd", expected), (instrument.Pair, instrument.Status));
        Assert.Equal(["wrong_pair"], Run("markets", $"[{product}]").Faults());
    }

    [Theory]
    [InlineData("""{"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}""")]
    [InlineData("""{"iso":"2024-06-14T12:11:00Z","epochSeconds":"1718367060","epochMillis":"1718367060000"}""")]
    public void The_servers_time_is_no_record_and_no_fault_in_any_dataset(string time)
    {
        foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles", "markets", "currencies", "ws" })
        {
            var read = Run(dataset, time);
            Assert.Equal((0, 0), (read.Records.Count, read.Refusals.Count));
        }
    }

    [Fact]
    public void Advanced_Trades_book_has_its_levels_as_objects()
    {
        const string Book = """{"pricebook":{"product_id":"BTC-USD","bids":[{"price":"99","size":"1"},{"price":"100","size":"2"},{"price":"98","size":"0"}],"asks":[{"price":"101","size":"0.5"}],"time":"2024-10-02T11:22:32.748151Z"},"last":"100"}""";
        Assert.Equal(
            ["""{"kind":"order_book","exchange":"coinbase","pair":"btc-usd","sequence":null,"time":"2024-10-02T11:22:32.748151Z","bids":[["100","2"],["99","1"]],"asks":[["101","0.5"]]}"""],
            Run("orderbook", Book).Lines());
        Assert.Equal(
            ["invalid_field $.pricebook.asks[0].size"], Run("orderbook", Book.Replace("0.5", "x", StringComparison.Ordinal)).Faults());
        Assert.Equal(
            ["wrong_pair $.pricebook.product_id"],
            Normalising.Run("coinbase", "orderbook", Book, new ReplyContext(Pair: "eth-usd")).Faults());
    }

    [Fact]
    public void Advanced_Trades_products_stand_below_a_key_and_have_a_step_of_the_price()
    {
        const string List = """{"products":[{"product_id":"BTC-USD","price":"140.21","volume_24h":"7","base_increment":"0.00000001","quote_increment":"0.00001","price_increment":"0.01","status":"online","is_disabled":false,"trading_disabled":false,"base_currency_id":"BTC","quote_currency_id":"USD"},{"product_id":"BIT-28JUN26-CDE","base_currency_id":"","quote_currency_id":"USD"}],"num_products":2}""";
        var read = Run("markets", List);
        Assert.Equal(
            ["""{"kind":"instrument","exchange":"coinbase","pair":"btc-usd","status":"trading","price_step":"0.01","quantity_step":"0.00000001"}"""],
            read.Lines());
        Assert.Equal(["missing_field $.products[1].base_currency_id"], read.Faults());
    }

    [Fact]
    public void Changes_candles_and_products_of_Advanced_Trades_socket_are_read()
    {
        string Frame(string channel, string happened) => $$"""{"channel":"{{channel}}","timestamp":"2023-02-09T20:32:50.714964855Z","sequence_num":0,"events":[{{happened}}]}""";
        const string Levels = """{"type":"TYPE","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"1970-01-01T00:00:00Z","price_level":"99","new_quantity":"1"},{"side":"bid","price_level":"100","new_quantity":"2"},{"side":"offer","price_level":"101","new_quantity":"0"}]}""";
        Assert.Equal(
            ["""{"kind":"order_book","exchange":"coinbase","pair":"btc-usd","sequence":null,"time":"2023-02-09T20:32:50.714964855Z","bids":[["100","2"],["99","1"]],"asks":[]}"""],
            Run("ws", Frame("l2_data", Levels.Replace("TYPE", "snapshot", StringComparison.Ordinal))).Lines());
        Assert.Equal(
            ["""{"kind":"order_book_delta","exchange":"coinbase","pair":"btc-usd","first_sequence":null,"sequence":null,"time":"2023-02-09T20:32:50.714964855Z","bids":[["100","2"],["99","1"]],"asks":[["101","0"]]}"""],
            Run("ws", Frame("l2_data", Levels.Replace("TYPE", "update", StringComparison.Ordinal))).Lines());
        Assert.Equal(
            ["""{"kind":"candle","exchange":"coinbase","pair":"btc-usd","interval":"5m","open_time":"2023-07-10T14:10:00Z","open":"2","high":"3","low":"1","close":"2.5","volume":"0.2","final":null}"""],
            Run("ws", Frame("candles", """{"type":"snapshot","candles":[{"start":"1688998200","high":"3","low":"1","open":"2","close":"2.5","volume":"0.2","product_id":"BTC-USD"}]}""")).Lines());
        Assert.Equal(
            ["""{"kind":"instrument","exchange":"coinbase","pair":"btc-usd","status":"trading","price_step":"0.01","quantity_step":"0.1"}"""],
            Run("ws", Frame("status", """{"type":"snapshot","products":[{"product_type":"SPOT","id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","base_increment":"0.1","quote_increment":"0.01","status":"online"}]}""")).Lines());
    }

    [Fact]
    public void A_price_of_zero_is_none()
    {
        var untraded = (Ticker)Assert.Single(Run("ticker", """{"price":null,"size":null,"bid":"1.5","ask":"2","volume":"0"}""").Records);
        Assert.Equal((null, 1.5m, 2m), (untraded.Last, untraded.Bid, untraded.Ask));
        var stats = (Ticker)Assert.Single(Run("ticker", """{"open":"0","high":"0.00","low":"0","last":"0","volume":"0"}""").Records);
        Assert.Equal(new Ticker("coinbase", "btc-usd", null, null, null, null, null, 0, null), stats);
        var frame = (Ticker)Assert.Single(Run("ws", """{"type":"ticker","product_id":"BTC-USD","price":"1","best_bid":"0","best_ask":"0.00","volume_24h":"0"}""").Records);
        Assert.Equal((1m, null, null), (frame.Last, frame.Bid, frame.Ask));
    }

    [Theory]
    [InlineData("""{"product_id":"BIT-28JUN26-CDE","product_type":"FUTURE","base_currency_id":"","quote_currency_id":"USD"}""")]
    [InlineData("""{"product_id":"BTC-PERP-INTX","product_type":"FUTURE","base_currency_id":"BTC","quote_currency_id":"USDC"}""")]
    public void A_future_is_not_the_pair_of_its_legs(string product)
    {
        const string Spot = """{"product_id":"BTC-USD","product_type":"SPOT","base_currency_id":"BTC","quote_currency_id":"USD"}""";
        var list = Run("markets", $$"""{"products":[{{product}},{{Spot}}]}""");
        Assert.Equal(["invalid_field $.products[0].product_type"], list.Faults());
        Assert.Equal("btc-usd", ((Instrument)Assert.Single(list.Records)).Pair);
        Assert.Equal(["invalid_field $.product_type"], Run("markets", product).Faults());
    }

    [Fact]
    public void A_match_on_a_request_for_a_quote_is_a_trade_whose_side_is_the_makers()
    {
        var trade = (Trade)Assert.Single(Run("ws", """{"type":"rfq_match","trade_id":30,"time":"2024-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.2","price":"400.23","side":"sell"}""").Records);
        Assert.Equal(("30", "btc-usd", TakerSide.Buy), (trade.TradeId, trade.Pair, trade.TakerSide));
    }

    private static Normalised Run(string dataset, string payload) => Normalising.Run("coinbase", dataset, payload, BtcUsd);
}
