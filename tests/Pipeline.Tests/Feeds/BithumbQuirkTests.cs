using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Bithumb's older API may look like.</summary>
public sealed class BithumbQuirkTests : ISampleReplies
{
    public static IReadOnlyList<string> Samples { get; } =
    [
        """{"type":"orderbookdepth","content":{"list":[{"symbol":"BTC_KRW","orderType":"ask","price":"10593000","quantity":"0","total":"0"}],"datetime":"1622591012656250"}}""",
        """{"type":"orderbooksnapshot","content":{"symbol":"BTC_KRW","datetime":"1622591012656250","bids":[["99","1"]],"asks":[["102","1"]]}}""",
        """{"type":"ticker","content":{"symbol":"BTC_KRW","tickType":"24H","date":"20200129","time":"121844","closePrice":"2317","lowPrice":"2272","highPrice":"2344","volume":"12.5"}}""",
        """{"status":"0000","data":[{"market":"KRW-BTC","trade_price":5,"timestamp":1698125744837}]}""",
    ];

    [Theory]
    [InlineData("2024-08-08 17:14:33", "2024-08-08T08:14:33Z")]
    [InlineData("2024-08-08 7:14:33", "2024-08-07T22:14:33Z")]
    [InlineData("2024-01-01 00:00:00", "2023-12-31T15:00:00Z")]
    [InlineData("2021-06-02 08:43:41.416901", "2021-06-01T23:43:41.416901Z")]
    [InlineData("2024-08-08T17:14:33.5", "2024-08-08T08:14:33.5Z")]
    [InlineData("2024-08-08T17:14:33+09:00", "2024-08-08T08:14:33Z")]
    [InlineData("2024-08-08T08:14:33Z", "2024-08-08T08:14:33Z")]
    public void Korean_local_time_becomes_UTC(string time, string expected) =>
        Assert.Equal(expected, ((Trade)Assert.Single(Trades($$"""[{"transaction_date":"{{time}}","type":"bid","units_traded":"1","price":"2"}]""").Records)).Time.ToString());

    [Theory]
    [InlineData("\"\"", "missing_field")]
    [InlineData("null", "missing_field")]
    [InlineData("\"1970-01-01 09:00:00\"", "out_of_range")]
    [InlineData("\"2024-13-08 17:14:33\"", "invalid_field")]
    [InlineData("\"2024-08-08 17:14:33 and then some more words\"", "invalid_field")]
    [InlineData("\"2024-08-08 \"", "invalid_field")]
    [InlineData("[]", "invalid_field")]
    public void What_is_no_time_is_refused(string time, string expected) => Assert.Equal(
        [$"{expected} $.data[0].transaction_date"],
        Trades($$"""[{"transaction_date":{{time}},"type":"bid","units_traded":"1","price":"2"}]""").Faults());

    [Fact]
    public void A_history_without_the_pair_lacks_it_and_an_id_of_the_exchange_is_kept()
    {
        const string Reply = """{"status":"0000","data":[{"cont_no":"33092459","transaction_date":"2018-04-10 17:47:46","type":"ask","units_traded":"1.0","price":"6779000"}]}""";
        Assert.Equal("pair", Normalising.Run("bithumb", "trades", Reply).MissingContext);
        var trade = (Trade)Assert.Single(Normalising.Run("bithumb", "trades", Reply, new ReplyContext(Pair: "eth-krw")).Records);
        Assert.Equal(("33092459", "eth-krw", TakerSide.Sell), (trade.TradeId, trade.Pair, trade.TakerSide));
    }

    [Fact]
    public void Equal_trades_of_one_second_are_told_apart()
    {
        const string Trade = """{"transaction_date":"2024-08-08 17:14:33","type":"bid","units_traded":"1","price":"2"}""";
        var ids = Trades($"[{Trade},{Trade},{Trade}]").Records.Cast<Trade>().Select(trade => trade.TradeId).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal(ids[..2], Trades($"[{Trade},{Trade}]").Records.Cast<Trade>().Select(trade => trade.TradeId));
    }

    [Theory]
    [InlineData("5100", RefusalCode.BadRequest)]
    [InlineData("5200", RefusalCode.Unauthorized)]
    [InlineData("5300", RefusalCode.Unauthorized)]
    [InlineData("5400", RefusalCode.ProviderUnavailable)]
    [InlineData("5500", RefusalCode.BadRequest)]
    [InlineData("5600", RefusalCode.ProviderError)]
    [InlineData("5900", RefusalCode.ProviderError)]
    public void A_status_other_than_0000_is_an_error_with_or_without_data(string status, RefusalCode code)
    {
        foreach (var dataset in new[] { "trades", "orderbook", "ticker", "candles" })
        {
            foreach (var reply in new[]
            {
                $$"""{"status":"{{status}}","message":"상장 코인 아님"}""", $$"""{"status":{{status}},"data":[],"message":"x"}""", $$"""{"data":{},"status":"{{status}}"}""",
            })
            {
                var refusal = Assert.Single(Normalising.Run("bithumb", dataset, reply, new ReplyContext(Pair: "btc-krw")).Refusals);
                Assert.Equal((code, status), (refusal.Code, refusal.ProviderCode));
            }
        }
    }

    [Fact]
    public void A_book_of_all_coins_is_one_for_each()
    {
        const string Reply = """{"status":"0000","data":{"timestamp":"1723102637709","payment_currency":"KRW","BTC":{"order_currency":"BTC","bids":[{"price":1,"quantity":"2"},{"price":"1.5","quantity":1}],"asks":[]},"ETH":{"order_currency":"ETH","bids":[],"asks":[{"price":"9","quantity":"0"}]}}}""";
        var books = Normalising.Run("bithumb", "orderbook", Reply).Records.Cast<OrderBook>().ToList();
        Assert.Equal(["btc-krw", "eth-krw"], books.Select(book => book.Pair));
        Assert.Equal([new BookLevel(1.5m, 1), new(1, 2)], books[0].Bids);
        Assert.Empty(books[1].Asks);
        Assert.All(books, book => Assert.Equal("2024-08-08T07:37:17.709Z", book.Time.ToString()));
        Assert.Equal(["wrong_pair"], Normalising.Run("bithumb", "orderbook", Reply, new ReplyContext(Pair: "xrp-krw")).Faults());
    }

    [Fact]
    public void A_ticker_of_one_coin_needs_its_pair_and_one_of_all_coins_their_quote()
    {
        const string One = """{"status":"0000","data":{"closing_price":"5","min_price":"4","max_price":"0","units_traded_24H":"7","buy_price":"4.5","sell_price":"5.5","date":"1566800752833"}}""";
        Assert.Equal("pair", Normalising.Run("bithumb", "ticker", One).MissingContext);
        Assert.Equal(
            new Ticker("bithumb", "xrp-btc", 5, 4.5m, 5.5m, null, 4, 7, ProviderTime.FromUnixMilliseconds(1_566_800_752_833)),
            Assert.Single(Normalising.Run("bithumb", "ticker", One, new ReplyContext(Pair: "xrp-btc")).Records));

        const string All = """{"status":"0000","data":{"BTC":{"closing_price":"5"},"ETH":{"closing_price":"x"},"date":"1566800752833"}}""";
        Assert.Equal("currency", Normalising.Run("bithumb", "ticker", All).MissingContext);
        var read = Normalising.Run("bithumb", "ticker", All, new ReplyContext(Pair: "btc-usdt"));
        Assert.Equal("btc-usdt", ((Ticker)Assert.Single(read.Records)).Pair);
        Assert.Equal(["invalid_field $.data.ETH.closing_price"], read.Faults());
    }

    [Fact]
    public void A_frame_of_the_older_socket_names_its_pairs_target_first_and_1_is_a_sale()
    {
        string Frame(string trades) => $$$"""{"type":"transaction","content":{"list":[{{{trades}}}]}}""";
        const string Trade = """{"symbol":"ETH_BTC","buySellGb":1,"contPrice":"7.5","contQty":"626","contDtm":"2021-06-02 08:43:41.416901"}""";
        var read = (Trade)Assert.Single(Normalising.Run("bithumb", "ws", Frame(Trade)).Records);
        Assert.Equal(("eth-btc", TakerSide.Sell), (read.Pair, read.TakerSide));
        Assert.Equal(
            ["invalid_field $.content.list[0].buySellGb"],
            Normalising.Run("bithumb", "ws", Frame(Trade.Replace(":1,", ":3,", StringComparison.Ordinal))).Faults());
        Assert.Equal(["unexpected_shape $.content"], Normalising.Run("bithumb", "ws", """{"type":"transaction","content":[]}""").Faults());
        Assert.Equal(["bad_request"], Normalising.Run("bithumb", "ws", """{"status":"5100","resmsg":"Invalid Filter Syntax"}""").Faults());
    }

    [Theory]
    [InlineData("[1723014780000,\"1\",\"2\",\"3\",\"1\"]", "unexpected_shape $.data[0]")]
    [InlineData("[1723014780000,\"1\",\"2\",\"3\",\"1\",\"1\",\"1\"]", "unexpected_shape $.data[0]")]
    [InlineData("[1723014780000,\"1\",\"2\",\"x\",\"1\",\"1\"]", "invalid_field $.data[0][3]")]
    [InlineData("{}", "unexpected_shape $.data[0]")]
    public void A_row_that_is_no_candle_is_refused(string row, string expected) => Assert.Equal(
        [expected],
        Normalising.Run("bithumb", "candles", $$"""{"status":"0000","data":[{{row}}]}""", new ReplyContext(Pair: "btc-krw", Interval: "1m")).Faults());

    [Fact]
    public void Changes_of_the_older_sockets_book_are_told_by_pair_best_first_and_zero_takes_away()
    {
        string Frame(string changes) => $$$"""{"type":"orderbookdepth","content":{"list":[{{{changes}}}],"datetime":"1622591012656250"}}""";
        const string Ask = """{"symbol":"BTC_KRW","orderType":"ask","price":"103","quantity":"0","total":"0"}""";
        const string Others = """{"symbol":"ETH_BTC","orderType":"bid","price":0.07,"quantity":"1.5"},{"symbol":"BTC_KRW","orderType":"bid","price":"100","quantity":"1"},{"symbol":"BTC_KRW","orderType":"bid","price":"101.0","quantity":"2"},{"symbol":"BTC_KRW","orderType":"bid","price":"101","quantity":"3.0"}""";
        Assert.Equal(
            [
                """{"kind":"order_book_delta","exchange":"bithumb","pair":"btc-krw","first_sequence":null,"sequence":null,"time":"2021-06-01T23:43:32.656250Z","bids":[["101","3"],["100","1"]],"asks":[["103","0"]]}""",
                """{"kind":"order_book_delta","exchange":"bithumb","pair":"eth-btc","first_sequence":null,"sequence":null,"time":"2021-06-01T23:43:32.656250Z","bids":[["0.07","1.5"]],"asks":[]}""",
            ],
            Normalising.Run("bithumb", "ws", Frame($"{Ask},{Others}")).Lines());

        foreach (var (broken, fault) in new[]
        {
            (Ask.Replace("\"0\",", "\"x\",", StringComparison.Ordinal), "invalid_field $.content.list[1].quantity"),
            (Ask.Replace("ask", "buy", StringComparison.Ordinal), "invalid_field $.content.list[1].orderType"),
            (Ask.Replace("\"ask\"", "null", StringComparison.Ordinal), "missing_field $.content.list[1].orderType"),
            ("7", "unexpected_shape $.content.list"),
        })
        {
            var read = Normalising.Run("bithumb", "ws", Frame($"{Ask},{broken}"));
            Assert.Equal([fault], read.Faults());
            Assert.Empty(read.Records);
        }

        Assert.Equal(
            ["wrong_pair $.content.list[0].symbol"],
            Normalising.Run("bithumb", "ws", Frame(Ask), new ReplyContext(Pair: "eth-krw")).Faults());
        Assert.Equal(["unexpected_shape $.content"], Normalising.Run("bithumb", "ws", """{"type":"orderbookdepth"}""").Faults());
    }

    [Fact]
    public void A_snapshot_of_the_older_socket_is_a_whole_book()
    {
        const string Frame = """{"type":"orderbooksnapshot","content":{"symbol":"BTC_KRW","datetime":1622591012656250,"bids":[["99","1"],["100","2"],["98","0"]],"asks":[["102","1"],["101.5","3"]]}}""";
        Assert.Equal(
            ["""{"kind":"order_book","exchange":"bithumb","pair":"btc-krw","sequence":null,"time":"2021-06-01T23:43:32.656250Z","bids":[["100","2"],["99","1"]],"asks":[["101.5","3"],["102","1"]]}"""],
            Normalising.Run("bithumb", "ws", Frame).Lines());
        Assert.Equal(
            ["invalid_field $.content.bids[0][0]"],
            Normalising.Run("bithumb", "ws", Frame.Replace("\"99\"", "\"x\"", StringComparison.Ordinal)).Faults());
    }

    [Theory]
    [InlineData("24H", "2344")]
    [InlineData("MID", "2344")]
    [InlineData("1H", null)]
    public void A_ticker_of_the_older_socket_tells_high_and_low_of_a_day_alone(string span, string? high)
    {
        var frame = $$$"""{"type":"ticker","content":{"symbol":"XRP_KRW","tickType":"{{{span}}}","date":"20200129","time":"081844","openPrice":"2302","closePrice":"2317","lowPrice":"2272","highPrice":"2344","volume":"12.5"}}""";
        var read = Normalising.Run("bithumb", "ws", frame);
        var ticker = (Ticker)Assert.Single(read.Records);
        Assert.Equal(("xrp-krw", (decimal?)2317, "2020-01-28T23:18:44Z"), (ticker.Pair, ticker.Last, ticker.Time.ToString()));
        Assert.Equal(high is null ? (null, null, null) : (2344m, 2272m, 12.5m), (ticker.High, ticker.Low, ticker.Volume));
        Assert.Equal(
            ["invalid_field $.content.date"],
            Normalising.Run("bithumb", "ws", frame.Replace("081844", "81844", StringComparison.Ordinal)).Faults());
    }

    [Fact]
    public void Lists_of_the_newer_API_are_read_in_the_older_ones_envelope_too()
    {
        string Wrapped(string row) => $$"""{"status":"0000","data":[{{row}}]}""";
        var ticker = (Ticker)Assert.Single(Normalising.Run("bithumb", "ticker", Wrapped("""{"market":"KRW-BTC","trade_price":5,"high_price":6,"timestamp":1698125744837}""")).Records);
        Assert.Equal(("btc-krw", (decimal?)5, (decimal?)6), (ticker.Pair, ticker.Last, ticker.High));
        var market = Wrapped("""{"market":"KRW-BTC","korean_name":"x"}""");
        Assert.Equal("btc-krw", ((Instrument)Assert.Single(Normalising.Run("bithumb", "markets", market).Records)).Pair);
        Assert.Equal(
            ["invalid_field $.data[0].trade_price"],
            Normalising.Run("bithumb", "trades", Wrapped("""{"market":"KRW-BTC","timestamp":1698125744837,"trade_price":"x","trade_volume":1}""")).Faults());
        Assert.Empty(Normalising.Run("bithumb", "markets", """{"status":"0000","data":[]}""").Faults());
        Assert.Equal(["bad_request"], Normalising.Run("bithumb", "markets", """{"status":"5500","message":"x"}""").Faults());
        Assert.Equal(["unexpected_shape"], Normalising.Run("bithumb", "markets", """{"status":"0000","data":{"BTC":{}}}""").Faults());
    }

    [Fact]
    public void What_has_none_of_a_tickers_fields_is_no_coin_among_all_coins()
    {
        const string All = """{"status":"0000","data":{"BTC":{"closing_price":null},"meta":{"page":1},"date":"1566800752833"}}""";
        var read = Normalising.Run("bithumb", "ticker", All, new ReplyContext(Currency: "krw"));
        Assert.Equal(["unexpected_shape $.data.meta.closing_price"], read.Faults());
        Assert.Equal(["btc-krw"], read.Records.Cast<Ticker>().Select(ticker => ticker.Pair));
    }

    private static Normalised Trades(string list) =>
        Normalising.Run("bithumb", "trades", $$"""{"status":"0000","data":{{list}}}""", new ReplyContext(Pair: "btc-krw"));
}
