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
