using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.OnChain;

[Collection(StoreCollection.Name)]
public sealed class OnChainStoreTests(StoreFixture fixture)
{
    private const ulong Seed = 20260302;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    // Batches of (day, value; 0 is null), few of each, so that days repeat within a batch and values come back.
    private static readonly Gen<(int Day, int Value)> Records =
        Gen.Choose(0, 6).SelectMany(day => Gen.Choose(0, 2).Select(value => (day, value)));

    private readonly string asset = fixture.NewName("asset");
    private readonly OnChainStore store = new(fixture.Database, fixture.Time);

    [Fact]
    public async Task Another_value_appends_a_revision_and_the_same_is_skipped()
    {
        Assert.Equal(new IngestCounts(2, 2, 0, 0, 0, 0), await AppendAsync(0, Point(1, 5m), Point(2, null)));
        Assert.Equal(new IngestCounts(3, 1, 1, 0, 1, 0), await AppendAsync(1, Point(1, 5.0m), Point(2, 7m), Point(3, 8m)));
        Assert.Equal([Point(1, 5m), Point(2, 7m), Point(3, 8m)], await ReadAllAsync(asOf: null));
        Assert.Equal([Point(1, 5m), Point(2, null)], await ReadAllAsync(StoreFixture.Arrival));
        Assert.Empty(await ReadAllAsync(StoreFixture.Arrival.AddTicks(-10)));
    }

    [Fact]
    public async Task A_value_may_become_unknown_and_known_again()
    {
        await AppendAsync(0, Point(1, 5m));

        Assert.Equal(1, (await AppendAsync(1, Point(1, null))).Revised);
        Assert.Equal([Point(1, null)], await ReadAllAsync(asOf: null));
        Assert.Equal(1, (await AppendAsync(2, Point(1, 5m))).Revised);
        Assert.Equal([Point(1, 5m)], await ReadAllAsync(asOf: null));
    }

    [Fact]
    public async Task Of_one_key_in_a_batch_the_last_counts()
    {
        Assert.Equal(new IngestCounts(3, 1, 2, 0, 0, 0), await AppendAsync(0, Point(1, 5m), Point(1, 6m), Point(1, 7m)));
        Assert.Equal([Point(1, 7m)], await ReadAllAsync(asOf: null));
    }

    [Fact]
    public async Task A_revision_is_never_known_before_the_one_it_follows()
    {
        await AppendAsync(10, Point(1, 5m));
        await AppendAsync(0, Point(1, 6m)); // was fetched earlier, came later

        Assert.Empty(await ReadAllAsync(StoreFixture.Arrival.AddSeconds(5)));
        Assert.Equal([Point(1, 6m)], await ReadAllAsync(StoreFixture.Arrival.AddSeconds(10)));
    }

    [Fact]
    public async Task A_point_that_cannot_be_placed_is_rejected_alone()
    {
        var between = Point(1, 1m) with { Time = new ProviderTime(1_790_000_000_000_000_001, 9) };

        Assert.Equal(new IngestCounts(3, 1, 0, 0, 0, 2), await AppendAsync(0, between, Point(2, 2m) with { Source = "" }, Point(3, 3m)));
        Assert.Equal("out_of_range", Assert.Single(await fixture.LettersAsync("onchain", $"{asset}/netflow/all/day")).Reason);
    }

    [Fact]
    public async Task Eight_writers_of_other_values_give_each_its_own_revision()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer =>
            Task.Run(() => new OnChainStore(fixture.Database, fixture.Time)
            .AppendAsync([.. Enumerable.Range(0, 100).Select(day => Point(day, writer))], StoreFixture.Arrival, [], default))));

        Assert.Equal(100, counts.Sum(of => of.Inserted));
        Assert.Equal(700, counts.Sum(of => of.Revised));
        Assert.Equal(7, await fixture.ScalarAsync<int>("SELECT max(revision) FROM onchain.points WHERE asset = $1", asset));
    }

    [Fact]
    public async Task Eight_writers_of_one_batch_write_each_point_once()
    {
        OnChainPoint[] batch = [.. Enumerable.Range(0, 200).Select(day => Point(day, day))];

        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AppendAsync(0, batch))));

        Assert.Equal((200, 0), (counts.Sum(of => of.Inserted), counts.Sum(of => of.Revised)));
    }

    [Fact]
    public async Task A_position_that_was_moved_by_another_leaves_nothing()
    {
        var series = new SeriesKey(fixture.NewName("provider"), "onchain", asset);
        await store.AppendAsync([Point(1, 1m)], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 1)], default);

        await Assert.ThrowsAsync<PositionMovedException>(() => store.AppendAsync(
            [Point(1, 2m), Point(2, 2m)], StoreFixture.Arrival, [StoreFixture.Progress(series, 7, 1)], default));
        Assert.Equal([Point(1, 1m)], await ReadAllAsync(asOf: null));
    }

    [Fact]
    public async Task Pages_run_both_ways_over_the_latest_revisions()
    {
        await AppendAsync(0, [.. Enumerable.Range(0, 10).Select(day => Point(day, 1m))]);
        await AppendAsync(1, [.. Enumerable.Range(0, 5).Select(day => Point(day * 2, 2m))]);

        var first = await ReadAsync(new PageRequest(Start.AddDays(1), Start.AddDays(8), 4, null), asOf: null);
        var second = await ReadAsync(new PageRequest(Start.AddDays(1), Start.AddDays(8), 4, first.Next), asOf: null);
        var newest = await ReadAsync(new PageRequest(null, null, 6, null), asOf: null);
        var oldest = await ReadAsync(new PageRequest(null, null, 6, newest.Next), asOf: null);

        Assert.Equal([1m, 2m, 1m, 2m], first.Records.Select(point => point.Value));
        Assert.Equal([1m, 2m, 1m], second.Records.Select(point => point.Value));
        Assert.Null(second.Next);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], oldest.Records.Concat(newest.Records).Select(Day));
        Assert.Null(oldest.Next);
    }

    [Fact]
    public async Task Random_batches_answer_as_of_every_moment_like_a_naive_list()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 25))
        {
            var name = fixture.NewName("asset");
            var known = new List<(int Batch, int Day, decimal? Value)>();
            for (var n = 0; n < run.Length; n++)
            {
                OnChainPoint[] batch = [.. run[n].Select(of => Point(of.Day, of.Value == 0 ? null : of.Value) with { Asset = name })];
                Assert.Equal(Expected(known, n, run[n]), await AppendAsync(n, batch));
            }

            for (var n = 0; n < run.Length; n++)
            {
                var expected = known.Where(of => of.Batch <= n).GroupBy(of => of.Day).OrderBy(day => day.Key)
                    .Select(day => Point(day.Key, day.Last().Value) with { Asset = name });
                var stored = await store.ReadAsync(
                    name, "netflow", "all", "day", new PageRequest(Start, null, 100, null), StoreFixture.Arrival.AddSeconds(n), default);
                Assert.Equal(expected, stored.Records);
            }
        }
    }

    private static IngestCounts Expected(List<(int Batch, int Day, decimal? Value)> known, int n, (int Day, int Value)[] batch)
    {
        var (inserted, revised) = (0, 0);
        foreach (var (day, value) in batch.GroupBy(of => of.Day).Select(same => same.Last()))
        {
            decimal? next = value == 0 ? null : value;
            var before = known.FindLastIndex(of => of.Day == day);
            if (before < 0 || known[before].Value != next)
            {
                known.Add((n, day, next));
                (inserted, revised) = before < 0 ? (inserted + 1, revised) : (inserted, revised + 1);
            }
        }

        return new IngestCounts(batch.Length, inserted, batch.Length - inserted - revised, 0, revised, 0);
    }

    private static int Day(OnChainPoint point) => (int)(point.Time.ToDateTimeOffset() - Start).TotalDays;

    private OnChainPoint Point(int day, decimal? value) =>
        new(asset, "netflow", "all", "day", ProviderTime.From(Start.AddDays(day), 0), value);

    private Task<IngestCounts> AppendAsync(int second, params OnChainPoint[] points) =>
        store.AppendAsync(points, StoreFixture.Arrival.AddSeconds(second), [], default);

    private Task<Page<OnChainPoint>> ReadAsync(PageRequest page, DateTimeOffset? asOf) =>
        store.ReadAsync(asset, "netflow", "all", "day", page, asOf, default);

    private async Task<IReadOnlyList<OnChainPoint>> ReadAllAsync(DateTimeOffset? asOf) =>
        (await ReadAsync(new PageRequest(null, null, 1000, null), asOf)).Records;
}
