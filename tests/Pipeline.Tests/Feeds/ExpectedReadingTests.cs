using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>
/// Where a recorded reply comes with another library's reading, each of its fields that a record has too agrees with ours. What a record
/// has no field for (cost, average, 24-hour change, …) isn't compared. One difference is deliberate: that library gives trades without an
/// id none, ours have a hash of their content.
/// </summary>
public sealed class ExpectedReadingTests
{
    [SharedTheory]
    [InlineData("response")]
    [InlineData("response_unquoted")]
    public void Upbits_trades_agree(string form)
    {
        var (reply, expected) = Read("upbit/trades-ticks__usdt-btc-ccxt", form);
        AssertTrades(expected, Normalising.Run("upbit", "trades", reply).Records.Cast<Trade>());
    }

    [SharedTheory]
    [InlineData("response")]
    [InlineData("response_unquoted")]
    public void Upbits_ticker_agrees(string form)
    {
        var (reply, expected) = Read("upbit/ticker__usdt-btc-ccxt", form);
        var ticker = (Ticker)Assert.Single(Normalising.Run("upbit", "ticker", reply).Records);
        Assert.Equal(Symbol(expected), ticker.Pair);
        Assert.Equal(expected.GetProperty("timestamp").GetInt64(), ticker.Time!.Value.UnixMilliseconds);
        Assert.Equal(expected.GetProperty("datetime").GetString(), ticker.Time.Value.ToString());
        Assert.Equal(
            new[] { "last", "close", "high", "low", "bid", "ask", "baseVolume" }.Select(name => (MarketNumber?)Number(expected, name)),
            [ticker.Last, ticker.Last, ticker.High, ticker.Low, ticker.Bid, ticker.Ask, ticker.Volume]);
    }

    [SharedFact]
    public void Upbits_ticker_of_2018_agrees()
    {
        var (reply, expected) = Read("upbit/ticker__krw-btc-xchange", "response");
        var ticker = (Ticker)Assert.Single(Normalising.Run("upbit", "ticker", reply).Records);
        Assert.Equal(
            [Number(expected, "trade_price"), Number(expected, "high_price"), Number(expected, "low_price")],
            [ticker.Last, ticker.High, ticker.Low]);
    }

    [SharedFact]
    public void Bithumbs_trades_agree_but_for_the_id_that_the_other_reading_lacks()
    {
        var (reply, expected) = Read("bithumb/public-transaction-history__btc-krw-ccxt", "response");
        AssertTrades(expected, Normalising.Run("bithumb", "trades", reply, new ReplyContext(Pair: "btc-krw")).Records.Cast<Trade>());
    }

    [SharedFact]
    public void Bithumbs_book_agrees()
    {
        var (reply, expected) = Read("bithumb/public-orderbook__btc-krw-ccxt", "response");
        var book = (OrderBook)Assert.Single(Normalising.Run("bithumb", "orderbook", reply).Records);
        Assert.Equal(Symbol(expected), book.Pair);
        Assert.Equal(expected.GetProperty("timestamp").GetInt64(), book.Time!.Value.UnixMilliseconds);
        Assert.Equal(expected.GetProperty("datetime").GetString(), book.Time.Value.ToString());
        Assert.Equal(JsonValueKind.Null, expected.GetProperty("nonce").ValueKind);
        Assert.Null(book.Sequence);
        Assert.Equal(Levels(expected, "bids"), book.Bids);
        Assert.Equal(Levels(expected, "asks"), book.Asks);
    }

    [SharedFact]
    public void Bithumbs_book_of_2019_agrees()
    {
        var (reply, expected) = Read("bithumb/public-orderbook__eth-2019", "response");
        var book = (OrderBook)Assert.Single(Normalising.Run("bithumb", "orderbook", reply).Records);
        BookLevel Best(string side) =>
            new(Number(expected.GetProperty(side), "price")!.Value, Number(expected.GetProperty(side), "amount")!.Value);
        Assert.Equal((Best("best_bid"), Best("best_ask")), (book.Bids[0], book.Asks[0]));
        Assert.Equal(
            (expected.GetProperty("bids").GetInt32(), expected.GetProperty("asks").GetInt32()), (book.Bids.Count, book.Asks.Count));
    }

    [SharedFact]
    public void Bithumbs_candle_agrees()
    {
        var (reply, expected) = Read("bithumb/public-candlestick__btc-krw-1m-ccxt", "response");
        var candle = (Candle)Assert.Single(
            Normalising.Run("bithumb", "candles", reply, new ReplyContext(Pair: "btc-krw", Interval: "1m")).Records);
        Assert.Equal(
            expected[0].EnumerateArray().Select(value => (MarketNumber)value.GetDecimal()),
            [candle.OpenTime.UnixMilliseconds, candle.Open, candle.High, candle.Low, candle.Close, candle.Volume!.Value]);
    }

    private static void AssertTrades(JsonElement expected, IEnumerable<Trade> trades)
    {
        var read = trades.ToList();
        Assert.Equal(expected.GetArrayLength(), read.Count);
        foreach (var (theirs, ours) in expected.EnumerateArray().Zip(read))
        {
            Assert.Equal(Symbol(theirs), ours.Pair);
            Assert.Equal(theirs.GetProperty("timestamp").GetInt64(), ours.Time.UnixMilliseconds);
            Assert.Equal(theirs.GetProperty("side").GetString(), ours.TakerSide is TakerSide.Buy ? "buy" : "sell");
            Assert.Equal(((MarketNumber?)Number(theirs, "price"), (MarketNumber?)Number(theirs, "amount")), (ours.Price, ours.Quantity));
            if (theirs.GetProperty("id").GetString() is { } id)
            {
                Assert.Equal(id, ours.TradeId);
            }
        }
    }

    private static (string Reply, JsonElement Expected) Read(string file, string form)
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(Fixtures.At(file + ".json")));
        return (envelope.RootElement.GetProperty(form).GetRawText(), envelope.RootElement.GetProperty("expected").Clone());
    }

    private static string Symbol(JsonElement expected) =>
        expected.GetProperty("symbol").GetString()!.ToLowerInvariant().Replace('/', '-');

    private static decimal? Number(JsonElement element, string name) => element.GetProperty(name) switch
    {
        { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => decimal.Parse(text.GetString()!, System.Globalization.CultureInfo.InvariantCulture),
        var number => number.GetDecimal(),
    };

    private static IEnumerable<BookLevel> Levels(JsonElement expected, string side) =>
        expected.GetProperty(side).EnumerateArray().Select(level => new BookLevel(level[0].GetDecimal(), level[1].GetDecimal()));
}
