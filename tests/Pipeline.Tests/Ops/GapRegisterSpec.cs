using System.Globalization;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Ops;

/// <summary>The intervals of the register, and who may repair them.</summary>
[Collection(StoreCollection.Name)]
public sealed class GapRegisterSpec(StoreFixture fixture, ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private readonly SeriesKey series = new(fixture.NewName("provider"), "trades", fixture.NewName("series"));
    private readonly PriceStore store = new(fixture.Database, fixture.Time);
    private readonly GapRegister gaps = new(fixture.Database);

    [Theory]
    [InlineData(10, 20, "")]
    [InlineData(5, 25, "")]
    [InlineData(10, 15, "15-20")]
    [InlineData(5, 15, "15-20")]
    [InlineData(15, 20, "10-15")]
    [InlineData(15, 25, "10-15")]
    [InlineData(12, 18, "10-12 18-20")]
    [InlineData(15, 15, "10-15 15-20")]
    [InlineData(20, 30, "10-20")]
    [InlineData(0, 10, "10-20")]
    [InlineData(10, 10, "10-20")]
    public async Task What_is_shown_is_cut_out_of_a_gap_exactly(int from, int to, string left)
    {
        await RegisterAsync(10, 20);

        await CutAsync(from, to);

        Assert.Equal(left, await OpenAsync());
    }

    [Theory]
    [InlineData(10, 20, "10-20")]
    [InlineData(12, 18, "10-20")]
    [InlineData(0, 10, "0-10 10-20")]
    [InlineData(5, 15, "5-10 10-20")]
    [InlineData(15, 25, "10-20 20-25")]
    [InlineData(0, 30, "0-10 10-20 20-30")]
    public async Task What_is_registered_again_adds_only_what_is_new(int from, int to, string left)
    {
        await RegisterAsync(10, 20);

        await RegisterAsync(from, to);

        Assert.Equal(left, await OpenAsync());
    }

    [Fact]
    public async Task A_filled_gap_leaves_the_count_and_stays_in_the_list_of_the_filled()
    {
        await RegisterAsync(10, 20);
        await RegisterAsync(30, 40);
        await CutAsync(10, 20);

        Assert.Equal(1, (await gaps.CountOpenAsync(default))[series]);
        var filled = Assert.Single(await ListAsync(GapState.Filled));
        Assert.Equal(StoreFixture.Arrival, filled.FilledAt);
        Assert.Equal(GapState.Open, Assert.Single(await ListAsync(null)).State);
    }

    [Fact]
    public async Task Another_series_is_left_alone()
    {
        await RegisterAsync(10, 20);

        await WriteAsync(new SeriesProgress(null, null, Span(series with { Series = "other" }, 10, 20)));

        Assert.Equal("10-20", await OpenAsync());
    }

    /// <summary>Against sets of unit steps: a gap is the steps between its bounds.</summary>
    [Fact]
    public async Task Any_order_of_gaps_and_fills_leaves_what_sets_leave()
    {
        var random = new Random(Seed.Next(output));
        for (var run = 0; run < 25; run++)
        {
            var key = series with { Series = fixture.NewName("run") };
            var (steps, shown) = (new HashSet<int>(), new HashSet<int>());
            for (var operation = 0; operation < 12; operation++)
            {
                var (from, to) = (random.Next(30), random.Next(30));
                (from, to) = (Math.Min(from, to), Math.Max(from, to));
                if (random.Next(2) == 0 && from < to)
                {
                    steps.UnionWith(Enumerable.Range(from, to - from));
                    shown.ExceptWith(Enumerable.Range(from + 1, to - from - 1));
                    await WriteAsync(new SeriesProgress(null, Gap(key, from, to)));
                }
                else
                {
                    steps.ExceptWith(Enumerable.Range(from, to - from));
                    shown.UnionWith(Enumerable.Range(from, to - from + 1));
                    await WriteAsync(new SeriesProgress(null, null, Span(key, from, to)));
                }

                var left = (await gaps.OpenAsync(key, default)).Select(gap => (From: Number(gap.FromId), To: Number(gap.ToId))).ToList();
                Assert.Equal(steps.Order(), left.SelectMany(gap => Enumerable.Range(gap.From, gap.To - gap.From)));
                Assert.DoesNotContain(shown, place => left.Exists(gap => gap.From < place && place < gap.To));
            }
        }
    }

    [Fact]
    public async Task Eight_writers_of_overlapping_gaps_and_fills_keep_the_gaps_disjoint()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            for (var i = 0; i < 20; i++)
            {
                var from = random.Next(40);
                await WriteAsync(
                    writer % 2 == 0
                        ? new SeriesProgress(null, Gap(series, from, from + 10))
                        : new SeriesProgress(null, null, Span(series, from, from + 5)));
            }
        })));

        var left = (await gaps.OpenAsync(series, default)).Select(gap => (From: Number(gap.FromId), To: Number(gap.ToId))).ToList();
        Assert.All(left.Zip(left.Skip(1)), pair => Assert.True(pair.First.To <= pair.Second.From, $"{pair}"));
    }

    [Fact]
    public async Task Of_many_workers_each_gap_is_taken_by_one_and_the_oldest_first()
    {
        for (var n = 0; n < 20; n++)
        {
            await RegisterAsync(n * 10, (n * 10) + 5);
        }

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var claims = new GapClaims(fixture.Database, $"worker {worker}");
            var mine = new List<RegisteredGap>();
            while (await claims.TakeAsync([series], StoreFixture.Arrival, Lease, default) is { } gap)
            {
                mine.Add(gap);
            }

            return mine;
        })));

        Assert.Equal(20, taken.SelectMany(mine => mine).Select(gap => gap.Id).Distinct().Count());
        Assert.Equal(20, taken.Sum(mine => mine.Count));
        Assert.All(taken, mine => Assert.Equal(mine.OrderBy(gap => gap.Interval.From), mine));
    }

    [Fact]
    public async Task A_claim_that_ran_out_is_taken_over_and_its_late_owner_can_not_hand_it_back()
    {
        await RegisterAsync(10, 20);
        var (first, second) = (new GapClaims(fixture.Database, "first"), new GapClaims(fixture.Database, "second"));
        var now = StoreFixture.Arrival;
        var gap = (await first.TakeAsync([series], now, Lease, default))!;
        Assert.Null(await second.TakeAsync([series], now + Lease - TimeSpan.FromSeconds(1), Lease, default));

        Assert.Equal(gap.Id, (await second.TakeAsync([series], now + Lease, Lease, default))?.Id);

        Assert.False(await first.RenewAsync(gap, now + Lease + Lease, default));
        await first.HandBackAsync(gap, 8, cutShort: false, isFinal: false, now, "too late", default);
        Assert.Equal(GapState.Repairing, Assert.Single(await ListAsync(null)).State);
    }

    [Fact]
    public async Task Attempts_that_bring_nothing_wait_longer_and_end_as_unfillable_with_the_reason()
    {
        await RegisterAsync(10, 20);
        var claims = new GapClaims(fixture.Database, "worker");
        var now = StoreFixture.Arrival;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var gap = (await claims.TakeAsync([series], now, Lease, default))!;
            Assert.Equal(attempt, gap.Attempts);
            await claims.HandBackAsync(gap, 3, cutShort: false, isFinal: false, now + Lease, "nothing there", default);
            Assert.Null(await claims.TakeAsync([series], now, Lease, default));
            now += Lease;
        }

        var left = Assert.Single(await ListAsync(GapState.Unfillable));
        Assert.Equal(("nothing there", 3), (left.LastError, left.Attempts));
        Assert.Null(await claims.TakeAsync([series], now + Lease, Lease, default));
        await CutAsync(0, 15);
        Assert.Equal("15-20", await OpenAsync());
    }

    [Fact]
    public async Task A_gap_that_shrank_begins_anew_and_an_attempt_that_was_cut_short_does_not_count()
    {
        await RegisterAsync(10, 20);
        var claims = new GapClaims(fixture.Database, "worker");
        var gap = (await claims.TakeAsync([series], StoreFixture.Arrival, Lease, default))!;
        await CutAsync(10, 15);
        await claims.HandBackAsync(gap, 1, cutShort: false, isFinal: false, StoreFixture.Arrival + Lease, null, default);

        gap = (await claims.TakeAsync([series], StoreFixture.Arrival, Lease, default))!;
        Assert.Equal(("15", 1), (gap.Interval.FromId, gap.Attempts));
        await claims.HandBackAsync(gap, 1, cutShort: true, isFinal: false, StoreFixture.Arrival + Lease, null, default);

        Assert.Equal(1, (await claims.TakeAsync([series], StoreFixture.Arrival, Lease, default))?.Attempts);
    }

    [Theory]
    [InlineData(false, "10-20")]
    [InlineData(true, "15-20")]
    public async Task After_a_final_answer_the_rest_of_a_gap_is_unfillable_with_the_reason_and_is_not_reopened(bool shrank, string rest)
    {
        await RegisterAsync(10, 20);
        var claims = new GapClaims(fixture.Database, "worker");
        var gap = (await claims.TakeAsync([series], StoreFixture.Arrival, Lease, default))!;
        await CutAsync(0, shrank ? 15 : 0);

        await claims.HandBackAsync(gap, 8, cutShort: false, isFinal: true, StoreFixture.Arrival + Lease, "not_found: gone", default);
        await claims.ReopenAsync([series], default);

        var left = Assert.Single(await ListAsync(GapState.Unfillable));
        Assert.Equal(("not_found: gone", 1, null), (left.LastError, left.Attempts, left.NextAttemptAt));
        Assert.Equal(rest, await OpenAsync());
        Assert.Null(await claims.TakeAsync([series], StoreFixture.Arrival + Lease, Lease, default));
    }

    [Fact]
    public async Task What_nobody_can_ask_for_is_unfillable_until_somebody_can()
    {
        await RegisterAsync(10, 20);
        var claims = new GapClaims(fixture.Database, "worker");
        await claims.GiveUpAsync([series], "shows its newest 200 only", default);
        Assert.Equal("shows its newest 200 only", Assert.Single(await ListAsync(GapState.Unfillable)).LastError);

        await claims.ReopenAsync([series], default);

        Assert.Equal(GapState.Open, Assert.Single(await ListAsync(null)).State);
    }

    [Fact]
    public async Task The_list_goes_on_after_an_id_and_is_filtered()
    {
        await RegisterAsync(10, 20);
        await RegisterAsync(30, 40);
        await RegisterAsync(50, 60);
        var filter = new GapFilter(series.Provider, "trades", series.Series, null);

        var first = await gaps.ListAsync(filter, 0, 2, default);
        var rest = await gaps.ListAsync(filter, first[^1].Id, 2, default);

        Assert.Equal(["10", "30", "50"], [.. first.Concat(rest).Select(gap => gap.Interval.FromId)]);
        Assert.Empty(await gaps.ListAsync(filter with { Dataset = "orderbook" }, 0, 9, default));
        Assert.Empty(await gaps.ListAsync(filter with { State = GapState.Repairing }, 0, 9, default));
    }

    private Task RegisterAsync(int from, int to) => WriteAsync(new SeriesProgress(null, Gap(series, from, to)));

    private Task CutAsync(int from, int to) => WriteAsync(new SeriesProgress(null, null, Span(series, from, to)));

    private Task WriteAsync(SeriesProgress progress) => store.AppendAsync([], StoreFixture.Arrival, [progress], default);

    private Task<IReadOnlyList<RegisteredGap>> ListAsync(GapState? state) =>
        gaps.ListAsync(new GapFilter(series.Provider, null, null, state), 0, 100, default);

    private async Task<string> OpenAsync() =>
        string.Join(' ', (await gaps.OpenAsync(series, default)).Select(gap => $"{gap.FromId}-{gap.ToId}"));

    private static Gap Gap(SeriesKey key, int from, int to) =>
        new(key, Time(from), Id(from), Time(to), Id(to), "window passed", StoreFixture.Arrival);

    private static SeriesSpan Span(SeriesKey key, int from, int to) => new(key, Time(from), Id(from), Time(to), Id(to));

    // Four places an instant, so that ids decide too: 9 comes before 10.
    private static ProviderTime Time(int place) => ProviderTime.FromUnixMilliseconds(place / 4);

    private static string Id(int place) => place.ToString(CultureInfo.InvariantCulture);

    private static int Number(string id) => int.Parse(id, CultureInfo.InvariantCulture);
}
