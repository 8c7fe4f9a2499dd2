using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Refusals know behind how many of the reply's records they stood, however the reply is read.</summary>
public sealed class UnreadableElementTests
{
    private const string Row = """["1","1",1779022001.5,"b","l","",1]""";
    private const string Pair = """{"market":"KRW-BTC","timestamp":1779022000000,"trade_price":2,"trade_volume":3,"sequential_id":4}""";

    [Theory]
    [InlineData("upbit", "trades", $$"""[{{Pair}},{"market":"KRW-BTC","timestamp":"none"},{{Pair}},7,{{Pair}}]""", "1 2")]
    [InlineData("upbit", "trades", $$"""[7,{{Pair}},{{Pair}},{"market":"KRW-BTC"}]""", "0 2")]
    [InlineData("upbit", "trades", $$"""[{{Pair}},{"timestamp":1779022000000,"trade_price":2,"trade_volume":3},{{Pair}}]""", "1")]
    [InlineData("kraken", "trades", $$"""{"error":[],"result":{"XXBTZUSD":[{{Row}},["1"],{{Row}}]} }""", "1")]
    public void In_lists_it_is_where_the_element_stood(string provider, string dataset, string reply, string behind) =>
        Assert.Equal(behind, Behind(Normalising.Run(provider, dataset, reply)));

    [Theory]
    [InlineData("[1000,1],[2000,2],[3000,3]", """[1000,1],[2000,"none"],[3000,3]""", "1")]
    [InlineData("[1000,1],[2000,-2],[3000,3]", "[1000,1],[2000,2],[3000,3]", "1")]
    [InlineData("[1000,1],[2000,2],[3000,3]", "[1000,1],[2000,2],[2500],[3000,3]", "2")]
    [InlineData("""["x",1],[2000,2],[3000,"y"]""", "", "0 1")]
    [InlineData("[1000,1],[2000,2]", """[1000,1],[2000,2],["x",3]""", "2")]
    public void In_charts_it_is_the_place_of_the_point_that_the_three_series_make(string prices, string caps, string behind)
    {
        var read = Normalising.Run(
            "coingecko", "market_chart", $$"""{"prices":[{{At(prices)}}],"market_caps":[{{At(caps)}}],"total_volumes":[]}""",
            new ReplyContext(Asset: "bitcoin", Currency: "usd", Interval: "hourly"));

        Assert.Equal(behind, Behind(read));
    }

    [Fact]
    public void A_full_page_is_full_also_where_one_of_its_points_can_not_be_read()
    {
        var asked = Settings with { Assets = ["bitcoin"], Metrics = ["price_usd"], Sources = ["all_exchange"], Intervals = ["day"] };
        var (range, history) = Walk("coinmetrics", "onchain", asked);
        List<NormalisedRecord> page =
        [
            .. Enumerable.Range(1, 9_999).Select(day => new OnChainPoint(
                "bitcoin", "price_usd", "all_exchange", "day", ProviderTime.FromUnixSeconds(day * 86_400L), 1)),
        ];

        Assert.Null(history.Next(range, history.First(range), page, unread: 0));
        Assert.NotNull(history.Next(range, history.First(range), page, unread: 1));
    }

    [Fact]
    public void A_page_of_one_instant_is_passed_also_where_one_of_its_trades_can_not_be_read()
    {
        var (range, history) = Walk("kraken", "trades", Settings with { Pairs = ["btc-usd"] });
        var first = history.First(range);
        List<NormalisedRecord> page =
        [
            .. Enumerable.Range(1, 999).Select(id => new Trade(
                "kraken", "btc-usd", $"{id}", 1, 1, null, ProviderTime.From(range.From, 9))),
        ];

        Assert.Null(history.Next(range, first, page, unread: 0));
        Assert.NotNull(history.Next(range, first, page, unread: 1));
    }

    private static DatasetSettings Settings => TestSettings.Read().Feeds["coingecko"].Datasets["simple-price"];

    private static (HistoryRange Range, IHistory History) Walk(string provider, string dataset, DatasetSettings settings)
    {
        var polled = Providers.Find(provider)!.Polled[dataset];
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return (new HistoryRange(polled.Series(settings).First(), from, from.AddDays(10)), polled.History!);
    }

    /// <summary>At times of this year.</summary>
    private static string At(string points) => points.Replace("000,", "000000000,", StringComparison.Ordinal).Replace(
        "[", "[177", StringComparison.Ordinal).Replace("[177\"", "[\"", StringComparison.Ordinal);

    private static string Behind(Normalised read) => string.Join(' ', read.Refusals.Select(refusal => refusal.Behind));
}
