using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>
/// Recorded replies with another library's own reading of them: each of its fields agrees. What it leaves out on purpose is listed here:
/// <list type="bullet">
/// <item>its <c>timestamp</c> has milliseconds, and our times keep what the provider gave: they are compared at its milliseconds;</item>
/// <item>its prices went through binary floating point: they are compared as the shortest decimals that name those;</item>
/// <item><c>cost</c>, <c>type</c>, <c>fee</c>, <c>order</c> are not part of a record;</item>
/// <item>its candles are filtered by the call's <c>since</c> and limit: those that it kept are compared.</item>
/// </list>
/// </summary>
public sealed class IndependentReadingTests
{
    [SharedTheory]
    [InlineData("binance/aggtrades__btcusdt-ccxt", "response")]
    [InlineData("binance/aggtrades__btcusdt-ccxt", "response_unquoted")]
    [InlineData("kraken/trades__xbtusdt-ccxt", "response")]
    public void Trades_agree(string file, string form)
    {
        using var envelope = Open(file);
        var trades = Read<Trade>(file, "trades", envelope.RootElement.GetProperty(form), new ReplyContext(Pair: "btc-usdt"));
        var expected = envelope.RootElement.GetProperty("expected").EnumerateArray().Select(trade => (
            trade.GetProperty("id").GetString()!, trade.GetProperty("timestamp").GetInt64(),
            trade.GetProperty("symbol").GetString()!.Replace('/', '-').ToLowerInvariant(), trade.GetProperty("side").GetString(),
            (MarketNumber)trade.GetProperty("price").GetDecimal(), (MarketNumber)trade.GetProperty("amount").GetDecimal()));
        Assert.Equal(expected, trades.Select(trade => (
            trade.TradeId, trade.Time.UnixMilliseconds, trade.Pair, trade.TakerSide?.ToString().ToLowerInvariant(), trade.Price,
            trade.Quantity)));
    }

    [SharedTheory]
    [InlineData("binance/klines__btcusdt-1h-ccxt")]
    [InlineData("kraken/ohlc__xbtusdt-1h-ccxt")]
    public void Candles_agree(string file)
    {
        using var envelope = Open(file);
        var candles = Read<Candle>(
            file, "candles", envelope.RootElement.GetProperty("response"), new ReplyContext(Pair: "btc-usdt", Interval: "1h"))
            .ToDictionary(candle => candle.OpenTime.UnixMilliseconds);
        foreach (var row in envelope.RootElement.GetProperty("expected").EnumerateArray())
        {
            var candle = candles[row[0].GetInt64()];
            Assert.Equal(
                [row[1].GetDecimal(), row[2].GetDecimal(), row[3].GetDecimal(), row[4].GetDecimal(), row[5].GetDecimal()],
                [candle.Open, candle.High, candle.Low, candle.Close, candle.Volume!.Value]);
        }
    }

    [SharedFact]
    public void Krakens_trades_of_six_elements_agree()
    {
        using var envelope = Open("kraken/trades__xbtusd-2013");
        var trades = Read<Trade>("kraken/", "trades", envelope.RootElement.GetProperty("response"), new ReplyContext());
        var expected = envelope.RootElement.GetProperty("expected");
        var first = expected.GetProperty("first");
        Assert.Equal(expected.GetProperty("count").GetInt32(), trades.Count);
        Assert.Equal(
            (first.GetProperty("price").GetString(), first.GetProperty("side").GetString(), first.GetProperty("timestamp_ms").GetInt64()),
            (trades[0].Price.ToString(), trades[0].TakerSide?.ToString().ToLowerInvariant(), trades[0].Time.UnixMilliseconds));
        Assert.Equal(decimal.Parse(first.GetProperty("amount").GetString()!), trades[0].Quantity);
        Assert.Equal(decimal.Parse(expected.GetProperty("second").GetProperty("amount").GetString()!), trades[1].Quantity);
        Assert.Equal("2013-11-27T19:17:21.7876Z", trades[1].Time.ToString());

        // It names the reply by `last`, which is where to go on; a trade of ours has an id of its own content.
        Assert.Equal(trades.Count, trades.Select(trade => trade.TradeId).Distinct().Count());
        Assert.DoesNotContain(expected.GetProperty("last_id").GetString(), trades.Select(trade => trade.TradeId));
    }

    private static JsonDocument Open(string file) => JsonDocument.Parse(File.ReadAllBytes(Fixtures.At(file + ".json")));

    private static List<T> Read<T>(string file, string dataset, JsonElement reply, ReplyContext context)
    {
        var normalised = Normalising.Run(file.Split('/')[0], dataset, reply.GetRawText(), context);
        Assert.Empty(normalised.Refusals);
        return [.. normalised.Records.Cast<T>()];
    }
}
