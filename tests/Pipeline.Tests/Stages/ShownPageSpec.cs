using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.Tests.Stages;

/// <summary>What a page proves, written as its stretches, and what it says is missing. <c>x</c> is an element that can't be read.</summary>
public sealed class ShownPageSpec
{
    private static readonly SeriesKey Key = new("binance", "candles", "btc-usdt/1m");
    private static readonly ReplyContext Minutes = new(Pair: "btc-usdt", Interval: "1m");

    [Theory]
    [InlineData("1 2 3 4", "1-4", "")]
    [InlineData("1 2 x 4 5", "1-2 4-5", "2-4")]
    [InlineData("5 4 x 2 1", "1-2 4-5", "2-4")]
    [InlineData("1 x x 4 x 6", "1-1 4-4 6-6", "1-4 4-6")]
    [InlineData("x 2 3 x", "2-3", "")]
    [InlineData("x 2 x", "2-2", "")]
    [InlineData("3 1 x 2 4", "1-1 4-4", "1-4")] // in no order: it may belong anywhere
    [InlineData("x", "", "")]
    public void A_page_of_candles_proves_what_lies_between_its_unreadable_elements(string page, string whole, string torn)
    {
        var shown = ShownPage.Of(Key, Minutes, Candles(page));

        Assert.Equal((whole, torn), (Text(shown.Whole), Text(shown.Torn)));
    }

    [Theory]
    [InlineData("1 2", "3 4", "1-4", "2-4", "")]
    [InlineData("3 4", "1 2", "1-4", "1-3", "")]
    [InlineData("1 2 x", "4 5", "1-5", "4-5", "2-4")]
    [InlineData("1 2", "x 4 5", "1-5", "4-5", "2-4")]
    [InlineData("x 1 2", "4 5 x", "1-5", "2-5", "")]
    [InlineData("5 4 x", "2 1", "1-5", "1-2", "2-4")]
    [InlineData("5 4", "x 2 1", "1-5", "1-2", "2-4")]
    [InlineData("1 2 x", "2 3 4", "1-4", "2-4", "")] // the next page shows it
    [InlineData("1 2", "", "1-2", "", "")]
    public void A_walks_page_is_joined_to_the_one_before_unless_an_element_between_them_can_not_be_read(
        string before, string page, string span, string whole, string torn)
    {
        var shown = ShownPage.Of(Key, Minutes, Candles(page)).After(ShownPage.Of(Key, Minutes, Candles(before)).Span);

        Assert.Equal((span, whole, torn), (Text([shown.Span!]), Text(shown.Whole), Text(shown.Torn)));
    }

    [Theory]
    [InlineData(2, 5, "1 x 2 3 4 x 5 6", "2-4", "4-5")]
    [InlineData(3, 5, "1 2 x 5 6", "", "2-5")]
    [InlineData(3, 9, "1 2 x 4 5 6", "4-6", "2-4")]
    [InlineData(4, 9, "1 2 x 4 5 6", "4-6", "")]
    [InlineData(7, 9, "1 2 x 4 5 6", "", "")]
    public void Of_a_page_what_may_belong_to_the_range_counts(int from, int to, string page, string whole, string torn)
    {
        var range = new HistoryRange(new SeriesRequest("btc-usdt/1m", "", "", Minutes), At(from), At(to));

        var shown = ShownPage.Of(Key, Minutes, Candles(page), range);

        Assert.Equal((whole, torn), (Text(shown.Whole), Text(shown.Torn)));
    }

    [Fact]
    public void Of_one_instant_it_may_belong_before_or_after_any_where_the_reply_has_them_in_another_order()
    {
        var content = new Normalised();
        foreach (var (second, id) in new[] { (1, "b"), (2, "c"), (2, "a"), (3, "d") })
        {
            content.Records.Add(new Trade("kraken", "btc-usd", id, 1m, 1m, null, ProviderTime.FromUnixSeconds(second)));
            if (id == "a")
            {
                content.Refuse(RefusalCode.InvalidField, "no price");
            }
        }

        var torn = Assert.Single(ShownPage.Of(Key with { Dataset = "trades" }, new ReplyContext("btc-usd"), content).Torn);

        Assert.Equal(("a", "d"), (torn.FromId, torn.ToId));
    }

    [Theory]
    [InlineData("flow", "1-1 3-3", "1-3")]
    [InlineData("reserve", "", "")]
    public void Of_rows_of_several_metrics_those_of_the_series_count(string metric, string whole, string torn)
    {
        var content = new Normalised();
        foreach (var minute in (int[])[1, 2, 3])
        {
            foreach (var name in (string[])["flow", "price"])
            {
                if ((minute, name) == (2, "flow"))
                {
                    content.Refuse(RefusalCode.InvalidField, "not a number");
                    continue;
                }

                content.Records.Add(new OnChainPoint("bitcoin", name, "all", "hour", ProviderTime.From(At(minute), 0), 1m));
            }
        }

        var shown = ShownPage.Of(Key, new ReplyContext(Asset: "bitcoin", Metric: metric, Source: "all", Interval: "hour"), content);

        Assert.Equal((whole, torn), (Text(shown.Whole), Text(shown.Torn)));
    }

    [Fact]
    public void A_page_that_is_torn_all_over_is_one_gap()
    {
        var shown = ShownPage.Of(Key, Minutes, Candles(string.Join(" x ", Enumerable.Range(1, 1000))));

        Assert.Equal("1-1000", Text(shown.Torn));
        Assert.Equal("1-1 1000-1000", Text(shown.Whole));
    }

    private static Normalised Candles(string page)
    {
        var content = new Normalised();
        foreach (var element in page.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (element == "x")
            {
                content.Refuse(RefusalCode.InvalidField, "no price");
            }
            else
            {
                content.Records.Add(new Candle(
                    "binance", "btc-usdt", "1m", ProviderTime.From(At(int.Parse(element, null)), 0), 1m, 1m, 1m, 1m, null, true));
            }
        }

        return content;
    }

    private static DateTimeOffset At(int minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    private static string Text(IEnumerable<SeriesSpan> spans) => string.Join(' ', spans.Select(
        span => $"{(span.From.ToDateTimeOffset() - At(0)).TotalMinutes}-{(span.To.ToDateTimeOffset() - At(0)).TotalMinutes}"));
}
