using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>No bytes whatever may throw, loop, or leave a record behind that has no JSON form.</summary>
public sealed class HostileInputTests(ITestOutputHelper output)
{
    private static readonly ReplyContext Full = new("btc-krw", "bitcoin", "usd", "hash_rate", "binance", null, Query: "2026-01-31");

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
        """{"id":"bitcoin","symbol":"btc","name":"Bitcoin","market_data":{"current_price":{"usd":1.5}},"last_updated":"2024-04-07T15:24:51.021Z"}""",
        """{"coins":[{"id":"bitcoin","name":"Bitcoin","symbol":"BTC"}],"exchanges":[],"icos":[],"categories":[],"nfts":[]}""",
        """[{"trade_id":18502034,"side":"sell","size":"0.00007448","price":"73271.63000000","time":"2024-03-13T11:00:17.710679Z"}]""",
        """{"trades":[{"trade_id":"1","product_id":"BTC-KRW","price":"66363.03","size":"0.03","time":"2024-04-24T09:56:38.063595Z","side":"BUY"}],"best_bid":"66367.58","best_ask":""}""",
        """{"sequence":9,"bids":[["5362.39","0.12951376",1]],"asks":[["5363.77","0.1",1]],"time":"2021-04-17T16:43:37.056746Z"}""",
        """{"open":"254.04","high":"255.47","low":"244.29","volume":"7697.38"}""",
        """[[1517443740,10106,10120.21,10106.01,10120.21,2.85107455]]""",
        """[{"id":"BTC-KRW","base_currency":"BTC","quote_currency":"KRW","quote_increment":"0.01","base_increment":"0.1","status":"online","trading_disabled":false}]""",
        """{"type":"match","trade_id":1568268,"side":"sell","size":"450","price":"0.791","product_id":"BTC-KRW","sequence":201390075,"time":"2021-04-17T16:43:37.121358Z"}""",
        """{"type":"l2update","product_id":"BTC-KRW","changes":[["buy","14.80","0.00"]],"time":"2021-04-17T16:43:37.083117Z"}""",
        """{"channel":"ticker","timestamp":"2023-02-09T20:30:37.167359596Z","events":[{"type":"snapshot","tickers":[{"product_id":"BTC-KRW","price":"1","volume_24_h":""}]}]}""",
        """{"data":[{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","PriceUSD":"8582.09","SplyBMXNtv-status":"reviewed","TxCnt":null}]}""",
        """{"data":[{"time":"2015-01-08T20:55:00.028749000Z","market":"coinbase-btc-krw-spot","coin_metrics_id":"100","amount":"1000.01","price":"10.61","side":"buy"}]}""",
        """{"error":{"type":"bad_parameter","message":"x"}}""",
        """{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{"date":"2025-12-23","inflow_total":6211.09}]}}""",
        """[{"a":1,"p":"73245.90000000","q":"0.00132000","f":1,"l":1,"T":1710327551703,"m":false,"M":true},{"id":2,"price":"1","qty":"2","time":1710327551703,"isBuyerMaker":true}]""",
        """{"lastUpdateId":499869752,"bids":[["0.35210000","672.00000000"]],"asks":[["0.4","1"]]}""",
        """[[1710327600000,"73249.24","73394.30","73234.62","73347.62","0.23592000",1710331199999,"1",55,"0","0","0"]]""",
        """[{"symbol":"BTCKRW","lastPrice":"1","bidPrice":"1","askPrice":"2","closeTime":1730439018472}]""",
        """{"symbols":[{"symbol":"BTCKRW","status":"TRADING","baseAsset":"BTC","quoteAsset":"KRW","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"}]}]}""",
        """{"stream":"btckrw@depth","data":{"e":"depthUpdate","E":1633998512068,"s":"BTCKRW","U":7,"u":9,"b":[["0.3513","6195"]],"a":[]}}""",
        """{"e":"kline","E":1633998523963,"s":"BTCKRW","k":{"t":1633998480000,"i":"1m","o":"1","c":"1","h":"1","l":"1","v":"1","x":false}}""",
        """{"error":[],"result":{"XXBTZKRW":[["30243.4","0.34",1688669597.8277369,"b","m","",61044952],["1","2",1688669597.8,"s","l",""]],"last":"1688671969993150842"}}""",
        """{"error":[],"result":{"XBTKRW":{"asks":[["241.7","1.5",1556867627]],"bids":[["241.6","1.5",1556867627]]}}}""",
        """{"error":[],"result":{"XXBTZKRW":[[1688671200,"1","2","1","1","1","3.3",23]],"last":1688672160}}""",
        """{"error":[],"result":{"XBTKRW":{"a":["1","1","1"],"b":["1","18","18"],"c":["1","0.6"],"v":["1","2"],"h":["1","2"],"l":["1","2"]}}}""",
        """{"error":[],"result":{"XXBTZKRW":{"altname":"XBTKRW","wsname":"XBT\/KRW","base":"XXBT","quote":"ZKRW","pair_decimals":1,"lot_decimals":8}}}""",
        """{"error":["EAPI:Rate limit exceeded"]}""",
        """[0,{"a":[["5541.3","2.5","1534614248.456738"]]},{"b":[["5541.2","0.0","1534614335.345903"]],"c":"3647725291"},"book-10","XBT/KRW"]""",
        """[0,[["5541.2","0.15","1534614057.321597","s","l",""]],"trade","XBT/KRW"]""",
        """{"channel":"book","type":"update","data":[{"symbol":"BTC/KRW","bids":[{"price":1.0,"qty":0}],"asks":[],"checksum":1,"timestamp":"2023-10-06T17:35:55.440295Z"}]}""",
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
        .. ISampleReplies.All,
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
            var into =
                from sample in Samples
                from interval in new[] { null, "day", "4h" }
                select Run(normaliser, Encoding.UTF8.GetBytes(sample), Full with { Interval = interval });
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
                .All(trade => trade is { Price.Sign: 1, Quantity.Sign: 1, Pair: "btc-krw", TradeId.Length: > 0 and <= 128 }));
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
