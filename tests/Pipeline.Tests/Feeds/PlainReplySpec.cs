using System.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>
/// Plain replies are read in one walk, others field by field. An unknown field makes any reply a reply of the second kind, so both ways can
/// be asked for the same content: they must not differ in anything.
/// </summary>
public sealed class PlainReplySpec(ITestOutputHelper output)
{
    private const int Replies = 400;

    private static readonly ReplyContext Chart = new(Asset: "bitcoin", Currency: "usd");
    private static readonly ReplyContext Series =
        new(Asset: "bitcoin", Source: "binance", Interval: "day", Metric: "exchange_inflow_total");

    [Fact]
    public void A_chart_reads_the_same_whether_or_not_it_holds_anything_unusual()
    {
        var random = new Random(Seed.Next(output));
        for (var i = 0; i < Replies; i++)
        {
            var lists = ChartLists(random);
            AssertSame("coingecko", "market_chart", "{" + lists + "}", "{" + lists + ""","note":1}""", Chart);
        }
    }

    [Fact]
    public void A_series_reads_the_same_whether_or_not_it_holds_anything_unusual()
    {
        var random = new Random(Seed.Next(output));
        for (var i = 0; i < Replies; i++)
        {
            var rows = SeriesRows(random);
            const string Head = """{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[""";
            AssertSame("cryptoquant", "onchain", Head + rows + "]}}", Head + rows + """]},"note":1}""", Series);
        }
    }

    private static void AssertSame(string provider, string dataset, string plain, string unusual, ReplyContext context)
    {
        var (left, right) = (Normalising.Run(provider, dataset, plain, context), Normalising.Run(provider, dataset, unusual, context));
        Assert.Equal(right.Lines(), left.Lines());
        Assert.Equal(right.Refusals, left.Refusals);
        Assert.Equal((right.Rounded, right.MissingContext), (left.Rounded, left.MissingContext));
    }

    private static string ChartLists(Random random)
    {
        var text = new StringBuilder();
        var times = Enumerable.Range(0, random.Next(6)).Select(i => (1_767_225_600_000L + (i * 60_000L)).ToString()).ToList();
        foreach (var list in new[] { "prices", "market_caps", "total_volumes" })
        {
            var rows = times.Select(time => $"[{(Odd(random) ? "1767225600000.0" : time)},{Value(random)}]").ToList();
            if (Odd(random))
            {
                rows.Add(random.Next(3) switch { 0 => "[1767225600000]", 1 => "7", _ => $"[1767225600000,{Value(random)}]" });
            }

            text.Append(text.Length > 0 ? "," : "").Append($"\"{list}\":[{string.Join(',', rows)}]");
        }

        return text.ToString();
    }

    private static string SeriesRows(Random random)
    {
        var metrics = new[] { "inflow_total", "inflow_top10", "inflow_mean" };
        var rows = Enumerable.Range(1, random.Next(6)).Select(day =>
        {
            var fields = metrics.Select(metric => $"\"{(Odd(random) ? "inflow_other" : metric)}\":{Value(random)}").ToList();
            var time = Odd(random) ? "\"datetime\":\"2026-01-01 05:00:00\"" : $"\"date\":\"2026-01-0{day}\"";
            fields.Insert(Odd(random) ? 1 : 0, time);
            if (Odd(random))
            {
                fields.Add("\"exchange\":\"binance\"");
            }

            return $"{{{string.Join(',', fields)}}}";
        });
        return string.Join(',', rows);
    }

    private static bool Odd(Random random) => random.Next(25) == 0;

    private static string Value(Random random) => random.Next(40) switch
    {
        0 => "null",
        1 => "-1.5",
        2 => "\"12.5\"",
        3 => "1.5e3",
        4 => "0.000000000000000000012345678901234567890123",
        5 => "true",
        6 => "12345678901234567.8901234567890123456789",
        7 => "99999999999999999999999999999999999999",
        _ => $"{random.Next(1_000_000)}.{random.Next(1_000_000)}",
    };
}
