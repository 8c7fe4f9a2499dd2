using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>No bytes whatever may throw, loop, or leave a record behind that has no JSON form.</summary>
public sealed class HostileInputTests(ITestOutputHelper output)
{
    private static readonly ReplyContext Full = new("btc-krw", "bitcoin", "usd", null, "binance", null);

    private static readonly string[] Samples =
    [
        """{"result":"success","error_code":"0","quote_currency":"KRW","target_currency":"BTC","transactions":[{"id":"1","timestamp":1790134177835,"price":"1.5","qty":"2","is_seller_maker":true},{"id":2,"timestamp":"1790134177836","price":1e3,"qty":2.0,"is_seller_maker":false}]}""",
        """{"errorCode":"0","timestamp":"1521036988","completeOrders":[{"timestamp":"1521033485","price":"727600","qty":"4.2066"}],"result":"success","currency":"btc"}""",
        """{"result":"success","timestamp":1644488410702,"id":"1644488410702001","quote_currency":"KRW","target_currency":"BTC","bids":[{"price":"1","qty":"0.5"}],"asks":[{"price":"2","qty":"22.5"}]}""",
        """{"result":"success","tickers":[{"quote_currency":"KRW","target_currency":"BTC","timestamp":1499341142000,"high":"1","low":"1","last":"1","target_volume":"1","best_asks":[{"price":"1200.0","qty":"1.234"}],"best_bids":[]}]}""",
        """{"btc":{"volume":"36028.3351","last":"478500","currency":"btc"},"errorCode":"0","result":"success","timestamp":"1507003474"}""",
        """{"result":"success","chart":[{"timestamp":1582253100000,"open":"1","high":"1","low":"1","close":"1","target_volume":"0.0"}],"markets":[{"quote_currency":"KRW","target_currency":"BTC","trade_status":1}],"currencies":[{"symbol":"BTC","name":"B"}]}""",
        """{"response_type":"DATA","channel":"TRADE","data":{"quote_currency":"KRW","target_currency":"BTC","id":"1","timestamp":1790134177835,"price":"1","qty":"1","is_seller_maker":true}}""",
        """{"r":"DATA","c":"ORDERBOOK","d":{"qc":"KRW","tc":"BTC","t":1790134167554,"i":"7","a":[{"p":"11","q":"1"}],"b":[{"p":"9","q":"2"}]}}""",
        """{"response_type":"ERROR","error_code":160012,"message":"Invalid Topic"}""",
        """{"bitcoin":{"usd":76975,"usd_market_cap":1.5E12,"usd_24h_vol":29096603418.89408,"usd_24h_change":-1.4,"last_updated_at":1779092258}}""",
        """{"prices":[[1779027899041,77953.8],[1779028199661,null]],"market_caps":[[1779027899041,1]],"total_volumes":[]}""",
        """[[1779199200000,76769.0,76889.0,76744.0,76818.0]]""",
        """[{"id":"bitcoin","symbol":"btc","name":"Bitcoin","current_price":1,"last_updated":"2021-05-15T15:59:43.867Z"}]""",
        """["btc","usd"]""",
        """{"data":{"total_market_cap":{"btc":1.5},"total_volume":{"btc":1},"updated_at":1779878351}}""",
        """{"tickers":[{"base":"BTC","target":"USDT","market":{"identifier":"binance"},"last":1,"timestamp":"2021-05-16T07:46:57+00:00"}]}""",
        """{"error":{"status":{"error_code":10012,"error_message":"x"}}}""",
        """{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{"date":"2025-12-23","inflow_total":6211.09}]}}""",
        """[{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":73249.66500000,"trade_volume":8.4E-3,"ask_bid":"ASK","sequential_id":17103275719220001},{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":"1","trade_volume":2,"ask_bid":"BID"}]""",
        """[{"market":"KRW-BTC","timestamp":1751606867762,"orderbook_units":[{"ask_price":1.16539E8,"bid_price":148490000,"ask_size":0.01,"bid_size":0},{"ask_price":null,"bid_price":1,"ask_size":null,"bid_size":2}]}]""",
        """[{"market":"KRW-BTC","trade_timestamp":1751606040365,"high_price":"2.0","low_price":0,"trade_price":1,"acc_trade_volume_24h":1.5,"candle_date_time_utc":"2025-06-30T23:59:59","opening_price":1,"unit":240}]""",
        """{"type":"trade","code":"KRW-BTC","trade_timestamp":1696585056846,"trade_price":37625,"trade_volume":8.428e-05,"ask_bid":"ASK","sequential_id":1696585056846000}""",
        """[{"ty":"orderbook","cd":"KRW-BTC","tms":1790134773006000,"obu":[{"ap":2,"bp":1,"as":0.06,"bs":7.9276E-4}]},{"ty":"ticker","cd":"KRW-BTC","tp":1},{"ty":"candle.1m","cd":"KRW-BTC","cdttmu":"2025-01-02T04:28:00","op":1,"hp":1,"lp":1,"tp":1}]""",
        """{"error":{"name":404,"message":"Code not found"}}""",
        """{"status":"0000","data":[{"transaction_date":"2024-08-08 17:14:33","type":"ask","units_traded":"0.0006","price":"80649000"},{"transaction_date":"2024-08-08 7:14:33","type":"bid","units_traded":"1","price":"2"}]}""",
        """{"status":"0000","data":{"timestamp":"1723102637709","payment_currency":"KRW","order_currency":"BTC","bids":[{"price":"1","quantity":"0.0586"}],"asks":[{"price":"2","quantity":"0"}]}}""",
        """{"status":"0000","data":{"BTC":{"closing_price":"1","min_price":"0","max_price":"2","units_traded_24H":"3"},"date":"1566800752833"}}""",
        """{"status":"0000","data":[[1723014780000,"81061000","80860000","81062000","80860000","2.1630537"]]}""",
        """{"type":"transaction","content":{"list":[{"symbol":"BTC_KRW","buySellGb":"1","contPrice":"7.5","contQty":"626","contDtm":"2021-06-02 08:43:41.416901"}]}}""",
    ];

    /// <summary>Pieces that break readers: put in at random places.</summary>
    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true", "-", "e", ".", "0", "\\", "\\u", "\\ud800", "\\u0000", "\0", "\uFEFF", " ",
        "NaN", "Infinity", "1e999999999",
        "-0", "\"\"", "{}", "[]", "\"a\":1,", "\"price\":[],", "\"result\":\"error\",", "\"transactions\":[{}],",
        "\"target_currency\":\"ETH\",", "\"error_code\":7,", "\"market\":\"KRW-ETH\",",
        "\"symbol\":\"ETH_KRW\",", "\"type\":\"trade\",", "\"status\":\"5600\",",
        new string('9', 5000), "0." + new string('3', 5000), new string('[', 70), "{\"a\":", "\uD83D\uDE00",
    ];

    [Fact]
    public void The_samples_themselves_are_read()
    {
        foreach (var (provider, dataset, normaliser) in All())
        {
            var into = Samples.Select(
                sample => Run(normaliser, Encoding.UTF8.GetBytes(sample), Full with { Interval = dataset is "onchain" ? null : "4h" }));
            Assert.True(into.Any(normalised => normalised.Records.Count > 0), $"{provider} {dataset}");
        }
    }

    [Fact]
    public void No_mutated_reply_throws_and_a_malformed_one_leaves_no_record()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var round = 0; round < 3_000; round++)
        {
            var payload = Mutate(random, Encoding.UTF8.GetBytes(Samples[random.Next(Samples.Length)]));
            foreach (var (provider, dataset, normaliser) in All())
            {
                Check(normaliser, payload, $"seed {seed}, round {round}, {provider} {dataset}");
            }
        }
    }

    [Fact]
    public void No_truncated_reply_gives_a_record()
    {
        foreach (var sample in Samples)
        {
            var bytes = Encoding.UTF8.GetBytes(sample);
            foreach (var (provider, dataset, normaliser) in All())
            {
                for (var length = 0; length < bytes.Length; length++)
                {
                    var normalised = Run(normaliser, bytes[..length], Full);
                    Assert.True(normalised.Faults() is ["malformed_json"] && normalised.Records.Count == 0,
                        $"{provider} {dataset}: {sample[..length]}");
                }
            }
        }
    }

    [Fact]
    public void No_random_bytes_throw()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            var payload = new byte[random.Next(200)];
            random.NextBytes(payload);
            foreach (var (provider, dataset, normaliser) in All())
            {
                Check(normaliser, payload, $"seed {seed}, round {round}, {provider} {dataset}");
            }
        }
    }

    [Fact]
    public void Deep_nesting_and_long_names_are_refused_in_every_dataset()
    {
        foreach (var (provider, dataset, normaliser) in All())
        {
            Assert.Equal(["malformed_json"], Run(normaliser, Encoding.UTF8.GetBytes(new string('[', 100_000)), Full).Faults());
            var wide = "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i}\":{{\"usd\":\"{i}x\"}}")) + "}";
            Check(normaliser, Encoding.UTF8.GetBytes(wide), $"{provider} {dataset}");
        }
    }

    private static void Check(Normaliser normaliser, byte[] payload, string where)
    {
        try
        {
            var normalised = Run(normaliser, payload, Full);
            _ = normalised.Lines();
            Assert.True(normalised.Refusals.TrueForAll(
                r => r.Message.Length < 1000 && !r.Message.Any(char.IsControl) && (r.Path?.Any(char.IsControl) ?? false) is false));
            Assert.True(
                !normalised.Faults().Contains("malformed_json") || (normalised.Records.Count == 0 && normalised.Refusals.Count == 1));
            Assert.True(normalised.MissingContext is null || normalised.Records.Count == 0);
            Assert.True(normalised.Records.OfType<Trade>()
                .All(trade => trade is { Price: > 0, Quantity: > 0, Pair: "btc-krw", TradeId.Length: > 0 and <= 128 }));
        }
        catch (Exception e)
        {
            Assert.Fail($"{where}: {Encoding.UTF8.GetString(payload)[..Math.Min(payload.Length / 4, 600)]}: {e}");
        }
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var payload = bytes.ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(payload.Count);
            switch (random.Next(5))
            {
                case 0: payload[at] = (byte)random.Next(256); break;
                case 1: payload.RemoveRange(at, Math.Min(random.Next(1, 12), payload.Count - at - (at == 0 ? 1 : 0))); break;
                case 2: payload.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)])); break;
                case 3: payload.InsertRange(at, payload.GetRange(at, Math.Min(random.Next(1, 60), payload.Count - at))); break;
                default:
                    var digit = payload.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                    {
                        payload.InsertRange(digit, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    }

                    break;
            }

            if (payload.Count == 0)
            {
                return [];
            }
        }

        return [.. payload];
    }

    private static Normalised Run(Normaliser normaliser, byte[] payload, ReplyContext context)
    {
        var into = new Normalised();
        normaliser(payload, context, into);
        return into;
    }

    private static IEnumerable<(string Provider, string Dataset, Normaliser Normaliser)> All() =>
        from provider in Providers.All from entry in provider.Normalisers select (provider.Name, entry.Key, entry.Value);
}
