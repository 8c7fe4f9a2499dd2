using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Bench.Ingest;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Bench.Normalise;

/// <summary>One provider's replies of one dataset, made from a seed in the shape and length that the provider sends.</summary>
/// <param name="RecordsEach">How many records each reply holds.</param>
internal sealed record Replies(string Provider, string Dataset, ReplyContext Context, IReadOnlyList<byte[]> Bodies, int RecordsEach)
{
    private const int Seed = 7;
    private const int TradesOfReply = 200;
    private const int ChartPoints = 720;
    private const int Days = 365;
    private const int MetricsOfDay = 4;
    private const long FirstTimeMs = 1_767_225_600_000; // 2026-01-01

    public static IReadOnlyList<Replies> All() =>
    [
        new("coinone", "trades", new ReplyContext(Pair: "btc-krw"), CoinoneReplies.Generate("btc", 50 * TradesOfReply, Seed),
            TradesOfReply),
        new("coingecko", "market_chart", new ReplyContext(Asset: "bitcoin", Currency: "usd"), Ten(WriteChart), ChartPoints),
        new("cryptoquant", "onchain", new ReplyContext(Asset: "bitcoin", Source: "binance", Interval: "day"), Ten(WriteFlows),
            Days * MetricsOfDay),
        new("coinmetrics", "onchain", new ReplyContext(Source: "all_exchange", Interval: "day"), Ten(WriteAssetMetrics), Days * MetricsOfDay),
        new("binance", "trades", new ReplyContext(Pair: "btc-usdt"), Ten(WriteAggregates), TradesOfReply),
        new("bithumb", "trades", new ReplyContext(Pair: "btc-krw"), Ten(WriteTicks), TradesOfReply),
        new("upbit", "trades", new ReplyContext(Pair: "btc-krw"), Ten(WriteTicks), TradesOfReply),
        new("coinbase", "trades", new ReplyContext(Pair: "btc-usd"), Ten(WriteMatches), TradesOfReply),
        new("kraken", "trades", new ReplyContext(Pair: "btc-usd"), Ten(WriteRows), TradesOfReply),
    ];

    public long Bytes => Bodies.Sum(body => (long)body.Length);

    public int Records => Bodies.Count * RecordsEach;

    /// <summary>The lists of a chart with the level and the last digit of their numbers: 16 or 17 digits, as doubles are written.</summary>
    private static readonly (string Name, decimal Level, decimal Step)[] Series =
        [("prices", 77_000m, 0.000_000_000_01m), ("market_caps", 1_528_997_207_360m, 0.0001m),
            ("total_volumes", 31_000_000_000m, 0.000_01m)];

    private static byte[][] Ten(Action<Utf8JsonWriter, Random> write) =>
        [.. Enumerable.Range(0, 10).Select(number => Write(json => write(json, new Random(Seed + number))))];

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            write(json);
        }

        return bytes.ToArray();
    }

    /// <summary><c>/coins/{id}/market_chart</c>: 30 days of hours, numbers with as many digits as CoinGecko sends.</summary>
    private static void WriteChart(Utf8JsonWriter json, Random random)
    {
        json.WriteStartObject();
        foreach (var (series, level, step) in Series)
        {
            json.WriteStartArray(series);
            for (var hour = 0; hour < ChartPoints; hour++)
            {
                json.WriteStartArray();
                json.WriteNumberValue(FirstTimeMs + (hour * 3_600_000L) + (hour * 7_919L % 60_000)); // off the grid, alike in all series
                json.WriteNumberValue(level + (random.NextInt64(100_000_000_000_000) * step));
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary><c>/v4/timeseries/asset-metrics</c>: every value a string.</summary>
    private static void WriteAssetMetrics(Utf8JsonWriter json, Random random)
    {
        json.WriteStartObject();
        json.WriteStartArray("data");
        for (var day = 0; day < Days; day++)
        {
            json.WriteStartObject();
            json.WriteString("asset", "btc");
            json.WriteString("time", At(day * 86_400_000L).ToString("yyyy-MM-dd'T'HH:mm:ss'.000000000Z'"));
            foreach (var metric in new[] { "PriceUSD", "AdrActCnt", "TxCnt", "CapMrktCurUSD" })
            {
                json.WriteString(metric, $"{random.NextInt64(1_000_000_000_000) / 100_000_000m}");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary><c>/api/v3/aggTrades</c>.</summary>
    private static void WriteAggregates(Utf8JsonWriter json, Random random) => WriteList(json, number =>
    {
        json.WriteStartObject();
        json.WriteNumber("a", 202_790_190 + number);
        json.WriteString("p", Price(random, 2) + "000000");
        json.WriteString("q", Quantity(random));
        json.WriteNumber("f", 233_000_000 + number);
        json.WriteNumber("l", 233_000_001 + number);
        json.WriteNumber("T", FirstTimeMs + (number * 40L));
        json.WriteBoolean("m", random.Next(2) == 0);
        json.WriteBoolean("M", true);
        json.WriteEndObject();
    });

    /// <summary><c>/v1/trades/ticks</c>, newest first.</summary>
    private static void WriteTicks(Utf8JsonWriter json, Random random) => WriteList(json, number =>
    {
        var time = FirstTimeMs - (number * 40L);
        json.WriteStartObject();
        json.WriteString("market", "KRW-BTC");
        json.WriteString("trade_date_utc", At(-number * 40L).ToString("yyyy-MM-dd"));
        json.WriteString("trade_time_utc", At(-number * 40L).ToString("HH:mm:ss"));
        json.WriteNumber("timestamp", time);
        json.WriteNumber("trade_price", 148_601_000.0m + random.Next(1000));
        json.WriteNumber("trade_volume", random.Next(1, 200_000_000) / 100_000_000m);
        json.WriteNumber("prev_closing_price", 148_000_000.00000000m);
        json.WriteNumber("change_price", 601_000.00000000m);
        json.WriteString("ask_bid", random.Next(2) == 0 ? "ASK" : "BID");
        json.WriteNumber("sequential_id", (time * 10_000) + number);
        json.WriteEndObject();
    });

    /// <summary><c>/products/{id}/trades</c> of Coinbase Exchange, newest first.</summary>
    private static void WriteMatches(Utf8JsonWriter json, Random random) => WriteList(json, number =>
    {
        json.WriteStartObject();
        json.WriteNumber("trade_id", 700_000_000 - number);
        json.WriteString("side", random.Next(2) == 0 ? "sell" : "buy");
        json.WriteString("size", Quantity(random));
        json.WriteString("price", Price(random, 2) + "000000");
        json.WriteString("time", At(-number * 40L).ToString("yyyy-MM-dd'T'HH:mm:ss'.'ffffff'Z'"));
        json.WriteEndObject();
    });

    /// <summary><c>/0/public/Trades</c> of Kraken.</summary>
    private static void WriteRows(Utf8JsonWriter json, Random random)
    {
        json.WriteStartObject();
        json.WriteStartArray("error");
        json.WriteEndArray();
        json.WriteStartObject("result");
        json.WritePropertyName("XXBTZUSD");
        WriteList(json, number =>
        {
            json.WriteStartArray();
            json.WriteStringValue(Price(random, 1) + "0000");
            json.WriteStringValue(Quantity(random));
            json.WriteNumberValue(((FirstTimeMs + (number * 40L)) / 1000m) + 0.0001234m);
            json.WriteStringValue(random.Next(2) == 0 ? "b" : "s");
            json.WriteStringValue(random.Next(2) == 0 ? "m" : "l");
            json.WriteStringValue("");
            json.WriteNumberValue(61_044_952 + number);
            json.WriteEndArray();
        });
        json.WriteString("last", "1767225600000000000");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, Action<int> write)
    {
        json.WriteStartArray();
        for (var number = 0; number < TradesOfReply; number++)
        {
            write(number);
        }

        json.WriteEndArray();
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(FirstTimeMs + milliseconds);

    private static string Price(Random random, int decimals) =>
        (90_000m + (random.Next(1_000_000) / 100m)).ToString("F" + decimals, CultureInfo.InvariantCulture);

    private static string Quantity(Random random) =>
        (random.Next(1, 200_000_000) / 100_000_000m).ToString("F8", CultureInfo.InvariantCulture);

    /// <summary><c>/v1/btc/exchange-flows/inflow</c>: a year of days.</summary>
    private static void WriteFlows(Utf8JsonWriter json, Random random)
    {
        json.WriteStartObject();
        json.WriteStartObject("status");
        json.WriteNumber("code", 200);
        json.WriteString("message", "success");
        json.WriteEndObject();
        json.WriteStartObject("result");
        json.WriteString("window", "day");
        json.WriteStartArray("data");
        for (var day = Days - 1; day >= 0; day--)
        {
            json.WriteStartObject();
            json.WriteString("date", DateTimeOffset.FromUnixTimeMilliseconds(FirstTimeMs).AddDays(day).ToString("yyyy-MM-dd"));
            foreach (var metric in new[] { "inflow_total", "inflow_top10", "inflow_mean", "inflow_mean_ma7" })
            {
                json.WriteNumber(metric, random.NextInt64(1_000_000_000_000) / 100_000_000m);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
