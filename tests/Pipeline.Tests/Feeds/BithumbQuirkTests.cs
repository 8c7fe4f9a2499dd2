using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of Bithumb's older API may look like.</summary>
public sealed class BithumbQuirkTests
{
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

    private static Normalised Trades(string list) =>
        Normalising.Run("bithumb", "trades", $$"""{"status":"0000","data":{{list}}}""", new ReplyContext(Pair: "btc-krw"));
}
