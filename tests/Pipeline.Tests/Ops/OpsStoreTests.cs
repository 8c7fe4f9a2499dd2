using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Tests.Ops;

[Collection(StoreCollection.Name)]
public sealed class OpsStoreTests(StoreFixture fixture)
{
    private readonly SeriesKey series = new(fixture.NewName("provider"), "simple_price", fixture.NewName("series"));
    private readonly PriceStore store = new(fixture.Database, fixture.Time);
    private readonly FeedPositionStore positions = new(fixture.Database);
    private readonly GapRegister gaps = new(fixture.Database);
    private readonly DeadLetterStore letters = new(fixture.Database);

    [Fact]
    public async Task A_position_is_created_at_version_one_and_raised_with_each_move()
    {
        Assert.Null(await positions.FindAsync(series, default));
        await MoveAsync(version: 0, timeMs: 1_000);
        await MoveAsync(version: 1, timeMs: 2_000);

        var moved = new FeedPosition(series, ProviderTime.FromUnixMilliseconds(2_000), "id2000", 2);
        Assert.Equal(moved, await positions.FindAsync(series, default));
        Assert.Contains(moved, await positions.ListAsync(default));
    }

    [Fact]
    public async Task A_position_never_goes_back_in_time_but_its_version_is_raised()
    {
        await MoveAsync(version: 0, timeMs: 2_000);
        await MoveAsync(version: 1, timeMs: 1_000);

        Assert.Equal(new FeedPosition(series, ProviderTime.FromUnixMilliseconds(2_000), "id2000", 2), await positions.FindAsync(series,
            default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_move_from_another_version_is_refused(long version)
    {
        await MoveAsync(version: 0, timeMs: 1_000);

        await Assert.ThrowsAsync<PositionMovedException>(() => MoveAsync(version, timeMs: 5_000));
        Assert.Equal(1, (await positions.FindAsync(series, default))?.Version);
    }

    [Fact]
    public async Task Of_eight_writers_from_one_version_one_moves()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
            await Record.ExceptionAsync(() => MoveAsync(version: 0, timeMs: writer)))));

        Assert.Equal(7, outcomes.OfType<PositionMovedException>().Count());
        Assert.Single(outcomes, outcome => outcome is null);
    }

    [Fact]
    public async Task Of_two_series_in_a_batch_one_that_moved_holds_back_both()
    {
        var other = series with { Series = fixture.NewName("series") };

        await Assert.ThrowsAsync<PositionMovedException>(() => store.AppendAsync(
            [], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 1), StoreFixture.Progress(other, 9, 1)], default));
        Assert.Null(await positions.FindAsync(series, default));
    }

    [Fact]
    public async Task Gaps_are_listed_oldest_first_and_once_each()
    {
        var (early, late) = (Gap(1, "a", 2, "b"), Gap(3, "c", 3, "d"));
        await store.AppendAsync([], StoreFixture.Arrival, [new SeriesProgress(null, late), new SeriesProgress(null, early)], default);
        await store.AppendAsync([], StoreFixture.Arrival, [new SeriesProgress(null, early)], default);

        Assert.Equal([early, late], await gaps.OpenAsync(series, default));
        Assert.Equal(2, (await gaps.CountOpenAsync(default))[series]);
    }

    [Fact]
    public async Task The_same_payload_refused_again_only_counts_up()
    {
        var letter = Letter("{\"a\":1}", RefusalCode.MissingField);
        await letters.KeepAsync([letter, Letter("{\"a\":2}", RefusalCode.MissingField), letter], default);
        await letters.KeepAsync([letter, Letter("{\"a\":1}", RefusalCode.InvalidField)], default);
        await letters.KeepAsync([], default);

        Assert.Equal(
            [("{\"a\":1}", "invalid_field", 1), ("{\"a\":1}", "missing_field", 3), ("{\"a\":2}", "missing_field", 1)],
            (await fixture.LettersAsync(series.Dataset, series.Series)).Select(kept => (kept.Payload, kept.Reason, kept.Times)).Order());
    }

    [Fact]
    public async Task Eight_writers_of_the_same_letters_count_each_time()
    {
        DeadLetter[] batch = [.. Enumerable.Range(0, 50).Select(n => Letter($"{n}", RefusalCode.MalformedJson))];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            () => letters.KeepAsync(writer % 2 == 0 ? batch : [.. batch.Reverse()], default))));

        Assert.All(await fixture.LettersAsync(series.Dataset, series.Series), kept => Assert.Equal(8, kept.Times));
    }

    [Fact]
    public async Task A_payload_is_kept_whole_whatever_its_bytes_and_its_message_storable()
    {
        byte[] payload = [.. Enumerable.Range(0, 300_000).Select(n => (byte)n)];
        var refusal = new Refusal(RefusalCode.MalformedJson, "Expected an object, got '\0\uD800'.");
        await letters.KeepAsync([new DeadLetter(series, "GET /x", refusal, payload, StoreFixture.Arrival)], default);

        Assert.Equal(payload, await fixture.ScalarAsync<byte[]>("SELECT payload FROM ops.dead_letters WHERE series = $1", series.Series));
        Assert.Equal(
            "Expected an object, got '\uFFFD\uFFFD'.",
                await fixture.ScalarAsync<string>("SELECT reason FROM ops.dead_letters WHERE series = $1", series.Series));
    }

    private Task<IngestCounts> MoveAsync(long version, long timeMs) =>
        store.AppendAsync([], StoreFixture.Arrival, [StoreFixture.Progress(series, version, timeMs)], default);

    private Gap Gap(long fromMs, string fromId, long toMs, string toId) => new(
        series, ProviderTime.FromUnixMilliseconds(fromMs), fromId, new ProviderTime(toMs * 1_000_000, 9), toId, "window passed",
            StoreFixture.Arrival);

    private DeadLetter Letter(string payload, RefusalCode code) => new(
        series, "GET /x", new Refusal(code, "No."), System.Text.Encoding.UTF8.GetBytes(payload), StoreFixture.Arrival);
}
