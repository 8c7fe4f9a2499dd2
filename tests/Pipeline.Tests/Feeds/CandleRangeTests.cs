using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What every provider's candles have in common.</summary>
public sealed class CandleRangeTests
{
    /// <summary>OPEN, HIGH, LOW, CLOSE and VOLUME stand for the numbers.</summary>
    public static TheoryData<string, string, string, string> Forms { get; } = new()
    {
        { "binance", "candles", """[[1588740120000,"OPEN","HIGH","LOW","CLOSE","VOLUME"]]""", "$[0][2]" },
        { "binance", "ws", """{"e":"kline","s":"BTCKRW","k":{"t":1633998480000,"i":"1m","o":"OPEN","h":"HIGH","l":"LOW","c":"CLOSE","v":"VOLUME"}}""", "$.k.h" },
        { "kraken", "candles", """{"error":[],"result":{"XXBTZKRW":[[1688671200,"OPEN","HIGH","LOW","CLOSE","1","VOLUME",23]]}}""", "$.result.XXBTZKRW[0][2]" },
        { "kraken", "ws", """{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/KRW","open":OPEN,"high":HIGH,"low":LOW,"close":CLOSE,"volume":VOLUME,"interval_begin":"2023-10-04T16:25:00.000000000Z","interval":5}]}""", "$.data[0].high" },
        { "coinbase", "candles", "[[1517443740,LOW,HIGH,OPEN,CLOSE,VOLUME]]", "$[0][2]" },
        { "coinone", "candles", """{"result":"success","chart":[{"timestamp":1582253100000,"open":"OPEN","high":"HIGH","low":"LOW","close":"CLOSE","target_volume":"VOLUME"}]}""", "$.chart[0].high" },
        { "bithumb", "candles", """{"status":"0000","data":[[1723014780000,"OPEN","CLOSE","HIGH","LOW","VOLUME"]]}""", "$.data[0][3]" },
        { "upbit", "candles", """[{"market":"KRW-BTC","candle_date_time_utc":"2025-06-30T23:59:00","opening_price":OPEN,"high_price":HIGH,"low_price":LOW,"trade_price":CLOSE,"candle_acc_trade_volume":VOLUME,"unit":1}]""", "$[0].high_price" },
        { "coingecko", "ohlc", "[[1779199200000,OPEN,HIGH,LOW,CLOSE]]", "$[0][2]" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_candle_whose_high_is_below_its_low_is_refused(string provider, string dataset, string form, string path)
    {
        var read = Run(provider, dataset, form, "2", "1", "3", "2", "1");
        Assert.Equal(["invalid_field " + path], read.Faults());
        Assert.Empty(read.Records);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_candle_with_one_price_or_a_close_that_was_rounded_past_its_range_is_taken(
        string provider, string dataset, string form, string path)
    {
        Assert.NotEmpty(path);
        var still = (Candle)Assert.Single(Run(provider, dataset, form, "2", "2", "2", "2", "0").Records);
        Assert.Equal((2m, 2m), (still.High, still.Low));
        var rounded = (Candle)Assert.Single(Run(provider, dataset, form, "1", "2", "1.5", "2.01", "1").Records);
        Assert.Equal((1m, 2.01m), (rounded.Open, rounded.Close));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_candle_with_a_volume_below_zero_is_refused(string provider, string dataset, string form, string path)
    {
        Assert.NotEmpty(path);
        if (form.Contains("VOLUME", StringComparison.Ordinal))
        {
            var read = Run(provider, dataset, form, "1", "1", "1", "1", "-1");
            Assert.Empty(read.Records);
            Assert.StartsWith("invalid_field", Assert.Single(read.Faults()), StringComparison.Ordinal);
        }
    }

    private static Normalised Run(
        string provider, string dataset, string form, string open, string high, string low, string close, string volume)
    {
        var reply = form.Replace("OPEN", open, StringComparison.Ordinal).Replace("HIGH", high, StringComparison.Ordinal)
            .Replace("LOW", low, StringComparison.Ordinal).Replace("CLOSE", close, StringComparison.Ordinal)
            .Replace("VOLUME", volume, StringComparison.Ordinal);
        return Normalising.Run(provider, dataset, reply, new ReplyContext("btc-krw", Interval: provider == "coingecko" ? "4h" : "1m"));
    }
}
