using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Every recorded reply of Coinbase: read right, and as another library read it where that one's reading is recorded.</summary>
public sealed class CoinbaseFixtureTests
{
    /// <summary>File, dataset, the pair that only the request knows, records.</summary>
    public static readonly TheoryData<string, string, string?, int> Expected = new()
    {
        { "advanced-ticker-trades__btc-usdc-ccxt", "trades", null, 1 },
        { "advanced-ticker-trades__btc-usdc-ccxt", "ticker", "btc-usdc", 1 },
        { "advanced-ticker-trades__example", "trades", null, 1 },
        { "advanced-ws-heartbeats__recorded", "ws", null, 0 },
        { "advanced-ws-market-trades__eth-usdt", "ws", null, 2 },
        { "advanced-ws-ticker__example", "ws", null, 1 },
        { "exchange-book__btc-usd-level2-2019", "orderbook", "btc-usd", 1 },
        { "exchange-candles__btc-usd-1m", "candles", "btc-usd", 10 },
        { "exchange-candles__btc-usdt-1h-ccxt", "candles", "btc-usdt", 1 },
        { "exchange-products__2017", "markets", null, 9 },
        { "exchange-products__2021-subset", "markets", null, 40 },
        { "exchange-stats__2015", "ticker", "btc-usd", 1 },
        { "exchange-trades__btc-usdt-ccxt", "trades", "btc-usdt", 1 },
        { "exchange-ws-level2__band-gbp", "ws", null, 300 },
        { "exchange-ws-matches__skl-usd", "ws", null, 53 },
        { "exchange-ws-ticker__nmr-eur", "ws", null, 9 },
        { "exchange-ws-ticker__skl-usd", "ws", null, 53 },
    };

    [SharedTheory]
    [MemberData(nameof(Expected))]
    public void A_recorded_reply_gives_its_records_and_refuses_nothing(string file, string dataset, string? pair, int records)
    {
        var all = Read(file, dataset, new ReplyContext(Pair: pair, Interval: "1h"));

        Assert.All(all, normalised => Assert.Null(normalised.MissingContext));
        Assert.Empty(all.SelectMany(normalised => normalised.Refusals));
        Assert.Equal((records, 0), (all.Sum(normalised => normalised.Records.Count), all.Sum(normalised => normalised.Rounded)));
    }

    [SharedFact]
    public void Every_recorded_reply_has_a_row()
    {
        var files = Directory.GetFiles(Fixtures.At("coinbase")).Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.Empty(files.Except(Expected.Select(row => (string)((object[])row)[0])));
    }

    [SharedTheory]
    [InlineData("exchange-trades__btc-usdt-ccxt", "trades", """{"kind":"trade","exchange":"coinbase","pair":"btc-usdt","trade_id":"18502034","price":"73271.63","quantity":"0.00007448","taker_side":"buy","time":"2024-03-13T11:00:17.710679Z"}""")]
    [InlineData("exchange-ws-matches__skl-usd", "ws", """{"kind":"trade","exchange":"coinbase","pair":"skl-usd","trade_id":"1568267","price":"0.7904","quantity":"1338.3","taker_side":"buy","time":"2021-04-17T16:43:37.056746Z"}""")]
    [InlineData("advanced-ws-market-trades__eth-usdt", "ws", """{"kind":"trade","exchange":"coinbase","pair":"eth-usdt","trade_id":"22381691","price":"2375.56","quantity":"0.5","taker_side":"sell","time":"2024-10-04T07:13:31.088388Z"}""")]
    [InlineData("advanced-ws-ticker__example", "ws", """{"kind":"ticker","exchange":"coinbase","pair":"eth-usdt","last":"21932.98","bid":"21931.98","ask":"21933.98","high":"23011.18","low":"21835.29","volume":"16038.28770938","time":"2023-02-09T20:30:37.167359596Z"}""")]
    [InlineData("exchange-ws-ticker__nmr-eur", "ws", """{"kind":"ticker","exchange":"coinbase","pair":"nmr-eur","last":"67.021","bid":"66.9082","ask":"67.021","high":"74.5","low":"60.4695","volume":"25744.667","time":"2021-04-17T16:43:35.964718Z"}""")]
    [InlineData("exchange-candles__btc-usd-1m", "candles", """{"kind":"candle","exchange":"coinbase","pair":"btc-usdt","interval":"1h","open_time":"2018-02-01T00:09:00Z","open":"10106.01","high":"10120.21","low":"10106","close":"10120.21","volume":"2.85107455","final":null}""")]
    [InlineData("exchange-products__2021-subset", "markets", """{"kind":"instrument","exchange":"coinbase","pair":"skl-eur","status":"trading","price_step":"0.0001","quantity_step":"0.1"}""")]
    [InlineData("exchange-stats__2015", "ticker", """{"kind":"ticker","exchange":"coinbase","pair":"btc-usdt","last":null,"bid":null,"ask":null,"high":"255.47","low":"244.29","volume":"7697.38286685","time":null}""")]
    public void The_first_record_of_a_reply_is_as_the_provider_said(string file, string dataset, string expected)
    {
        var pair = dataset is "ws" or "markets" ? null : "btc-usdt";
        var lines = Read(file, dataset, new ReplyContext(Pair: pair, Interval: "1h")).SelectMany(normalised => normalised.Lines());
        Assert.Equal(expected, lines.First());
    }

    /// <summary>Of the trade every field agrees. The library keeps milliseconds of the time; its side is inverted like ours.</summary>
    [SharedFact]
    public void A_trade_is_as_ccxt_read_it()
    {
        foreach (var key in new[] { "response", "response_unquoted" })
        {
            var (reply, expected) = Recorded("exchange-trades__btc-usdt-ccxt", key);
            var trade = (Trade)Assert.Single(Normalising.Run("coinbase", "trades", reply, new ReplyContext(Pair: "btc-usdt")).Records);
            var said = expected[0];
            Assert.Equal(
                (said.GetProperty("id").GetString(), said.GetProperty("timestamp").GetInt64(), "BTC/USDT",
                    said.GetProperty("side").GetString()),
                (trade.TradeId, trade.Time.UnixMilliseconds, said.GetProperty("symbol").GetString(),
                    trade.TakerSide.ToString()!.ToLowerInvariant()));
            Assert.Equal(
                (said.GetProperty("price").GetDecimal(), said.GetProperty("amount").GetDecimal()), (trade.Price, trade.Quantity));
        }
    }

    [SharedFact]
    public void A_candle_is_as_ccxt_read_it_low_and_open_not_mixed_up()
    {
        var (reply, expected) = Recorded("exchange-candles__btc-usdt-1h-ccxt", "response");
        var candle = (Candle)Assert.Single(
            Normalising.Run("coinbase", "candles", reply, new ReplyContext(Pair: "btc-usdt", Interval: "1h")).Records);
        Assert.Equal(
            expected[0].EnumerateArray().Select(value => (MarketNumber)value.GetDecimal()),
            [candle.OpenTime.UnixMilliseconds, candle.Open, candle.High, candle.Low, candle.Close, candle.Volume!.Value]);
    }

    /// <summary>Of the ticker every field that the library knows agrees; what it leaves null is null here.</summary>
    [SharedFact]
    public void A_ticker_is_as_ccxt_read_it()
    {
        var (reply, said) = Recorded("advanced-ticker-trades__btc-usdc-ccxt", "response");
        var ticker = (Ticker)Assert.Single(Normalising.Run("coinbase", "ticker", reply).Records);
        decimal? Of(string name) => said.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDecimal() : null;
        Assert.Equal(
            (Of("last"), Of("bid"), Of("ask"), Of("high"), Of("low"), Of("baseVolume")),
            (ticker.Last, ticker.Bid, ticker.Ask, ticker.High, ticker.Low, ticker.Volume));
        Assert.Equal((said.GetProperty("timestamp").GetInt64(), "btc-usdc"), (ticker.Time!.Value.UnixMilliseconds, ticker.Pair));
    }

    [SharedFact]
    public void A_levels_size_of_zero_takes_it_away_however_it_is_written()
    {
        var changes = Read("exchange-ws-level2__band-gbp", "ws", new ReplyContext()).SelectMany(of => of.Records).ToList();
        Assert.IsType<OrderBook>(changes[0]);
        var deltas = changes.Skip(1).Cast<OrderBookDelta>().ToList();
        Assert.Equal(299, deltas.Count);
        Assert.Contains(deltas, delta => delta.Asks.Concat(delta.Bids).Any(level => level.Quantity == 0));
        Assert.All(deltas, delta => Assert.NotEmpty(delta.Asks.Concat(delta.Bids)));
        Assert.Equal("""{"kind":"order_book_delta","exchange":"coinbase","pair":"band-gbp","first_sequence":null,"sequence":null,"time":"2021-04-17T16:43:37.083117Z","bids":[],"asks":[["14.8098","0"]]}""", Normalising.Json(deltas[0]));
    }

    [SharedFact]
    public void The_numbers_of_the_recorded_matches_are_consecutive()
    {
        var numbers = Read("exchange-ws-matches__skl-usd", "ws", new ReplyContext()).SelectMany(of => of.Records).Cast<Trade>()
            .Select(trade => int.Parse(trade.TradeId, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
    }

    private static List<Normalised> Read(string file, string dataset, ReplyContext context) =>
        [.. Fixtures.Payloads($"coinbase/{file}.json").Select(payload => Normalising.Run("coinbase", dataset, payload, context))];

    private static (string Reply, JsonElement Expected) Recorded(string file, string key)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.At($"coinbase/{file}.json")));
        return (document.RootElement.GetProperty(key).GetRawText(), document.RootElement.GetProperty("expected").Clone());
    }
}
