using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of CryptoQuant may look like.</summary>
public sealed class CryptoQuantQuirkTests
{
    private static readonly ReplyContext Bitcoin = new(Asset: "bitcoin", Source: "all_exchange");

    [Theory]
    [InlineData(null, "netflow_total", "exchange_netflow")]
    [InlineData(null, "reserve", "exchange_reserve")]
    [InlineData(null, "reserve_usd", "exchange_reserve_usd")]
    [InlineData(null, "outflow_mean_ma7", "exchange_outflow_mean_ma7")]
    [InlineData(null, "transactions_count_inflow", "exchange_transactions_count_inflow")]
    [InlineData(null, "transactions_count_total", "transactions_count_total")]
    [InlineData(null, "mvrv", "mvrv")]
    [InlineData("exchange_netflow", "netflow_total", "exchange_netflow")]
    [InlineData("miner_netflow", "netflow_total", "miner_netflow")]
    [InlineData("miner_inflow_total", "inflow_total", "miner_inflow_total")]
    [InlineData("miner_reserve_usd", "reserve_usd", "miner_reserve_usd")]
    [InlineData("addresses_count_active", "addresses_count_active", "addresses_count_active")]
    [InlineData("exchange_reserve", "inflow_total", "exchange_inflow_total")]
    public void A_field_is_named_by_its_family(string? asked, string field, string expected)
    {
        var normalised = Normalising.Run("cryptoquant", "onchain", Reply($$"""{"date":"2025-12-23","{{field}}":1}"""), Bitcoin with { Metric = asked });
        Assert.Equal([expected], normalised.Records.Cast<OnChainPoint>().Select(point => point.Metric));
    }

    [Fact]
    public void One_asked_metric_tells_the_family_of_the_whole_row()
    {
        var normalised = Normalising.Run("cryptoquant", "onchain", Reply("""{"reserve":"1.5E3","reserve_usd":2,"date":"2025-12-23 10:00:00"}"""), Bitcoin with { Metric = "miner_reserve" });
        Assert.Equal([("miner_reserve", 1500m), ("miner_reserve_usd", 2m)], normalised.Records.Cast<OnChainPoint>()
            .Select(point => (point.Metric, point.Value!.Value)));
        Assert.Equal("2025-12-23T10:00:00Z", ((OnChainPoint)normalised.Records[0]).Time.ToString());
    }

    [Theory]
    [InlineData("""{"date":"2025-12-23","datetime":"2025-12-23 10:00:00","mvrv":1}""")]
    [InlineData("""{"datetime":"2025-12-23 10:00:00","date":"2025-12-23","mvrv":1}""")]
    [InlineData("""{"date":null,"datetime":"2025-12-23T10:00:00Z","mvrv":1}""")]
    public void Of_a_day_and_an_instant_the_instant_is_the_rows_time(string row) => Assert.Equal(
        "2025-12-23T10:00:00Z",
        ((OnChainPoint)Assert.Single(Normalising.Run("cryptoquant", "onchain", Reply(row), Bitcoin).Records)).Time.ToString());

    [Fact]
    public void Rows_keep_their_order_and_a_broken_value_costs_itself_alone()
    {
        var normalised = Normalising.Run("cryptoquant", "onchain", Reply("""{"date":"2025-12-23","a":"x","b":-1.5},{"a":1},7,{"datetime":"2025-12-22T00:00:00Z","blockheight":800000,"a":"","b":1e400}"""), Bitcoin);
        Assert.Equal(["invalid_field $.result.data[0].a", "missing_field $.result.data[1].date", "unexpected_shape $.result.data[2]",
            "out_of_range $.result.data[3].b"], normalised.Faults());
        Assert.Equal(
            [("b", (decimal?)-1.5m), ("a", null)], normalised.Records.Cast<OnChainPoint>().Select(point => (point.Metric, point.Value)));
    }

    [Theory]
    [InlineData(null, "all_exchange", null, "asset")]
    [InlineData("bitcoin", null, null, "source")]
    [InlineData("bitcoin", "all_exchange", null, "interval")]
    public void What_the_reply_leaves_out_must_be_given(string? asset, string? source, string? interval, string missing)
    {
        const string NoWindow = """{"status":{"code":200},"result":{"data":[{"date":"2025-12-23","a":1}]}}""";
        var normalised = Normalising.Run(
            "cryptoquant", "onchain", NoWindow, new ReplyContext(Asset: asset, Source: source, Interval: interval));
        Assert.Equal((missing, 0), (normalised.MissingContext, normalised.Records.Count));
    }

    [Theory]
    [InlineData("""{"status":{"code":"429","message":"too_many_requests"}}""", "rate_limited")]
    [InlineData("""{"result":{},"status":{"message":"unauthorized","code":401}}""", "unauthorized")]
    [InlineData("""{"status":{"code":503}}""", "provider_unavailable")]
    [InlineData("""{"status":{"code":999}}""", "provider_error")]
    [InlineData("""{"status":{"code":418,"message":"x"}}""", "rate_limited")]
    [InlineData("""{"status":{"code":451,"message":"x"}}""", "forbidden")]
    [InlineData("""{"status":{"code":1,"message":"too_many_requests"}}""", "rate_limited")]
    [InlineData("""{"status":{"code":null,"message":"unauthorized"}}""", "unauthorized")]
    [InlineData("""{"status":{"code":null,"message":"hello"}}""", "unexpected_shape")]
    [InlineData("""{"status":{}}""", "unexpected_shape")]
    [InlineData("""{"status":{"code":200}}""", "unexpected_shape")]
    [InlineData("""{"status":{"code":200},"result":{"data":{}}}""", "unexpected_shape")]
    [InlineData("""{"status":500}""", "unexpected_shape")]
    [InlineData("[]", "unexpected_shape")]
    public void An_error_or_another_shape_is_refused_without_asking_for_context(string reply, string expected)
    {
        var normalised = Normalising.Run("cryptoquant", "onchain", reply);
        Assert.Equal([expected], normalised.Faults());
        Assert.Null(normalised.MissingContext);
    }

    [Fact]
    public void Another_window_than_the_one_asked_for_is_refused()
    {
        Assert.Equal(["invalid_field $.result.window"], Normalising.Run("cryptoquant", "onchain", Reply("""{"date":"2025-12-23","a":1}"""), Bitcoin with { Interval = "hour" }).Faults());
    }

    [Theory]
    [InlineData("DAY", null, "")]
    [InlineData("Day", "day", "")]
    [InlineData("DAY", "hour", "invalid_field $.result.window")]
    public void A_windows_name_is_the_same_in_capitals(string window, string? asked, string fault)
    {
        var read = Normalising.Run("cryptoquant", "onchain", Reply("""{"date":"2025-12-23","a":1}""").Replace("\"day\"", $"\"{window}\"", StringComparison.Ordinal), Bitcoin with { Interval = asked });
        Assert.Equal(fault, string.Join(',', read.Faults()));
        Assert.All(read.Records.Cast<OnChainPoint>(), point => Assert.Equal("day", point.Interval));
    }

    private static string Reply(string rows) => $$$"""{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[{{{rows}}}]}}""";
}
