using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>A zero stands for an instant that there was not yet: where a record can be without its time, it costs nothing.</summary>
public sealed class TimeOfZeroTests
{
    private static readonly ReplyContext Context = new("btc-krw", "bitcoin", "krw", Source: "all_exchange", Interval: "1m");

    [Theory]
    [InlineData("binance", "ticker", """{"symbol":"BTCKRW","lastPrice":"1","closeTime":0}""", null)]
    [InlineData("binance", "ws", """{"e":"24hrTicker","E":1672515782136,"s":"BTCKRW","c":"2","C":0}""", "2022-12-31T")]
    [InlineData("binance", "orderbook", """{"lastUpdateId":7,"E":1589436922972,"T":0,"bids":[],"asks":[]}""", "2020-05-14T")]
    [InlineData("coingecko", "simple_price", """{"bitcoin":{"krw":1,"last_updated_at":0}}""", null)]
    [InlineData("coingecko", "coins_markets", """[{"id":"bitcoin","current_price":1,"last_updated":"0001-01-01T00:00:00Z"}]""", null)]
    [InlineData("coingecko", "coins_markets", """[{"id":"bitcoin","current_price":1,"last_updated":0}]""", null)]
    [InlineData("coingecko", "global", """{"data":{"total_market_cap":{"krw":1},"total_volume":{"krw":1},"updated_at":0}}""", null)]
    [InlineData("coingecko", "ticker", """{"tickers":[{"base":"BTC","target":"KRW","market":{"identifier":"x"},"last":1,"timestamp":"1970-01-01T00:00:00+00:00","last_traded_at":"2021-05-16T07:46:57+00:00"}]}""", "2021-05-16T")]
    [InlineData("coinone", "ticker", """{"result":"success","tickers":[{"quote_currency":"KRW","target_currency":"BTC","timestamp":0,"last":"1"}]}""", null)]
    [InlineData("coinone", "ticker", """{"result":"success","errorCode":"0","timestamp":"0","currency":"btc","last":"1"}""", null)]
    [InlineData("coinone", "orderbook", """{"result":"success","timestamp":"0","quote_currency":"KRW","target_currency":"BTC","bids":[],"asks":[]}""", null)]
    [InlineData("bithumb", "orderbook", """{"status":"0000","data":{"timestamp":"0","payment_currency":"KRW","order_currency":"BTC","bids":[],"asks":[]}}""", null)]
    [InlineData("bithumb", "ticker", """{"status":"0000","data":{"closing_price":"1","date":"0"}}""", null)]
    [InlineData("bithumb", "ws", """{"type":"ticker","content":{"symbol":"BTC_KRW","tickType":"24H","closePrice":"1","date":"0","time":"0"}}""", null)]
    [InlineData("bithumb", "ws", """{"type":"ticker","content":{"symbol":"BTC_KRW","tickType":"24H","closePrice":"1","date":"20200129","time":"000000"}}""", "2020-01-28T15:00:00Z")]
    [InlineData("upbit", "ticker", """[{"market":"KRW-BTC","trade_price":1,"trade_timestamp":0,"timestamp":1751606040365}]""", "2025-07-04T")]
    [InlineData("upbit", "ticker", """[{"market":"KRW-BTC","trade_price":1,"trade_timestamp":1751606040365,"timestamp":0}]""", "2025-07-04T")]
    [InlineData("upbit", "ws", """{"type":"ticker","code":"KRW-BTC","trade_price":1,"trade_timestamp":0,"timestamp":1751606040365}""", "2025-07-04T")]
    [InlineData("upbit", "orderbook", """[{"market":"KRW-BTC","timestamp":0,"orderbook_units":[]}]""", null)]
    [InlineData("upbit", "candles", """[{"market":"KRW-BTC","candle_date_time_utc":"","candle_date_time_kst":"2025-07-01T08:59:00","opening_price":1,"high_price":1,"low_price":1,"trade_price":1,"unit":1}]""", "2025-06-30T")]
    [InlineData("coinbase", "orderbook", """{"sequence":9,"bids":[],"asks":[],"time":"0001-01-01T00:00:00Z"}""", null)]
    [InlineData("coinbase", "ticker", """{"price":"1","bid":"1","ask":"2","time":"1970-01-01T00:00:00Z"}""", null)]
    [InlineData("kraken", "ws", """[0,{"a":[["5541.3","2.5","0.000000"]]},"book-10","XBT/KRW"]""", null)]
    [InlineData("kraken", "ws", """{"channel":"ticker","type":"update","data":[{"symbol":"BTC/KRW","last":1,"timestamp":"0001-01-01T00:00:00Z"}]}""", null)]
    [InlineData("cryptoquant", "onchain", """{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{"datetime":"0","date":"2025-12-23","inflow_total":1}]}}""", "2025-12-23T")]
    public void A_zero_in_place_of_a_time_is_unknown_or_another_field_says_it(
        string provider, string dataset, string reply, string? time)
    {
        var interval = provider == "cryptoquant" ? "day" : Context.Interval;
        var read = Normalising.Run(provider, dataset, reply, Context with { Interval = interval });
        Assert.Empty(read.Faults());
        var told = TimeOf(Assert.Single(read.Records))?.ToString();
        Assert.True(time is null ? told is null : told!.StartsWith(time, StringComparison.Ordinal), told);
    }

    [Theory]
    [InlineData("binance", "trades", """[{"id":1,"price":"1","qty":"2","time":0}]""", "out_of_range $[0].time")]
    [InlineData("coinone", "trades", """{"result":"success","quote_currency":"KRW","target_currency":"BTC","transactions":[{"id":"1","timestamp":0,"price":"1","qty":"2"}]}""", "out_of_range $.transactions[0].timestamp")]
    [InlineData("upbit", "trades", """[{"market":"KRW-BTC","timestamp":0,"trade_price":1,"trade_volume":1,"ask_bid":"ASK"}]""", "out_of_range $[0].timestamp")]
    [InlineData("kraken", "trades", """{"error":[],"result":{"XXBTZKRW":[["1","2",0,"b","m",""]]}}""", "out_of_range $.result.XXBTZKRW[0][2]")]
    [InlineData("upbit", "orderbook", """[{"market":"KRW-BTC","timestamp":1,"orderbook_units":[]}]""", "out_of_range $[0].timestamp")]
    public void A_record_is_refused_that_cannot_be_without_its_time_or_whose_time_is_no_zero(
        string provider, string dataset, string reply, string fault)
    {
        var read = Normalising.Run(provider, dataset, reply, Context);
        Assert.Equal([fault], read.Faults());
        Assert.Empty(read.Records);
    }

    private static ProviderTime? TimeOf(NormalisedRecord record) => record switch
    {
        Ticker ticker => ticker.Time,
        OrderBook book => book.Time,
        OrderBookDelta delta => delta.Time,
        AssetPrice price => price.Time,
        GlobalMarket market => market.Time,
        Candle candle => candle.OpenTime,
        OnChainPoint point => point.Time,
        _ => throw new ArgumentOutOfRangeException(nameof(record), record.Kind, "No time is known of this kind."),
    };
}
