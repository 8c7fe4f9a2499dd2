using System.Text;
using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Binance;
using AkkaCrypto.Pipeline.Feeds.Bithumb;
using AkkaCrypto.Pipeline.Feeds.Coinbase;
using AkkaCrypto.Pipeline.Feeds.CoinGecko;
using AkkaCrypto.Pipeline.Feeds.CoinMetrics;
using AkkaCrypto.Pipeline.Feeds.Coinone;
using AkkaCrypto.Pipeline.Feeds.CryptoQuant;
using AkkaCrypto.Pipeline.Feeds.Kraken;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>
/// Plain replies are read by a way of their own, others field by field. A byte order mark, which means nothing, makes any reply one of the
/// second kind, so both ways can be asked for the same content: they must not differ in anything.
/// </summary>
public sealed class PlainReplySpec(ITestOutputHelper output)
{
    private const int Rounds = 20_000;

    private static readonly PlainCase[] Cases =
    [
        new("coinone", "trades", CoinoneTrades.TryReadPlain, new ReplyContext(Pair: "btc-krw"),
            """{"result":"success","error_code":"0","server_time":1416895635000,"quote_currency":"KRW","target_currency":"BTC","transactions":[{"id":"1416893212001","timestamp":1416895634000,"price":"420000","qty":"0.1","is_seller_maker":true},{"id":"1416893212002","timestamp":1416895634001,"price":"420000.50","qty":"12","is_seller_maker":false},{"id":"1416893212003","timestamp":1416895634002,"price":"1","qty":"0.00000001","is_seller_maker":true}]}"""),
        new("binance", "trades", BinanceTrades.Plain, new ReplyContext(Pair: "btc-usdt"),
            """[{"a":26872407,"p":"73245.90000000","q":"0.00132000","f":28407348,"l":28407348,"T":1710327551703,"m":false,"M":true},{"a":26872408,"p":"73245.9","q":"1","f":28407349,"l":28407350,"T":1710327551704,"m":true,"M":true}]"""),
        new("binance", "trades", BinanceTrades.Plain, new ReplyContext(Pair: "btc-usdt"),
            """[{"id":445572811,"price":"13246.33000000","qty":"0.06028600","time":1603949112567,"isBuyerMaker":false,"isBestMatch":true},{"id":445572812,"price":"13246.33000000","qty":"0.06028600","time":1603949112567,"isBuyerMaker":false,"isBestMatch":true}]"""),
        new("coinbase", "trades", CoinbaseTrades.Plain, new ReplyContext(Pair: "btc-usd"),
            """[{"trade_id":18502034,"side":"sell","size":"0.00007448","price":"73271.63000000","time":"2024-03-13T11:00:17.710679Z"},{"trade_id":18502033,"side":"buy","size":"2","price":"73271.63","time":"2024-03-13T11:00:17Z"}]"""),
        new("kraken", "trades", KrakenTrades.TryReadPlain, new ReplyContext(Pair: "btc-usd"),
            """{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953],["30243.3","1",1688669599,"s","l","",61044954]],"last":"1688671969993150842"}}"""),
        new("upbit", "trades", new QuotationLists(new QuotationDialect("upbit", "Upbit", UnixUnit.Milliseconds)).PlainTrades,
            new ReplyContext(Pair: "btc-krw"),
            """[{"market":"KRW-BTC","trade_date_utc":"2024-03-13","timestamp":1710327571922,"trade_price":73249.66500000,"trade_volume":8.4E-3,"prev_closing_price":1,"ask_bid":"ASK","sequential_id":17103275719220001},{"market":"KRW-BTC","trade_date_utc":"2024-03-13","timestamp":1710327571922,"trade_price":1,"trade_volume":2,"prev_closing_price":-0.5e1,"ask_bid":"BID","sequential_id":17103275719220002}]"""),
        new("bithumb", "trades", new QuotationLists(BithumbProvider.Dialect).PlainTrades, new ReplyContext(Pair: "btc-krw"),
            """[{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":73249.665,"trade_volume":0.0084,"ask_bid":"ASK"},{"market":"KRW-BTC","timestamp":1710327571922,"trade_price":73249.665,"trade_volume":0.0084,"ask_bid":"ASK"}]"""),
        new("coinmetrics", "onchain", PlainMetrics.TryRead, new ReplyContext(Source: "binance", Interval: "day"),
            """{"data":[{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","PriceUSD":"8582.09029964933","SplyExNtv":"1","TxCnt":null,"TxCnt-status":"reviewed"},{"asset":"btc","time":"2020-03-01T00:00:00.000000000Z","PriceUSD":"8600","SplyExNtv":null,"TxCnt":"12","TxCnt-status":"flash"},{"asset":"eth","time":"2020-03-01T00:00:00.000000000Z","PriceUSD":"200.5","SplyExNtv":"3","TxCnt":"","TxCnt-status":null}],"next_page_token":"0.MjAyMA","next_page_url":"https://example.invalid/?a=1"}"""),
        new("cryptoquant", "onchain", PlainSeries.TryRead,
            new ReplyContext(Asset: "bitcoin", Source: "binance", Interval: "day", Metric: "exchange_inflow_total"),
            """{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{"date":"2025-12-23","inflow_total":6211.09333883,"inflow_top10":1935.27,"inflow_mean":null},{"date":"2025-12-22","inflow_total":0,"inflow_top10":-1.5,"inflow_mean":1e-3}]}}"""),
        new("coingecko", "market_chart", PlainChart.TryRead, new ReplyContext(Asset: "bitcoin", Currency: "usd"),
            """{"prices":[[1779027899041,77953.82550382407],[1779028199661,null]],"market_caps":[[1779027899041,1561000000000.5],[1779028199661,1.5e12]],"total_volumes":[[1779027899041,31000000000],[1779028199661,0]]}"""),
    ];

    /// <summary>What may stand where a value stood.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "false", "\"\"", "0", "-0", "-1.5", "\"12.5\"", "12.5", "1.5e3", "1E+2", "01", "1.", ".5", "1e", "-", "+1", "[]",
        "{}", "[1]", "\"x\"", "\"a\\u0062\"", "\"\\\"\"", "\"\\ud800\"", "\"\u00e9\"", "\" 1\"", "\"buy\"", "\"SELL\"", "\"b\"",
        "\"ASK\"", "1779028199661", "\"1779028199661\"", "1779028199661.0", "1779028199661.5", "1779028199.66105",
        "1779028199.6610512345", "\"2024-02-30\"",
        "\"2024-02-29\"", "\"2024-03-13T11:00:17+09:00\"", "\"KRW-BTC\"", "\"KRW-ETH\"", "\"ETH\"", "\"eth\"", "99999999999999999999",
        "0.000000000000000000012345678901234567890123", "12345678901234567.8901234567890123456789",
        "99999999999999999999999999999999999999",
    ];

    private static readonly string[] Pieces =
    [
        " ", "\n", "\t", ",", ":", "\"", "[", "]", "{", "}", "\\", "\0", "0", "-", "e", "\"x\":1,", "\"price\":\"7\",", "[],", "{},",
        "1,", "]}",
    ];

    private delegate void Change(List<byte> json, Random random);

    private static readonly Change[] Changes =
    [
        ReplaceValue, ReplaceValue, ReplaceValue,
        (json, random) => json[random.Next(json.Count)] = (byte)random.Next(256),
        (json, random) => json.InsertRange(random.Next(json.Count), Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)])),
        (json, random) =>
        {
            var at = random.Next(json.Count);
            json.RemoveRange(at, Math.Min(random.Next(1, 30), json.Count - at));
            json.Add((byte)' ');
        },
        (json, random) =>
        {
            var at = random.Next(json.Count);
            json.InsertRange(random.Next(json.Count), json.GetRange(at, Math.Min(random.Next(1, 80), json.Count - at)));
        },
    ];

    [Fact]
    public void What_providers_usually_send_is_plain_and_gives_records()
    {
        foreach (var (provider, dataset, plain, context, json) in Cases)
        {
            var into = new Normalised();
            Assert.True(plain(Encoding.UTF8.GetBytes(json), context, into), $"{provider} {dataset}");
            AssertSame(provider, dataset, Encoding.UTF8.GetBytes(json), context, "");
            Assert.NotEmpty(into.Records);
        }
    }

    [Fact]
    public void However_a_reply_is_changed_both_ways_read_the_same_in_it()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        var plain = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var of = Cases[random.Next(Cases.Length)];
            var json = Encoding.UTF8.GetBytes(of.Json).ToList();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                Changes[random.Next(Changes.Length)](json, random);
            }

            var context = random.Next(8) switch
            {
                0 => of.Context with { Pair = null },
                1 => of.Context with { Pair = "eth-krw", Asset = "ethereum" },
                2 => of.Context with { Source = null },
                _ => of.Context,
            };
            AssertSame(of.Provider, of.Dataset, [.. json], context, $"seed {seed}, round {round}");
            plain += IsPlain(of, [.. json], context) ? 1 : 0;
        }

        output.WriteLine($"{plain} of {Rounds} changed replies are still plain");
        Assert.InRange(plain, Rounds / 50, Rounds); // else this would compare the general way with itself
    }

    [Fact]
    public void A_reply_of_any_space_between_its_tokens_reads_the_same()
    {
        var random = new Random(Seed.Next(output));
        foreach (var (provider, dataset, _, context, json) in Cases)
        {
            using var document = JsonDocument.Parse(json);
            var indented = JsonSerializer.Serialize(document.RootElement, new JsonSerializerOptions { WriteIndented = true });
            var spaced = json.Replace(",", random.Next(2) == 0 ? ", " : " ,\n", StringComparison.Ordinal);
            AssertSame(provider, dataset, Encoding.UTF8.GetBytes(indented), context, indented);
            AssertSame(provider, dataset, Encoding.UTF8.GetBytes(spaced), context, spaced);
            Assert.Equal(
                Normalising.Run(provider, dataset, json, context).Lines(), Normalising.Run(provider, dataset, indented, context).Lines());
        }
    }

    private static bool IsPlain(PlainCase of, byte[] json, ReplyContext context)
    {
        try
        {
            return of.Plain(json, context, new Normalised());
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void AssertSame(string provider, string dataset, byte[] json, ReplyContext context, string where)
    {
        var general = Normalising.Run(provider, dataset, [.. "\uFEFF"u8, .. json], context);
        var either = Normalising.Run(provider, dataset, json, context);
        var said = $"{where} {provider} {dataset}: {Encoding.UTF8.GetString(json)}";
        Assert.True(general.Lines().SequenceEqual(either.Lines()), said);
        Assert.True(general.Refusals.SequenceEqual(either.Refusals), said);
        Assert.True((general.Rounded, general.MissingContext) == (either.Rounded, either.MissingContext), said);
    }

    private static void ReplaceValue(List<byte> json, Random random)
    {
        var places = Places([.. json]);
        if (places.Count == 0)
        {
            return;
        }

        var (start, length) = places[random.Next(places.Count)];
        json.RemoveRange(start, length);
        json.InsertRange(start, Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]));
    }

    /// <summary>Where values stand, keys among them, as far as the text is JSON.</summary>
    private static List<(int Start, int Length)> Places(byte[] json)
    {
        var places = new List<(int, int)>();
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray or JsonTokenType.StartObject
                    or JsonTokenType.EndObject))
                {
                    var quotes = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0;
                    places.Add(((int)reader.TokenStartIndex, reader.ValueSpan.Length + quotes));
                }
            }
        }
        catch (JsonException)
        {
            // The text was changed before; what comes before the fault will do.
        }

        return places;
    }

    private sealed record PlainCase(string Provider, string Dataset, ReadPlain Plain, ReplyContext Context, string Json);
}
