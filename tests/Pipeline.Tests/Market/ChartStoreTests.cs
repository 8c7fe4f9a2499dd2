using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class ChartStoreTests(StoreFixture fixture)
{
    private const ulong Seed = 20260304;
    private static readonly DateTimeOffset Day = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    // Batches of (hour of three days, price), so that buckets hold several points.
    private static readonly Gen<(int Hour, int Price)> Records =
        Gen.Choose(0, 71).SelectMany(hour => Gen.Choose(0, 2).Select(price => (hour, price)));

    private readonly string asset = fixture.NewName("asset");
    private readonly ChartStore store = new(fixture.Database, fixture.Time);

    [Fact]
    public async Task Another_value_in_a_bucket_is_a_revision_and_the_latest_is_served()
    {
        Assert.Equal(new IngestCounts(2, 2, 0, 0, 0, 0), await AppendAsync(0, Point(0, 1m), Point(30, 2m)));
        Assert.Equal(new IngestCounts(2, 0, 1, 0, 1, 0), await AppendAsync(1, Point(0, 1.0m), Point(31, 3m)));
        Assert.Equal([(Day, 1m), (Day.AddDays(1), 3m)], await ReadAsync(null, null));
        Assert.Equal([(Day, 1m), (Day.AddDays(1), 2m)], await ReadAsync(null, StoreFixture.Arrival));
        Assert.Equal([(Day.AddDays(1), 3m)], await ReadAsync(Day.AddDays(1), null));
    }

    [Fact]
    public async Task The_same_values_at_another_time_of_the_bucket_are_skipped()
    {
        await AppendAsync(0, Point(30, 2m));

        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(1, Point(31, 2m)));
    }

    [Fact]
    public async Task A_closing_point_at_the_buckets_start_revises_the_last_point_of_the_day()
    {
        await AppendAsync(0, Point(23, 2m));

        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(1, Point(0, 5m)));
        Assert.Equal([(Day, 5m)], await ReadAsync(null, null));
    }

    [Fact]
    public async Task A_days_opening_point_is_kept_under_the_ones_that_follow_it_and_counts_once()
    {
        Assert.Equal(new IngestCounts(3, 2, 1, 0, 0, 0), await AppendAsync(0, Point(0, 1m), Point(24, 2m), Point(30, 3m)));
        Assert.Equal([(Day, 1m), (Day.AddDays(1), 3m)], await ReadAsync(null, null));

        var midnights = await store.ReadAsync(asset, "usd", ChartStore.Midnight, null, null, default);
        Assert.Equal([(Day, 1m), (Day.AddDays(1), 2m)], midnights.Select(bucket => (bucket.Start, bucket.Price!.Value)));
        Assert.Equal([Day, Day.AddDays(1)], midnights.Select(bucket => bucket.Time.ToDateTimeOffset()));
        Assert.Equal(new IngestCounts(3, 0, 3, 0, 0, 0), await AppendAsync(1, Point(0, 1m), Point(24, 2m), Point(30, 3m)));
    }

    [Fact]
    public async Task A_bucket_says_when_its_value_was()
    {
        await AppendAsync(0, Point(30, 2m));
        var bucket = Assert.Single(await store.ReadAsync(asset, "usd", "daily", null, null, default));
        Assert.Equal(Day.AddHours(30), bucket.Time.ToDateTimeOffset());
    }

    [Fact]
    public async Task Of_several_points_in_a_bucket_the_last_by_the_providers_time_counts()
    {
        Assert.Equal(new IngestCounts(3, 1, 2, 0, 0, 0), await AppendAsync(0, Point(1, 1m), Point(20, 9m), Point(2, 2m)));
        Assert.Equal([(Day, 9m)], await ReadAsync(null, null));
    }

    [Fact]
    public async Task Hourly_and_daily_buckets_are_series_of_their_own()
    {
        await AppendAsync(0, Point(1, 1m));
        var counts = await store.AppendAsync("hourly", [Point(1, 1m), Point(2, null)], StoreFixture.Arrival, [], default);
        var buckets = await store.ReadAsync(asset, "usd", "hourly", null, null, default);

        Assert.Equal(2, counts.Inserted);
        Assert.Equal([Day.AddHours(1), Day.AddHours(2)], buckets.Select(bucket => bucket.Start));
        Assert.Equal([1m, null], buckets.Select(bucket => bucket.Price));
    }

    [Fact]
    public async Task An_interval_without_buckets_is_refused() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        () => store.AppendAsync("weekly", [Point(1, 1m)], StoreFixture.Arrival, [], default));

    [Fact]
    public async Task Eight_writers_of_other_values_give_each_its_own_revision()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
            AppendAsync(0, [.. Enumerable.Range(0, 50).Select(day => Point(day * 24, writer))]))));

        Assert.Equal((50, 350), (counts.Sum(of => of.Inserted), counts.Sum(of => of.Revised)));
    }

    [Fact]
    public async Task Random_batches_answer_as_of_every_moment_like_a_naive_list()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 25))
        {
            var name = fixture.NewName("asset");
            var known = new List<(int Batch, int Day, decimal Price)>();
            for (var n = 0; n < run.Length; n++)
            {
                Assert.Equal(
                    Expected(known, n, run[n]), await AppendAsync(n, [.. run[n].Select(of =>
                        Point(of.Hour, of.Price) with { Asset = name })]));
            }

            for (var n = 0; n < run.Length; n++)
            {
                var expected = known.Where(of => of.Batch <= n).GroupBy(of => of.Day).OrderBy(day => day.Key)
                    .Select(day => (Day.AddDays(day.Key), (MarketNumber?)day.Last().Price));
                var stored = await store.ReadAsync(name, "usd", "daily", null, StoreFixture.Arrival.AddSeconds(n), default);
                Assert.Equal(expected, stored.Select(bucket => (bucket.Start, bucket.Price)));
            }
        }
    }

    private static IngestCounts Expected(List<(int Batch, int Day, decimal Price)> known, int n, (int Hour, int Price)[] batch)
    {
        var (inserted, revised) = (0, 0);
        foreach (var bucket in batch.GroupBy(of => of.Hour / 24))
        {
            var price = bucket.Last(of => of.Hour == bucket.Max(other => other.Hour)).Price;
            var before = known.FindLastIndex(of => of.Day == bucket.Key);
            if (before < 0 || known[before].Price != price)
            {
                known.Add((n, bucket.Key, price));
                (inserted, revised) = before < 0 ? (inserted + 1, revised) : (inserted, revised + 1);
            }
        }

        return new IngestCounts(batch.Length, inserted, batch.Length - inserted - revised, 0, revised, 0);
    }

    private ChartPoint Point(int hour, decimal? price) => new(asset, "usd", ProviderTime.From(Day.AddHours(hour), 3), price, null, 10m);

    private Task<IngestCounts> AppendAsync(int second, params ChartPoint[] points) =>
        store.AppendAsync("daily", points, StoreFixture.Arrival.AddSeconds(second), [], default);

    private async Task<IEnumerable<(DateTimeOffset, MarketNumber)>> ReadAsync(DateTimeOffset? from, DateTimeOffset? asOf) =>
        (await store.ReadAsync(asset, "usd", "daily", from, asOf, default)).Select(bucket =>
            (bucket.Start, bucket.Price.GetValueOrDefault()));
}
