using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Binance's endpoints may look like.</summary>
public sealed class BinanceQuirkTests
{
    private static readonly ReplyContext BtcUsdt = new("btc-usdt", Interval: "1m");

    [Theory]
    [InlineData("BTCUSDT", "btc-usdt")]
    [InlineData("ethbtc", "eth-btc")]
    [InlineData("BTCFDUSD", "btc-fdusd")]
    [InlineData("FDUSDUSDT", "fdusd-usdt")]
    [InlineData("USDCUSDT", "usdc-usdt")]
    [InlineData("BTCTUSD", "btc-tusd")]
    [InlineData("USDTUSD", "usdt-usd")]
    [InlineData("DOTUSD", "dot-usd")]
    [InlineData("DOTBUSD", "dot-busd")]
    [InlineData("SHIBUSD", "shib-usd")]
    [InlineData("BNBUSD", "bnb-usd")]
    [InlineData("BNBBUSD", "bnb-busd")]
    [InlineData("USDTTRY", "usdt-try")]
    [InlineData("LUNAEUR", "luna-eur")]
    [InlineData("1INCHUSDT", "1inch-usdt")]
    [InlineData("SHIBDOGE", "shib-doge")]
    [InlineData("WBTCETH", "wbtc-eth")]
    [InlineData("VETUSD", "vet-usd")]
    [InlineData("ONTBUSD", "ont-busd")]
    [InlineData("BTRSTUSD", "btrst-usd")]
    [InlineData("FORTUSD", "fort-usd")]
    [InlineData("USTUSD", "ust-usd")]
    [InlineData("ARBUSD", "arb-usd")]
    [InlineData("ARBBUSD", "arb-busd")]
    [InlineData("ARUSDT", "ar-usdt")]
    [InlineData("BTCU", "btc-u")]
    [InlineData("UUSDT", "u-usdt")]
    [InlineData("ARBTC", "ar-btc")]
    [InlineData("BTCUST", "btc-ust")]
    [InlineData("USTBUSD", "ust-busd")]
    [InlineData("BTCTHB", "btc-thb")]
    [InlineData("USDTBIDR", "usdt-bidr")]
    [InlineData("BNBIDR", "bnb-idr")]
    [InlineData("DGBUSD", "dgb-usd")]
    [InlineData("IOSTUSD", "iost-usd")]
    [InlineData("BTTUSD", "btt-usd")]
    [InlineData("KSHIBUSD", "kshib-usd")]
    [InlineData("BTTTUSD", "btt-tusd")]
    [InlineData("BTTBUSD", "btt-busd")]
    [InlineData("BTCAEUR", "btc-aeur")]
    [InlineData("ethaeur", "eth-aeur")]
    [InlineData("EURAEUR", "eur-aeur")]
    [InlineData("AEURUSDT", "aeur-usdt")]
    [InlineData("ADAEUR", "ada-eur")]
    [InlineData("GALAEUR", "gala-eur")]
    public void A_symbol_is_split_at_its_quote_asset(string symbol, string pair)
    {
        var normalised = Run("ticker", $$"""{"symbol":"{{symbol}}","price":"1.50"}""");
        Assert.Equal(pair, ((Ticker)Assert.Single(normalised.Records)).Pair);
    }

    [Fact]
    public void A_symbol_that_nobody_can_split_is_the_callers_to_name()
    {
        const string Reply = """{"symbol":"ABCXYZ","price":"1"}""";
        Assert.Equal("pair", Run("ticker", Reply).MissingContext);
        Assert.Equal("abc-xyz", ((Ticker)Assert.Single(Run("ticker", Reply, new ReplyContext("abc-xyz")).Records)).Pair);
        const string OfTwo = """{"symbol":"ARBUSD","price":"1"}""";
        Assert.Equal("arb-usd", ((Ticker)Assert.Single(Run("ticker", OfTwo, new ReplyContext("arb-usd")).Records)).Pair);
        Assert.Equal("ar-busd", ((Ticker)Assert.Single(Run("ticker", OfTwo, new ReplyContext("ar-busd")).Records)).Pair);
        Assert.Equal(["wrong_pair"], Run("ticker", Reply, BtcUsdt).Faults());
        var list = Run("ticker", """[{"symbol":"ABCXYZ","price":"1"},{"symbol":"BTCUSDT","price":"2"}]""");
        Assert.Equal(["invalid_field $[0].symbol"], list.Faults());
        Assert.Single(list.Records);
    }

    [Theory]
    [InlineData("""{"e":"24hrMiniTicker","E":1787000000000,"s":"{0}","c":"1","o":"1","h":"2","l":"1","v":"5","q":"5"}""")]
    [InlineData("""{"u":7,"s":"{0}","b":"1","B":"1","a":"2","A":"1"}""")]
    [InlineData("""{"e":"aggTrade","E":1787000000000,"s":"{0}","a":5,"p":"1","q":"2","f":1,"l":1,"T":1787000000000,"m":true}""")]
    [InlineData("""{"e":"depthUpdate","E":1787000000000,"s":"{0}","U":1,"u":2,"b":[["1","2"]],"a":[]}""")]
    [InlineData("""{"e":"kline","E":1787000000000,"s":"{0}","k":{"t":1786999980000,"T":1787000039999,"s":"{0}","i":"1m","o":"1","c":"1","h":"1","l":"1","v":"1","x":false}}""")]
    public void Of_a_streams_many_symbols_one_that_nobody_can_split_costs_itself_alone(string form)
    {
        string Of(string symbol) => form.Replace("{0}", symbol, StringComparison.Ordinal);
        var read = Run("ws", $"[{Of("ETHBTC")},{Of("ABCXYZ")},{Of("BTCUSDT")}]");
        Assert.Equal(["invalid_field $[1].s"], read.Faults());
        Assert.Equal((2, null), (read.Records.Count, read.MissingContext));
        Assert.Single(Run("ws", Of("ABCXYZ"), new ReplyContext("abc-xyz")).Records);
    }

    [Theory]
    [InlineData("trades", "[]", null, "pair")]
    [InlineData("orderbook", """{"lastUpdateId":1,"bids":[],"asks":[]}""", null, "pair")]
    [InlineData("candles", "[]", "btc-usdt", "interval")]
    [InlineData("ws", """{"lastUpdateId":1,"bids":[],"asks":[]}""", null, "pair")]
    public void What_a_reply_leaves_out_must_be_given(string dataset, string reply, string? pair, string missing) =>
        Assert.Equal(missing, Run(dataset, reply, new ReplyContext(pair)).MissingContext);

    [Theory]
    [InlineData("trades", """{"code":-1003,"msg":"Too much request weight used; IP banned until 1."}""", "rate_limited", "-1003")]
    [InlineData("orderbook", """{"code":-1121,"msg":"Invalid symbol."}""", "not_found", "-1121")]
    [InlineData("candles", """{"code":-1120,"msg":"Invalid interval."}""", "bad_request", "-1120")]
    [InlineData("ticker", """{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}""", "unauthorized", "-2015")]
    [InlineData("markets", """{"code":-1001,"msg":"Internal error"}""", "provider_unavailable", "-1001")]
    [InlineData("trades", """{"code":0,"msg":"Service unavailable from a restricted location"}""", "forbidden", "0")]
    [InlineData("trades", """{"code":"-1003","msg":null}""", "rate_limited", "-1003")]
    [InlineData("trades", """{"code":-9999,"msg":"?"}""", "provider_error", "-9999")]
    [InlineData("trades", """{"code":-1004,"msg":"Server is busy, please wait and try again"}""", "provider_unavailable", "-1004")]
    [InlineData("trades", """{"code":-1005,"msg":"No such IP has been white listed"}""", "forbidden", "-1005")]
    [InlineData("trades", """{"code":-1011,"msg":"This IP cannot access this route."}""", "forbidden", "-1011")]
    [InlineData("trades", """{"code":-1099,"msg":"Not found, authenticated, or authorized"}""", "unauthorized", "-1099")]
    [InlineData("trades", """{"code":503,"msg":"?"}""", "provider_unavailable", "503")]
    [InlineData("trades", """{"code":"000002","message":"system maintenance"}""", "provider_unavailable", "000002")]
    [InlineData("ws", """{"error":{"code":2,"msg":"Invalid request"},"id":1}""", "bad_request", "2")]
    [InlineData("ws", """{"code":3,"msg":"Invalid JSON"}""", "bad_request", "3")]
    [InlineData("ws", """{"code":0,"msg":"Unknown property","id":4}""", "bad_request", "0")]
    [InlineData("ws", """{"id":"a-1","status":429,"error":{"code":-1003,"msg":"Too much request weight used."},"rateLimits":[]}""", "rate_limited", "-1003")]
    public void An_error_has_its_type_in_every_dataset(string dataset, string reply, string type, string code)
    {
        var normalised = Run(dataset, reply, BtcUsdt);
        Assert.Equal([type], normalised.Faults());
        Assert.Equal(code, normalised.Refusals[0].ProviderCode);
        Assert.True(normalised.Refusals[0].IsProviderError);
    }

    [Theory]
    [InlineData("trades", "{}")]
    [InlineData("orderbook", """{"serverTime":1620099477465}""")]
    [InlineData("markets", """{"serverTime":1620099477465}""")]
    [InlineData("ws", """{"result":null,"id":1}""")]
    [InlineData("ws", """{"result":["btcusdt@aggTrade"],"id":"x"}""")]
    [InlineData("ws", """{"result":true,"id":2}""")]
    [InlineData("ws", """{"result":[],"id":2}""")]
    [InlineData("ws", """{"id":"a-1","status":200,"result":{},"rateLimits":[]}""")]
    [InlineData("ws", """{"id":"a-1","status":200,"result":{"serverTime":1620099477465}}""")]
    [InlineData("ws", """{"stream":"s","data":{"e":"serverShutdown","E":1620099477465}}""")]
    public void Pings_times_and_answers_are_no_record_and_no_fault(string dataset, string reply)
    {
        var normalised = Run(dataset, reply, BtcUsdt);
        Assert.Equal((0, 0, null), (normalised.Records.Count, normalised.Refusals.Count, normalised.MissingContext));
    }

    [Theory]
    [InlineData("trades", """{"trades":[]}""")]
    [InlineData("orderbook", "[]")]
    [InlineData("orderbook", """{"lastUpdateId":1}""")]
    [InlineData("ticker", """{"symbol":"BTCUSDT"}""")]
    [InlineData("candles", """{"data":[]}""")]
    [InlineData("markets", """{"symbols":{}}""")]
    [InlineData("ws", """{"e":"forceOrder"}""")]
    [InlineData("ws", """{"stream":"s","data":5}""")]
    [InlineData("ws", """{"a":1}""")]
    [InlineData("ws", """{"id":"a-1","status":200,"result":{"lastUpdateId":7,"bids":[["1","2"]],"asks":[["3","1"]]}}""")]
    [InlineData("ws", """{"id":"a-1","status":200,"result":[{"id":7,"price":"1","qty":"2","time":1620099477465,"isBuyerMaker":true}]}""")]
    [InlineData("ws", """{"id":7,"price":"1","qty":"2","time":1620099477465,"isBuyerMaker":true}""")]
    [InlineData("ws", """{"id":"a-1","status":200,"result":[[1620099477465,"1","2","1","2","9"]]}""")]
    public void What_is_no_such_reply_is_refused(string dataset, string reply) =>
        Assert.Equal("unexpected_shape", Assert.Single(Run(dataset, reply, BtcUsdt).Faults()).Split(' ')[0]);

    [Theory]
    [InlineData("""{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","b":88,"a":50,"T":1672515782136,"m":true,"M":true}""", "12345", TakerSide.Sell)]
    [InlineData("""{"stream":"bnbbtc@aggTrade","data":{"m":false,"T":1672515782136,"q":"100","p":"1e-3","a":"164325","s":"BNBBTC","e":"aggTrade"}}""", "164325", TakerSide.Buy)]
    public void A_trade_of_the_socket_has_its_own_id_whatever_the_orders_are_called(string frame, string id, TakerSide side)
    {
        var trade = (Trade)Assert.Single(Run("ws", frame).Records);
        Assert.Equal((id, side, "bnb-btc", 0.001m), (trade.TradeId, trade.TakerSide, trade.Pair, trade.Price));
    }

    [Fact]
    public void Lists_of_events_and_partial_books_are_read()
    {
        var tickers = Run("ws", """{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18"},{"e":"24hrTicker","E":1672515782137,"s":"BTCUSDT","c":"2","b":"1","a":"3","h":"4","l":"0","v":"5","C":1672515782000}]}""");
        Assert.Empty(tickers.Refusals);
        Assert.Equal(
            ["2022-12-31T19:43:02.136Z", "2022-12-31T19:43:02.000Z"],
            tickers.Records.Cast<Ticker>().Select(ticker => ticker.Time.ToString()));
        Assert.Null(((Ticker)tickers.Records[1]).Low);

        var book = Run("ws", """{"stream":"btcusdt@depth5@100ms","data":{"lastUpdateId":160,"bids":[["1.0","2",[]],["3","0.00000000"],["2","1"]],"asks":[["5","1"],["4","1"]]}}""");
        Assert.Equal(
            """{"kind":"order_book","exchange":"binance","pair":"btc-usdt","sequence":160,"time":null,"bids":[["2","1"],["1","2"]],"asks":[["4","1"],["5","1"]]}""",
            Assert.Single(book.Lines()));
    }

    [Fact]
    public void Changes_of_before_the_streams_stated_their_first_id_are_read_without_it()
    {
        var old = Run("ws", """{"e":"depthUpdate","E":1499404630606,"s":"ETHBTC","u":79,"b":[["0.2","5",[]]],"a":[["0.3","0.00",[]]]}""");
        Assert.Equal(
            """{"kind":"order_book_delta","exchange":"binance","pair":"eth-btc","first_sequence":null,"sequence":79,"time":"2017-07-07T05:17:10.606Z","bids":[["0.2","5"]],"asks":[["0.3","0"]]}""",
            Assert.Single(old.Lines()));
        Assert.Equal(["missing_field $.u"], Run("ws", """{"e":"depthUpdate","E":1499404630606,"s":"ETHBTC","U":7,"b":[],"a":[]}""").Faults());
        Assert.Equal(["invalid_field $.U"], Run("ws", """{"e":"depthUpdate","E":1499404630606,"s":"ETHBTC","U":"x","u":7,"b":[],"a":[]}""").Faults());
    }

    [Theory]
    [InlineData("""{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","c":"2","O":0,"C":86400000}""", "2022-12-31T19:43:02.136Z", "")]
    [InlineData("""{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","c":"2","O":0,"C":1672515780000000}""", "2022-12-31T19:43:00.000000Z", "")]
    [InlineData("""{"e":"1dTicker","E":1672515782136,"s":"BNBBTC","c":"2","O":0,"C":1672515781000}""", "2022-12-31T19:43:01.000Z", "")]
    [InlineData("""{"e":"24hrTicker","s":"BNBBTC","c":"2","C":86400000}""", null, "out_of_range $.C")]
    [InlineData("""{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","c":"2","C":"soon"}""", null, "invalid_field $.C")]
    public void A_tickers_time_is_the_end_of_its_statistics_or_else_the_events(string frame, string? time, string fault)
    {
        var read = Run("ws", frame);
        Assert.Equal(fault, string.Join(", ", read.Faults()));
        Assert.Equal(time, ((Ticker?)read.Records.SingleOrDefault())?.Time.ToString());
    }

    [Theory]
    [InlineData("1hTicker", "ticker binance bnb-btc 2 null null null")]
    [InlineData("4hTicker", "ticker binance bnb-btc 2 null null null")]
    [InlineData("1dTicker", "ticker binance bnb-btc 2 3 1 9")]
    public void Statistics_of_hours_say_the_last_price_and_nothing_of_a_day(string kind, string expected)
    {
        var read = (Ticker)Assert.Single(Run("ws",
            $$"""{"e":"{{kind}}","E":1672515782136,"s":"BNBBTC","c":"2","h":"3","l":"1","v":"9","O":0,"C":1672515781000}""").Records);
        static string Text(MarketNumber? value) => value?.ToString() ?? "null";
        Assert.Equal(
            expected, $"ticker {read.Exchange} {read.Pair} {Text(read.Last)} {Text(read.High)} {Text(read.Low)} {Text(read.Volume)}");
    }

    [Theory]
    [InlineData("""{"lastUpdateId":1,"bids":[["x","1"]],"asks":[]}""", "invalid_field $.bids[0][0]")]
    [InlineData("""{"lastUpdateId":1,"bids":[["1"]],"asks":[]}""", "unexpected_shape $.bids[0]")]
    [InlineData("""{"lastUpdateId":null,"bids":[],"asks":[]}""", "missing_field $.lastUpdateId")]
    [InlineData("""{"lastUpdateId":1,"bids":[],"asks":[["1","2"],7]}""", "unexpected_shape $.asks[1]")]
    public void A_book_with_a_hole_is_refused_whole(string reply, string fault)
    {
        var normalised = Run("orderbook", reply, BtcUsdt);
        Assert.Equal([fault], normalised.Faults());
        Assert.Empty(normalised.Records);
    }

    [Fact]
    public void A_pairs_steps_are_those_of_its_filters_and_a_step_of_zero_is_none()
    {
        var normalised = Run("markets", """{"timezone":"UTC","serverTime":1565246363776,"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"LOT_SIZE","minQty":"0.001","stepSize":"0.00010000"},{"filterType":"PRICE_FILTER","tickSize":"0.00001000"},{"filterType":"NOTIONAL"}]},{"symbol":"XYZUSDT","status":"BREAK","baseAsset":"XYZ","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.00000000"}]},{"symbol":"NEWUSDT","status":"SOMETHING","baseAsset":"NEW","quoteAsset":"USDT"}]}""");
        Assert.Equal(
            [
                """{"kind":"instrument","exchange":"binance","pair":"eth-btc","status":"trading","price_step":"0.00001","quantity_step":"0.0001"}""",
                """{"kind":"instrument","exchange":"binance","pair":"xyz-usdt","status":"halted","price_step":null,"quantity_step":null}""",
                """{"kind":"instrument","exchange":"binance","pair":"new-usdt","status":null,"price_step":null,"quantity_step":null}""",
            ],
            normalised.Lines());
        Assert.Empty(normalised.Refusals);
    }

    [Theory]
    [InlineData("""{"symbol":"BTCUSDT_260327","contractType":"CURRENT_QUARTER","baseAsset":"BTC","quoteAsset":"USDT"}""", "$.symbols[0].contractType")]
    [InlineData("""{"symbol":"BTCUSDT","contractType":"PERPETUAL","baseAsset":"BTC","quoteAsset":"USDT"}""", "$.symbols[0].contractType")]
    [InlineData("""{"symbol":"BTCUSD_PERP","baseAsset":"BTC","quoteAsset":"USD"}""", "$.symbols[0].symbol")]
    public void A_contract_is_not_the_pair_of_its_legs(string symbol, string path)
    {
        var read = Run("markets", $$$"""{"symbols":[{{{symbol}}},{"symbol":"ETHBTC","baseAsset":"ETH","quoteAsset":"BTC","contractType":""}]}""");
        Assert.Equal(["invalid_field " + path], read.Faults());
        Assert.Equal("eth-btc", ((Instrument)Assert.Single(read.Records)).Pair);
    }

    [Fact]
    public void A_base_beyond_ascii_is_no_ticker_and_costs_itself_alone()
    {
        var read = Run("markets", """{"symbols":[{"symbol":"币安人生USDT","baseAsset":"币安人生","quoteAsset":"USDT"},{"symbol":"ETHBTC","baseAsset":"ETH","quoteAsset":"BTC"}]}""");
        Assert.Equal(["invalid_field $.symbols[0].baseAsset"], read.Faults());
        Assert.Single(read.Records);
        Assert.Equal(["invalid_field $.symbol"], Run("ticker", """{"symbol":"币安人生USDT","price":"1"}""").Faults());
    }

    [Fact]
    public void A_step_that_cannot_be_read_is_named_by_its_filters_place()
    {
        const string Reply = """{"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"NOTIONAL"},{"filterType":"LOT_SIZE","stepSize":"x"}]}]}""";
        Assert.Equal(["invalid_field $.symbols[0].filters[1].stepSize"], Run("markets", Reply).Faults());
    }

    [Fact]
    public void A_reply_about_another_pair_is_refused()
    {
        Assert.Equal(["wrong_pair"], Run("ticker", """{"symbol":"ETHUSDT","price":"1"}""", BtcUsdt).Faults());
        Assert.Equal(["wrong_pair"], Run("ticker", """[{"symbol":"ETHUSDT","price":"1"}]""", BtcUsdt).Faults());
        Assert.Equal(["wrong_pair"], Run("ws", """{"e":"depthUpdate","E":1633998512068,"s":"ETHUSDT","U":1,"u":2,"b":[],"a":[]}""", BtcUsdt).Faults());
    }

    [Theory]
    [InlineData("1710327551703", "2024-03-13T10:59:11.703Z")]
    [InlineData("\"1710327551703456\"", "2024-03-13T10:59:11.703456Z")]
    public void Times_are_in_milliseconds_or_in_microseconds_as_they_were_asked_for(string time, string expected)
    {
        var trade = (Trade)Assert.Single(Run("trades", $$"""[{"id":1,"price":"1","qty":"1","time":{{time}},"isBuyerMaker":true}]""", BtcUsdt).Records);
        var candle = (Candle)Assert.Single(Run("candles", $"[[{time},\"1\",\"1\",\"1\",\"1\",\"0\"]]", BtcUsdt).Records);
        var ticker = (Ticker)Assert.Single(Run("ticker", $$"""{"symbol":"BTCUSDT","lastPrice":"1","closeTime":{{time}}}""").Records);
        var delta = (OrderBookDelta)Assert.Single(Run("ws", $$"""{"e":"depthUpdate","E":{{time}},"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}""").Records);
        Assert.All([trade.Time, candle.OpenTime, ticker.Time!.Value, delta.Time!.Value], read => Assert.Equal(expected, read.ToString()));
        Assert.Equal(["out_of_range $[0].time"], Run("trades", """[{"id":1,"price":"1","qty":"1","time":1710327551}]""", BtcUsdt).Faults());
    }

    [Fact]
    public void A_reply_about_a_future_says_when_it_was_so()
    {
        var book = (OrderBook)Assert.Single(Run("orderbook", """{"lastUpdateId":7,"E":1589436922972,"T":1589436922959,"bids":[["1","2"]],"asks":[]}""", BtcUsdt).Records);
        Assert.Equal("2020-05-14T06:15:22.959Z", book.Time.ToString());
        var tickers = Run("ticker", """[{"symbol":"BTCUSDT","price":"1","time":1589437530011},{"symbol":"ETHUSDT","bidPrice":"1","askPrice":"2","time":1589437530012}]""");
        Assert.Equal(
            ["2020-05-14T06:25:30.011Z", "2020-05-14T06:25:30.012Z"],
            tickers.Records.Cast<Ticker>().Select(ticker => ticker.Time.ToString()));
    }

    [Theory]
    [InlineData("""{"message":"Too Many Requests"}""", "rate_limited")]
    [InlineData("""{"message":"Forbidden"}""", "forbidden")]
    [InlineData("""{"message":"Missing Authentication Token"}""", "unauthorized")]
    [InlineData("""{"statusCode":503,"error":"Service Unavailable","message":"try later"}""", "provider_unavailable")]
    [InlineData("""{"message":"hello"}""", "unexpected_shape")]
    [InlineData("""{"message":"Forbidden","others":[]}""", "unexpected_shape")]
    public void An_error_of_the_gateway_before_a_provider_has_its_type_at_each_of_them(string reply, string code)
    {
        Assert.Equal([code], Run("trades", reply, BtcUsdt).Faults());
        Assert.Equal([code], Normalising.Run("cryptoquant", "onchain", reply).Faults());
        Assert.Equal([code], Normalising.Run("coinmetrics", "onchain", reply).Faults());
        Assert.Equal([code], Normalising.Run("coinone", "trades", reply).Faults());
        Assert.Equal([code], Normalising.Run("kraken", "ticker", reply).Faults());
    }

    private static Normalised Run(string dataset, string reply, ReplyContext? context = null) =>
        Normalising.Run("binance", dataset, reply, context);
}
