using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of the Quotation API may look like, which Upbit and Bithumb serve alike.</summary>
public sealed class QuotationQuirkTests
{
    private const string Good = """{"market":"KRW-BTC","trade_date_utc":"2024-03-13","trade_time_utc":"10:59:31","timestamp":1710327571922,"trade_price":116460000,"trade_volume":0.5,"prev_closing_price":1,"change_price":-1,"ask_bid":"BID","sequential_id":17103275719220001}""";

    public static readonly TheoryData<string> Exchanges = ["upbit", "bithumb"];

    [Theory]
    [InlineData("""{"market":"KRW-BTC","timestamp":"1710327571922","trade_price":"1.1646E8","trade_volume":5.0E-1,"ask_bid":"bid","sequential_id":"17103275719220001"}""")]
    [InlineData("""{"sequential_id":17103275719220001,"ask_bid":"BID","trade_volume":"0.50000000","trade_price":116460000.00000000,"timestamp":1710327571922.0,"market":"krw-btc","x":[{"market":1}]}""")]
    [InlineData("""{"m\u0061rket":"KRW\u002dBTC","timestamp":1710327571922,"trade_price":116460000,"trade_volume":0.5,"ask_bid":"B\u0049D","sequential_id":17103275719220001}""")]
    [InlineData("""{"timestamp":1710327571922,"trade_price":116460000,"trade_volume":0.5,"ask_bid":"BID","sequential_id":17103275719220001}""")]
    public void A_trade_is_the_same_however_its_values_are_written(string trade)
    {
        foreach (var exchange in new[] { "upbit", "bithumb" })
        {
            var expected = Run(exchange, "trades", $"[{Good}]").Lines();
            Assert.Single(expected);
            Assert.Equal(expected, Run(exchange, "trades", $"[{trade}]", "btc-krw").Lines());
        }
    }

    [Theory]
    [InlineData("\"ask_bid\":\"ASK\"", TakerSide.Sell)]
    [InlineData("\"ask_bid\":\"BID\"", TakerSide.Buy)]
    [InlineData("\"ask_bid\":null", null)]
    [InlineData("\"ask_bid\":\"\"", null)]
    [InlineData("\"other\":1", null)]
    public void ASK_says_that_the_taker_sold(string field, TakerSide? expected)
    {
        var reply = $$"""[{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":1,"trade_volume":1,{{field}}}]""";
        Assert.Equal(expected, ((Trade)Assert.Single(Run("upbit", "trades", reply).Records)).TakerSide);
    }

    [Theory]
    [InlineData("""{"market":"KRW-BTC","timestamp":null,"trade_price":1,"trade_volume":1}""", "missing_field $[1].timestamp")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571,"trade_price":1,"trade_volume":1}""", "out_of_range $[1].timestamp")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":0,"trade_volume":1}""", "invalid_field $[1].trade_price")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":1,"trade_volume":"0E-8"}""", "invalid_field $[1].trade_volume")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":"1,000","trade_volume":1}""", "invalid_field $[1].trade_price")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":1,"trade_volume":1,"ask_bid":"SELL"}""", "invalid_field $[1].ask_bid")]
    [InlineData("""{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":1,"trade_volume":1,"sequential_id":1.5}""", "invalid_field $[1].sequential_id")]
    [InlineData("""{"market":"KRWBTC","timestamp":1710327571922,"trade_price":1,"trade_volume":1}""", "invalid_field $[1].market")]
    [InlineData("""{"market":"KRW-ETH","timestamp":1710327571922,"trade_price":1,"trade_volume":1}""", "wrong_pair $[1].market")]
    [InlineData("null", "unexpected_shape $[1]")]
    public void A_broken_trade_is_one_refusal_with_its_path_and_the_others_are_taken(string broken, string expected)
    {
        var normalised = Run("upbit", "trades", $"[{Good},{broken},{Good}]", "btc-krw");
        Assert.Equal([expected], normalised.Faults());
        Assert.Equal(2, normalised.Records.Count);
    }

    [Theory]
    [InlineData("1079953210371761700")]
    [InlineData("9223372036854775807")]
    [InlineData("18446744073709551615")]
    public void An_id_of_many_digits_keeps_each_of_them(string id)
    {
        var frame = $$"""{"ty":"trade","cd":"KRW-BTC","ttms":1790133513739,"tms":1,"tp":1,"tv":1,"sid":{{id}}}""";
        Assert.Equal(id, ((Trade)Assert.Single(Run("bithumb", "ws", frame).Records)).TradeId);
    }

    [Fact]
    public void Trades_without_an_id_have_one_of_their_content_that_depends_on_no_order_and_no_window()
    {
        string Trade(string time, string price, string side) =>
            $$"""{"market":"KRW-BTC","timestamp":{{time}},"trade_price":{{price}},"trade_volume":1,"ask_bid":"{{side}}"}""";
        var (a, b, c) = (Trade("1710327571000", "1", "ASK"), Trade("1710327571000", "1.0", "BID"), Trade("1710327570000", "1", "ASK"));
        string[] Ids(params string[] trades) =>
            [.. Run("upbit", "trades", $"[{string.Join(',', trades)}]").Records.Cast<Trade>().Select(trade => trade.TradeId)];

        var ids = Ids(a, a, b, c);
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal(ids.Order(), Ids(c, a, b, a).Order());
        Assert.Equal([ids[0], ids[3]], Ids(a, c));
        Assert.Equal(ids[2..3], Ids(b));
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void A_book_is_best_first_without_levels_of_no_size_and_one_that_cannot_be_read_is_refused_whole(string exchange)
    {
        const string Book = """[{"market":"KRW-BTC","timestamp":"1751606867762","orderbook_units":[{"ask_price":3,"bid_price":1,"ask_size":1,"bid_size":1},{"ask_price":"2","bid_price":1.5E0,"ask_size":"1E-3","bid_size":0},{"ask_price":null,"bid_price":0.5,"ask_size":null,"bid_size":2},{"ask_price":0,"bid_price":1.2,"ask_size":0.0,"bid_size":3}],"level":0}]""";
        var book = (OrderBook)Assert.Single(Run(exchange, "orderbook", Book, "btc-krw").Records);
        Assert.Equal([new BookLevel(1.2m, 3), new(1, 1), new(0.5m, 2)], book.Bids);
        Assert.Equal([new BookLevel(2, 0.001m), new(3, 1)], book.Asks);
        Assert.Null(book.Sequence);

        foreach (var (broken, fault) in new[]
        {
            (Book.Replace("\"1E-3\"", "\"x\"", StringComparison.Ordinal), "invalid_field $[0].orderbook_units[1].ask_size"),
            (Book.Replace("\"ask_price\":3", "\"ask_price\":-3", StringComparison.Ordinal),
                "invalid_field $[0].orderbook_units[0].ask_price"),
            (Book.Replace("\"bid_size\":2", "\"bid_size\":null", StringComparison.Ordinal),
                "missing_field $[0].orderbook_units[2].bid_size"),
            (Book.Replace("\"orderbook_units\"", "\"units\"", StringComparison.Ordinal), "unexpected_shape $[0].orderbook_units"),
        })
        {
            var normalised = Run(exchange, "orderbook", broken, "btc-krw");
            Assert.Equal([fault], normalised.Faults());
            Assert.Empty(normalised.Records);
        }
    }

    [Fact]
    public void A_list_over_many_markets_must_hold_the_one_that_was_asked_for()
    {
        const string Books = """[{"market":"KRW-ETH","orderbook_units":[]},{"market":"KRW-XRP","orderbook_units":[]}]""";
        Assert.Equal(2, Run("upbit", "orderbook", Books, "xrp-krw").Records.Count);
        Assert.Equal(["wrong_pair"], Run("upbit", "orderbook", Books, "btc-krw").Faults());
        Assert.Empty(Run("upbit", "orderbook", "[]", "btc-krw").Faults());
    }

    [Theory]
    [InlineData("upbit", "1790133505564", "2026-09-23T03:18:25.564Z")]
    [InlineData("bithumb", "1790133505564033", "2026-09-23T03:18:25.564033Z")]
    [InlineData("bithumb", "1790133505564", "2026-09-23T03:18:25.564Z")]
    public void A_socket_book_counts_in_its_exchanges_own_unit(string exchange, string timestamp, string expected)
    {
        var frame = $$"""{"type":"orderbook","code":"KRW-BTC","timestamp":{{timestamp}},"orderbook_units":[]}""";
        Assert.Equal(expected, ((OrderBook)Assert.Single(Run(exchange, "ws", frame).Records)).Time.ToString());
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Control_frames_have_no_record_and_an_error_frame_its_code(string exchange)
    {
        foreach (var frame in new[] { """{"status":"UP"}""", """{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"ticker"}],"ticket":"x"}""" })
        {
            var normalised = Run(exchange, "ws", frame);
            Assert.Empty(normalised.Faults());
            Assert.Empty(normalised.Records);
        }

        Assert.Equal(["bad_request"], Run(exchange, "ws", """{"error":{"name":"NO_CODES","message":"x"}}""").Faults());
        Assert.Equal(["provider_error"], Run(exchange, "ws", """{"status":"DOWN"}""").Faults());
        Assert.Equal(["unexpected_shape $.ty"], Run(exchange, "ws", """{"ty":"myOrder","cd":"KRW-BTC"}""").Faults());
        Assert.Equal(["unexpected_shape"], Run(exchange, "ws", "{}").Faults());
    }

    [Fact]
    public void Frames_in_a_list_are_read_one_by_one()
    {
        var frames = $$"""[{"ty":"trade","cd":"KRW-BTC","ttms":1790133513739,"tp":1,"tv":1,"sid":7},{"ty":"nope"},{"code":"KRW-ETH","type":"candle.240m","candle_date_time_utc":"2025-01-02T04:00:00","opening_price":1,"high_price":1,"low_price":1,"trade_price":1}]""";
        var normalised = Run("upbit", "ws", frames);
        Assert.Equal(["unexpected_shape $[1].ty"], normalised.Faults());
        Assert.Equal(["trade", "candle"], normalised.Records.Select(record => record.Kind));
        Assert.Equal("4h", ((Candle)normalised.Records[1]).Interval);
    }

    [Theory]
    [InlineData("\"unit\":1", null, "1m")]
    [InlineData("\"unit\":60", null, "1h")]
    [InlineData("\"unit\":\"240\"", "4h", "4h")]
    [InlineData("\"unit\":60", "60m", "1h")]
    [InlineData("\"first_day_of_period\":\"2025-06-30\"", "1w", "1w")]
    public void A_candle_states_its_minutes_or_leaves_its_interval_to_the_request(string field, string? asked, string expected)
    {
        var candle = (Candle)Assert.Single(Candles(field, asked).Records);
        Assert.Equal((expected, "2025-06-30T23:59:00Z"), (candle.Interval, candle.OpenTime.ToString()));
    }

    [Fact]
    public void A_candle_of_another_interval_is_refused_and_one_without_any_lacks_it()
    {
        Assert.Equal(["invalid_field $[0].unit"], Candles("\"unit\":5", "1m").Faults());
        Assert.Equal("interval", Candles("\"x\":1", null).MissingContext);
    }

    [Theory]
    [InlineData("""{"error":{"name":404,"message":"Code not found"}}""", "not_found", "404")]
    [InlineData("""{"error":{"name":"too_many_requests","message":"x"}}""", "rate_limited", "too_many_requests")]
    [InlineData("""{"error":{"name":429}}""", "rate_limited", "429")]
    [InlineData("""{"error":{"message":"x","name":400}}""", "bad_request", "400")]
    [InlineData("""{"error":{"name":500,"message":"x"}}""", "provider_unavailable", "500")]
    [InlineData("""{"error":{"name":"invalid_access_key"}}""", "unauthorized", "invalid_access_key")]
    [InlineData("""{"error":{}}""", "provider_error", null)]
    [InlineData("""{"error":"Forbidden"}""", "forbidden", null)]
    [InlineData("""{"error":"something new"}""", "provider_error", null)]
    [InlineData("""{"error":{"name":"V1::Exceptions::New","message":"Code not found"}}""", "not_found", "V1::Exceptions::New")]
    [InlineData("""{"error":{"name":405,"message":"x"}}""", "bad_request", "405")]
    [InlineData("""{"name":451,"message":"x"}""", "forbidden", "451")]
    [InlineData("""{"error":{"name":"V1::Exceptions::TooManyRequestCandle","message":"x"}}""", "rate_limited", "V1::Exceptions::TooManyRequestCandle")]
    [InlineData("""{"error":{"name":"thirdparty_agreement_required","message":"x"}}""", "forbidden", "thirdparty_agreement_required")]
    [InlineData("""{"name":"not_found","message":"no Route"}""", "not_found", "not_found")]
    [InlineData("""{"message":"API rate limit exceeded"}""", "rate_limited", null)]
    public void An_error_is_typed_in_every_shape_and_dataset(string reply, string code, string? providerCode)
    {
        foreach (var exchange in new[] { "upbit", "bithumb" })
        {
            foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles", "markets" })
            {
                var refusal = Assert.Single(Run(exchange, dataset, reply).Refusals);
                Assert.Equal((code, providerCode), (AkkaCrypto.Contracts.Ops.RefusalCodes.Text(refusal.Code), refusal.ProviderCode));
            }
        }
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"markets":[]}""")]
    public void What_is_no_list_and_no_error_is_an_unexpected_shape(string reply)
    {
        foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles", "markets" })
        {
            Assert.Equal(["unexpected_shape"], Run("upbit", dataset, reply).Faults());
            Assert.Equal(["unexpected_shape"], Run("bithumb", dataset, reply, "btc-krw").Faults());
        }
    }

    [Fact]
    public void A_reply_that_leaves_out_its_market_lacks_the_pair()
    {
        const string Trade = """[{"timestamp":1710327571922,"trade_price":1,"trade_volume":1,"sequential_id":1}]""";
        Assert.Equal("pair", Run("upbit", "trades", Trade).MissingContext);
        Assert.Single(Run("upbit", "trades", Trade, "btc-krw").Records);
    }

    [Theory]
    [InlineData("markets", """{"korean_name":"x"}""", """{"market":"KRW-BTC"}""")]
    [InlineData("ticker", """{"trade_price":1}""", """{"market":"KRW-BTC","trade_price":2}""")]
    [InlineData("trades", """{"timestamp":1710327571922,"trade_price":1,"trade_volume":1}""", """{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":1,"trade_volume":1}""")]
    [InlineData("orderbook", """{"orderbook_units":[]}""", """{"market":"KRW-BTC","orderbook_units":[]}""")]
    public void One_row_without_the_market_that_the_others_state_costs_itself_alone(string dataset, string broken, string sound)
    {
        foreach (var exchange in new[] { "upbit", "bithumb" })
        {
            var read = Run(exchange, dataset, $"[{broken},{sound},{broken}]");
            Assert.Equal(["missing_field $[0].market", "missing_field $[2].market"], read.Faults());
            Assert.Equal((1, null), (read.Records.Count, read.MissingContext));
        }
    }

    [Fact]
    public void A_market_of_a_list_of_markets_cannot_be_given_by_the_request()
    {
        var read = Run("upbit", "markets", """[{"korean_name":"x"}]""");
        Assert.Equal(["missing_field $[0].market"], read.Faults());
        Assert.Null(read.MissingContext);
    }

    [Theory]
    [InlineData("""{}""", false)]
    [InlineData("""{"price":1,"size":2}""", false)]
    [InlineData("""{"ask_price":null,"ask_size":null,"bid_price":null,"bid_size":null}""", true)]
    public void A_level_with_none_of_its_fields_is_no_empty_one(string unit, bool isTaken)
    {
        var read = Run("upbit", "orderbook", $$"""[{"market":"KRW-BTC","orderbook_units":[{{unit}}]}]""");
        Assert.Equal(isTaken ? [] : ["unexpected_shape $[0].orderbook_units"], read.Faults());
        Assert.Equal(isTaken ? 1 : 0, read.Records.Count);
    }

    [Theory]
    [InlineData("20260923", "032849", "1790166529623", "2026-09-23T03:28:49.623Z")] // counted from the Korean clock
    [InlineData("20260923", "032849", "\"1790166529000\"", "2026-09-23T03:28:49.000Z")]
    [InlineData("20260923", "122849", "1790134129623", "2026-09-23T03:28:49.623Z")] // what is stated is Korean, the Unix time is right
    [InlineData("20260923", "032849", "1790134129623", "2026-09-23T03:28:49.623Z")] // both are right
    [InlineData("20260922", "235959", "1790153999500", "2026-09-22T23:59:59.500Z")]
    [InlineData("2026-09-23", "03:28:49", "1790134129623", "2026-09-23T03:28:49.623Z")]
    [InlineData("", "", "1790134129623", "2026-09-23T03:28:49.623Z")]
    public void A_tickers_time_nine_hours_past_its_own_UTC_day_and_time_is_a_Korean_clocks(
        string day, string clock, string unix, string expected)
    {
        foreach (var field in new[] { "trade_timestamp", "timestamp" })
        {
            var reply = $$"""[{"market":"KRW-BTC","trade_price":1,"trade_date":"{{day}}","trade_time":"{{clock}}","{{field}}":{{unix}}}]""";
            Assert.Equal(expected, ((Ticker)Assert.Single(Run("bithumb", "ticker", reply).Records)).Time.ToString());
        }
    }

    [Theory]
    [InlineData("upbit", "032849", "1790134129000", "1790134135072", "2026-09-23T03:28:49.000Z")]
    [InlineData("bithumb", "032849", "1790134129000", "1790134135072", "2026-09-23T03:28:55.072Z")]
    [InlineData("bithumb", "042849", "1790134129000", "1790134129837", "2026-09-23T03:28:49.837Z")] // agrees with neither clock
    [InlineData("bithumb", "032849", "1790166529000", "1790166535072", "2026-09-23T03:28:55.072Z")] // both counted from the Korean clock
    [InlineData("bithumb", "032849", "1790166529000", "1790134135072", "2026-09-23T03:28:55.072Z")] // the trade's alone
    public void A_ticker_is_of_its_last_trades_time_or_at_Bithumb_of_its_own(
        string exchange, string clock, string traded, string own, string expected)
    {
        var reply = $$"""[{"market":"KRW-BTC","trade_price":1,"trade_date":"20260923","trade_time":"{{clock}}","trade_timestamp":{{traded}},"timestamp":{{own}}}]""";
        Assert.Equal(expected, ((Ticker)Assert.Single(Run(exchange, "ticker", reply).Records)).Time.ToString());
    }

    [Theory]
    [InlineData("trade_timestamp")]
    [InlineData("timestamp")]
    public void A_tickers_time_that_is_none_refuses_it(string field) => Assert.Equal(
        [$"invalid_field $[0].{field}"],
        Run("bithumb", "ticker", $$"""[{"market":"KRW-BTC","trade_price":1,"trade_timestamp":1790134129000,"{{field}}":"soon"}]""").Faults());

    [Theory]
    [InlineData("""{"mk":"KRW-BTC","tms":1710327571930,"ttms":1710327571922,"tp":1,"tv":0.5,"ab":"BID","sid":17103275719220001}""", """{"type":"trade","code":"KRW-BTC","trade_timestamp":1710327571922,"trade_price":1,"trade_volume":0.5,"ask_bid":"BID","sequential_id":17103275719220001}""")]
    [InlineData("""{"market":"KRW-BTC","trade_price":1,"high_price":2,"low_price":1,"trade_timestamp":1710327571922,"trade_volume":0.5,"acc_trade_volume_24h":7}""", """{"type":"ticker","code":"KRW-BTC","trade_price":1,"high_price":2,"low_price":1,"trade_timestamp":1710327571922,"acc_trade_volume_24h":7}""")]
    [InlineData("""{"code":"KRW-BTC","timestamp":1710327571922,"orderbook_units":[{"ask_price":2,"bid_price":1,"ask_size":1,"bid_size":1}]}""", """{"type":"orderbook","code":"KRW-BTC","timestamp":1710327571922,"orderbook_units":[{"ask_price":2,"bid_price":1,"ask_size":1,"bid_size":1}]}""")]
    public void A_frame_without_its_type_is_known_by_what_only_such_frames_have(string frame, string typed)
    {
        var read = Run("upbit", "ws", frame);
        Assert.Empty(read.Faults());
        Assert.Equal(Run("upbit", "ws", typed).Lines(), read.Lines());
        Assert.Single(read.Records);
    }

    [Theory]
    [InlineData("""{"code":"KRW-BTC","trade_price":1}""")]
    [InlineData("""{"orderbook_units":[]}""")]
    public void A_frame_that_could_be_any_is_refused(string frame) =>
        Assert.Equal(["unexpected_shape"], Run("upbit", "ws", frame).Faults());

    [Fact]
    public void On_the_socket_a_tickers_Unix_time_is_right_whatever_stands_beside_it()
    {
        const string Frame = """{"type":"ticker","code":"KRW-BTC","trade_price":1,"trade_date":"20260923","trade_time":"121833","trade_timestamp":1790133513858}""";
        Assert.Equal("2026-09-23T03:18:33.858Z", ((Ticker)Assert.Single(Run("bithumb", "ws", Frame).Records)).Time.ToString());
    }

    [Fact]
    public void A_markets_step_is_its_tick_size_where_that_is_said() => Assert.Equal(
        [("btc-krw", (decimal?)1000), ("eth-krw", 0.5m), ("xrp-krw", null)],
        Run("upbit", "markets", """[{"market":"KRW-BTC","quote_currency":"KRW","tick_size":"1000","supported_levels":["0"]},{"market":"KRW-ETH","tick_size":0.5},{"market":"KRW-XRP"}]""")
            .Records.Cast<Instrument>().Select(instrument => (instrument.Pair, instrument.PriceStep)));

    private static Normalised Candles(string field, string? interval)
    {
        var candle = $$"""[{"market":"KRW-BTC","candle_date_time_utc":"2025-06-30T23:59:00","candle_date_time_kst":"x","opening_price":1,"high_price":1,"low_price":1,"trade_price":1,"timestamp":1,{{field}}}]""";
        return Normalising.Run("upbit", "candles", candle, new ReplyContext(Interval: interval));
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void A_list_of_markets_is_no_list_of_tickers(string exchange)
    {
        var read = Run(exchange, "ticker", """[{"market":"KRW-BTC","korean_name":"x","english_name":"Bitcoin"},{"market":"KRW-ETH","trade_price":null}]""");
        Assert.Equal(["unexpected_shape $[0].trade_price"], read.Faults());
        Assert.Equal([("eth-krw", (decimal?)null)], read.Records.Cast<Ticker>().Select(ticker => (ticker.Pair, ticker.Last)));
    }

    private static Normalised Run(string exchange, string dataset, string reply, string? pair = null) =>
        Normalising.Run(exchange, dataset, reply, new ReplyContext(Pair: pair));
}
