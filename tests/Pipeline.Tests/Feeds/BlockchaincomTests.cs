using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Blockchain.com's charts: the recorded one, what others may look like, and how they are asked for.</summary>
public sealed class BlockchaincomTests : ISampleReplies
{
    private const string Provider = "blockchaincom";

    private static readonly ReplyContext HashRate = new(Asset: "bitcoin", Metric: "hash_rate", Source: Provider, Interval: "day");

    public static IReadOnlyList<string> Samples { get; } =
    [
        """{"status":"ok","name":"Confirmed Transactions Per Day","unit":"Transactions","period":"day","description":"x","values":[{"x":1442534400,"y":1.46277E7},{"x":1442620800,"y":null}]}""",
        """{"status":"ok","name":"Mempool","unit":"Bytes","period":"4h","values":[{"x":1442534400,"y":188330}]}""",
        """{"error":"not-found-or-invalid-arg","message":"Resource not found"}""",
    ];

    [SharedFact]
    public void Every_recorded_reply_is_read()
    {
        Assert.Equal(["charts-market-price__30days"], Directory.GetFiles(Fixtures.At(Provider)).Select(Path.GetFileNameWithoutExtension));
        var read = Normalising.Run(
            Provider, "onchain", Fixtures.Reply($"{Provider}/charts-market-price__30days.json"),
            HashRate with { Asset = null, Metric = "price_usd", Interval = null });
        Assert.Empty(read.Refusals);
        Assert.Equal(
            [
                """{"kind":"onchain","asset":"bitcoin","metric":"price_usd","source":"blockchaincom","interval":"day","time":"2026-01-19T00:00:00Z","value":"93665.1"}""",
                """{"kind":"onchain","asset":"bitcoin","metric":"price_usd","source":"blockchaincom","interval":"day","time":"2026-01-20T00:00:00Z","value":"92553.06"}""",
            ],
            read.Lines());
    }

    [Fact]
    public void Scientific_notation_is_exact_and_what_is_not_known_stays_null() => Assert.Equal(
        [14_627_700m, null],
        Normalising.Run(Provider, "onchain", Samples[0], HashRate).Records.Cast<OnChainPoint>().Select(point => point.Value));

    [Theory]
    [InlineData("""{"x":1442534400,"y":"many"}""", "invalid_field $.values[0].y")]
    [InlineData("""{"x":1442534400,"y":-1}""", "invalid_field $.values[0].y")]
    [InlineData("""{"y":1}""", "missing_field $.values[0].x")]
    [InlineData("7", "unexpected_shape $.values[0]")]
    public void A_point_that_is_refused_says_why_and_the_others_are_taken(string point, string fault)
    {
        var read = Normalising.Run(
            Provider, "onchain", $$"""{"status":"ok","period":"day","values":[{{point}},{"x":1442620800,"y":1}]}""", HashRate);
        Assert.Equal([fault], read.Faults());
        Assert.Single(read.Records);
    }

    [Theory]
    [InlineData("""{"status":"ok","period":"minute","values":[]}""", "invalid_field $.period")]
    [InlineData("""{"status":"ok","values":[]}""", "missing_field $.period")]
    [InlineData("""{"status":"ok","period":"day"}""", "unexpected_shape ")]
    [InlineData("""{"status":"not_found","values":[]}""", "not_found ")]
    [InlineData("""{"error":"not-found-or-invalid-arg","message":"x"}""", "not_found ")]
    [InlineData("""{"error":"too-many-requests","message":"x"}""", "rate_limited ")]
    [InlineData("""{"error":"news","message":"x"}""", "provider_error ")]
    [InlineData("""{"timestamp":"2026-02-18T00:00:00.000+00:00","status":404,"error":"No such chart","path":"/charts/x"}""", "not_found ")]
    [InlineData("""{"status":429,"error":"Wait a while","message":"x"}""", "rate_limited ")]
    [InlineData("""{"status":"400","error":"news","message":"x"}""", "bad_request ")]
    [InlineData("""{"statusCode":503,"message":"x"}""", "provider_unavailable ")]
    [InlineData("""{"code":429,"message":"x"}""", "rate_limited ")]
    [InlineData("""{"status":500}""", "provider_unavailable ")]
    [InlineData("""{"status":200,"error":"news"}""", "provider_error ")]
    [InlineData("""{"status":"error","message":"Too many requests"}""", "rate_limited ")]
    [InlineData("""{"error":"","message":"Rate limit exceeded"}""", "rate_limited ")]
    [InlineData("""{"error":{"code":404,"message":"Not here"}}""", "unexpected_shape ")]
    [InlineData("""{"status":null,"message":"x"}""", "unexpected_shape ")]
    [InlineData("{}", "unexpected_shape ")]
    [InlineData("[]", "unexpected_shape ")]
    public void A_reply_that_is_refused_says_why(string reply, string fault) =>
        Assert.Equal(fault.Trim(), string.Join(',', Normalising.Run(Provider, "onchain", reply, HashRate).Faults()).Trim());

    [Fact]
    public void What_only_the_request_knows_must_be_said_and_another_asset_is_refused()
    {
        Assert.Equal("metric", Normalising.Run(Provider, "onchain", Samples[0], HashRate with { Metric = null }).MissingContext);
        Assert.Equal("source", Normalising.Run(Provider, "onchain", Samples[0], HashRate with { Source = null }).MissingContext);
        var ethereum = Normalising.Run(Provider, "onchain", Samples[0], HashRate with { Asset = "ethereum" });
        Assert.Empty(ethereum.Records);
        Assert.Contains("expected ethereum", Assert.Single(ethereum.Refusals).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "minute")]
    [InlineData("minute", "minute")]
    public void A_charts_period_is_its_points_interval(string? asked, string expected)
    {
        const string Reply = """{"status":"ok","name":"Mempool Size","unit":"Bytes","period":"minute","values":[{"x":1442534400,"y":188330.0}]}""";
        var read = Normalising.Run(Provider, "onchain", Reply, HashRate with { Metric = "mempool_size", Interval = asked });
        Assert.Equal(expected, ((OnChainPoint)Assert.Single(read.Records)).Interval);
    }

    [Fact]
    public void A_chart_is_asked_for_unsampled_first_with_its_history()
    {
        var request = Assert.Single(Series("metrics = [hash_rate]"));
        Assert.Equal(
            ("bitcoin/hash_rate/blockchaincom/day", "/charts/hash-rate?timespan=365days&format=json&sampled=false",
             "/charts/hash-rate?timespan=10days&format=json&sampled=false"),
            (request.Series, request.FirstPath, request.Path));
    }

    [Theory]
    [InlineData("metrics = [mood]", "\"mood\", expected one of adr_act_cnt")]
    [InlineData("assets = [ethereum]", "\"ethereum\", expected bitcoin")]
    [InlineData("intervals = [hour]", "\"hour\", expected day")]
    public void A_series_that_there_is_no_chart_of_is_a_fault_of_the_settings(string setting, string expected) => Assert.Contains(
        expected, Assert.Throws<FormatException>(() => Series(setting)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_past_is_walked_forwards_by_the_days_that_were_asked_for()
    {
        var history = Providers.Find(Provider)!.Polled["onchain"].History!;
        var from = new DateTimeOffset(2020, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var range = new HistoryRange(Assert.Single(Series("metrics = [tx_cnt]")), from, from.AddDays(1500));
        var first = history.First(range);
        Assert.Equal("/charts/n-transactions?timespan=1000days&format=json&sampled=false&start=2020-01-01", first.Path);
        var second = history.Next(range, first, []);
        Assert.EndsWith("&start=2022-09-27", second!.Path, StringComparison.Ordinal);
        Assert.Null(history.Next(range, second, []));
    }

    private static List<SeriesRequest> Series(string setting)
    {
        var settings = TestSettings.Read($"akkacrypto.feeds.{Provider}.datasets.onchain {{ {setting} }}");
        return [.. Providers.Find(Provider)!.Polled["onchain"].Series(settings.Feeds[Provider].Datasets["onchain"])];
    }
}
