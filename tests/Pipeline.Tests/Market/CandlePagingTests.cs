using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class CandlePagingTests(StoreFixture fixture, ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = CandleRun.Start;

    private readonly CandleRun run = new(fixture.Database, fixture.NewName("exchange"), Start.AddMinutes(20));

    [Fact]
    public async Task An_unknown_pair_has_no_candles_and_an_interval_that_is_none_is_refused()
    {
        Assert.Empty(await run.AllAsync("1m"));
        Assert.Empty(await run.AllAsync("1m", fill: CandleFill.Previous));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => run.AllAsync("3m"));
    }

    [Fact]
    public async Task Pages_of_both_directions_hold_the_range_once_each_whatever_the_fill()
    {
        await TradeAsync(0, 1, 4, 5, 9, 13);
        var random = new Random(Seed.Next(output));
        for (var n = 0; n < 60; n++)
        {
            var fill = (CandleFill)random.Next(3);
            var interval = random.Next(2) == 0 ? "1m" : "5m";
            DateTimeOffset? from = random.Next(3) == 0 ? null : Start.AddSeconds(random.Next(-300, 1500));
            var to = random.Next(3) == 0 ? (DateTimeOffset?)null : Start.AddSeconds(random.Next(-300, 1500));
            var range = (await run.AllAsync(interval, fill: fill)).Where(record => OpenTime(record) >= (from ?? DateTimeOffset.MinValue)
                && OpenTime(record) < (to ?? DateTimeOffset.MaxValue)).ToList();
            var (read, cursor, limit) = (new List<NormalisedRecord>(), (PageCursor?)null, random.Next(1, 6));
            do
            {
                var page = (await run.PageAsync(interval, new PageRequest(from, to, limit, cursor), fill: fill)).Page;
                Assert.Equal(page.Records.OrderBy(OpenTime), page.Records);
                read.InsertRange(from is null ? 0 : read.Count, page.Records);
                Assert.True(page.Next is null || page.Records.Count == limit);
                cursor = page.Next;
            }
            while (cursor is not null);
            Assert.Equal(range, read);
        }
    }

    [Fact]
    public async Task A_page_stays_in_place_while_candles_are_inserted()
    {
        await TradeAsync(2, 4, 6, 8);
        var first = (await run.PageAsync("1m", new PageRequest(Start, null, 2, null))).Page;
        await TradeAsync(1, 3, 5);

        var second = (await run.PageAsync("1m", new PageRequest(Start, null, 2, first.Next))).Page;
        Assert.Equal([2, 4], Minutes(first.Records));
        Assert.Equal([5, 6], Minutes(second.Records));
    }

    [Fact]
    public async Task Fill_goes_from_the_first_candle_to_the_bucket_of_now_or_then()
    {
        await TradeAsync(3, 5);
        Assert.Equal(Enumerable.Range(3, 18), Minutes(await run.AllAsync("1m", fill: CandleFill.Null)));
        var asOf = run.Time.GetUtcNow().AddMinutes(-1);
        Assert.Empty(await run.AllAsync("1m", asOf, CandleFill.Null));
        run.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(
            Enumerable.Range(3, 23), Minutes(await run.AllAsync("1m", run.Time.GetUtcNow().AddMinutes(-5), CandleFill.Null)));
    }

    [Fact]
    public async Task Previous_carries_the_close_with_volume_zero_also_from_before_the_page()
    {
        await TradeAsync(3, 5);
        var range = new PageRequest(Start.AddMinutes(4), Start.AddMinutes(7), 10, null);
        var page = await run.PageAsync("1m", range, fill: CandleFill.Previous);
        Candle Carried(int minute, decimal price) =>
            new(run.Exchange, "btc-krw", "1m", ProviderTime.From(Start.AddMinutes(minute), 0), price, price, price, price, 0, true);

        Assert.Equal([Carried(4, 103), Carried(5, 105) with { Volume = 1 }, Carried(6, 105)], page.Page.Records);
        Assert.Equal(Start.AddMinutes(5), page.DataTime!.Value.ToDateTimeOffset());
    }

    [Fact]
    public async Task Before_the_first_trade_and_for_the_bucket_it_falls_into_the_providers_candles_are_served()
    {
        run.Time.Advance(TimeSpan.FromDays(3));
        await ProvideAsync(("1d", -2880, 1), ("1d", -1440, 2), ("1d", 0, 3), ("1d", 1440, 4), ("1m", 2, 5), ("1m", 5, 6));
        Assert.Equal([1m, 2, 3, 4], Closes(await run.AllAsync("1d")));
        var before = run.Time.GetUtcNow();
        run.Time.Advance(TimeSpan.FromSeconds(1));
        await TradeAsync(3, 5, 1440);

        // Trades begin in the minute 3: of that day they are a part, the next day and the minute 5 are wholly theirs.
        Assert.Equal([1m, 2, 3, 1540], Closes(await run.AllAsync("1d")));
        Assert.Equal([5m, 103, 105, 1540], Closes(await run.AllAsync("1m")));
        Assert.Equal([1m, 2, 3, 4], Closes(await run.AllAsync("1d", before)));
        Assert.Equal([3m, 1540], Closes((await run.PageAsync("1d", new PageRequest(null, null, 2, null))).Page.Records));
        Assert.Equal([2m, 3], Closes((await run.PageAsync("1d", new PageRequest(Start.AddDays(-1), null, 2, null))).Page.Records));
    }

    [Fact]
    public async Task A_providers_other_value_is_a_revision_and_as_of_answers_the_one_before()
    {
        Assert.Equal(new IngestCounts(2, 2, 0, 0, 0, 0), await ProvideAsync(("1h", 0, 1), ("1h", 60, 2)));
        var before = run.Time.GetUtcNow();
        run.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new IngestCounts(3, 0, 2, 0, 1, 0), await ProvideAsync(("1h", 0, 1), ("1h", 60, 2), ("1h", 60, 9)));

        Assert.Equal([1m, 9], Closes(await run.AllAsync("1h")));
        Assert.Equal([1m, 2], Closes(await run.AllAsync("1h", before)));
        Assert.Empty(await run.AllAsync("1h", before.AddSeconds(-1)));
    }

    [Fact]
    public async Task A_candle_that_cannot_stand_beside_ours_is_rejected_and_kept()
    {
        var counts = await ProvideAsync(("1d", 900, 1), ("1w", 0, 1), ("1d", 0, 1));

        Assert.Equal(new IngestCounts(3, 1, 0, 0, 0, 2), counts);
        Assert.Contains(
            await fixture.LettersAsync("candles", "btc-krw/1d"),
            letter => letter.Payload.Contains(run.Exchange, StringComparison.Ordinal)
                && letter.Payload.Contains("2026-03-01T15:00:00Z", StringComparison.Ordinal));
    }

    private async Task TradeAsync(params int[] minutes)
    {
        await run.WriteAsync([.. minutes.Select(minute => run.Trade(minute * 60, $"{minute}", 100 + minute))]);
        await run.BuildAsync();
    }

    private Task<IngestCounts> ProvideAsync(params (string Interval, int Minute, decimal Close)[] candles) => run.Provided.AppendAsync(
        [.. candles.Select(of => new Candle(
            run.Exchange, "btc-krw", of.Interval, ProviderTime.From(Start.AddMinutes(of.Minute), 0), 1, 1, 1, of.Close, null, null))],
        run.Time.GetUtcNow(), [], default);

    private static DateTimeOffset OpenTime(NormalisedRecord record) =>
        (record is Candle candle ? candle.OpenTime : ((EmptyCandle)record).OpenTime).ToDateTimeOffset();

    private static IEnumerable<int> Minutes(IEnumerable<NormalisedRecord> records) =>
        records.Select(record => (int)(OpenTime(record) - Start).TotalMinutes);

    private static IEnumerable<MarketNumber> Closes(IEnumerable<NormalisedRecord> records) =>
        records.Select(record => ((Candle)record).Close);
}
