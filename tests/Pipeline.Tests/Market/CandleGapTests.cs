using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>Candles of buckets that stored trades hold only a part of.</summary>
[Collection(StoreCollection.Name)]
public sealed class CandleGapTests(StoreFixture fixture, ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = CandleRun.Start;

    private readonly CandleRun run = new(fixture.Database, fixture.NewName("exchange"), Start.AddMinutes(40));

    [Fact]
    public async Task The_minute_in_which_trades_begin_is_the_exchanges_where_that_has_seen_more()
    {
        await TradeAsync((30, 1), (70, 1));
        await ProvideAsync("1m", (0, 5), (1, 5));
        await ProvideAsync("5m", (0, 0.5m));
        Assert.Equal([5m, 1], Volumes(await run.AllAsync("1m")));
        Assert.Equal([2m], Volumes(await run.AllAsync("5m")));
    }

    [Fact]
    public async Task Of_a_bucket_that_touches_a_gap_the_candle_that_has_seen_more_is_served_until_the_gap_is_filled()
    {
        await TradeAsync((30, 1), (70, 1), (250, 1), (610, 4));
        await ProvideAsync("1m", (1, 9), (2, 9), (4, 0.5m), (10, 9));
        await ProvideAsync("5m", (0, 30), (5, 7));
        Assert.Equal([1m, 1, 1, 4], Volumes(await run.AllAsync("1m")));

        await LoseAsync(70, 250);
        Assert.Equal([1m, 9, 9, 1, 4], Volumes(await run.AllAsync("1m")));
        Assert.Equal([30m, 4], Volumes(await run.AllAsync("5m")));

        await FillAsync();
        Assert.Equal([1m, 1, 1, 4], Volumes(await run.AllAsync("1m")));
    }

    [Fact]
    public async Task Nothing_is_carried_into_a_gap()
    {
        await TradeAsync((30, 1), (70, 1), (310, 1), (430, 1));
        await LoseAsync(70, 310);
        Assert.Equal([1m, 1, null, null, null, 1, 0, 1], Volumes((await run.AllAsync("1m", fill: CandleFill.Previous)).Take(8)));

        await FillAsync();
        Assert.Equal([1m, 1, 0, 0, 0, 1, 0, 1], Volumes((await run.AllAsync("1m", fill: CandleFill.Previous)).Take(8)));
    }

    [Fact]
    public async Task As_of_answers_by_the_gaps_that_were_known_then_whatever_became_of_them()
    {
        await TradeAsync((30, 1), (70, 1), (310, 1));
        await ProvideAsync("1m", (1, 9), (2, 9));
        var unknown = run.Time.GetUtcNow();
        run.Time.Advance(TimeSpan.FromMinutes(5));
        await LoseAsync(70, 310);
        run.Time.Advance(TimeSpan.FromMinutes(5));
        var known = run.Time.GetUtcNow();
        run.Time.Advance(TimeSpan.FromMinutes(5));
        await ShrinkAsync();
        run.Time.Advance(TimeSpan.FromMinutes(5));
        await FillAsync();
        run.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal([1m, 1, 0, 0, 0, 1], Volumes((await run.AllAsync("1m", unknown, CandleFill.Previous)).Take(6)));
        Assert.Equal([1m, 9, 9, null, null, 1], Volumes((await run.AllAsync("1m", known, CandleFill.Previous)).Take(6)));
        Assert.Equal([1m, 1, 0, 0, 0, 1], Volumes((await run.AllAsync("1m", run.Time.GetUtcNow(), CandleFill.Previous)).Take(6)));
    }

    [Fact]
    public async Task Any_trades_gaps_and_given_candles_are_what_a_plain_reading_makes_of_them_in_pages_too()
    {
        var random = new Random(Seed.Next(output));
        var trades = Enumerable.Range(0, 30).Select(n => run.Trade(random.Next(300, 2100), $"{n}", 100 + n, random.Next(1, 4))).ToList();
        await run.WriteAsync(trades);
        await run.BuildAsync();
        var holes = Enumerable.Range(0, 3).Select(n => (From: 300 + (n * 600) + random.Next(300), To: 600 + (n * 600) + random.Next(300)))
            .ToList();
        foreach (var (from, to) in holes)
        {
            await LoseAsync(from, to);
        }

        foreach (var (interval, minutes) in new[] { ("1m", 1), ("5m", 5) })
        {
            var given = Enumerable.Range(0, 40 / minutes).Where(_ => random.Next(3) > 0)
                .ToDictionary(n => n * minutes, _ => random.Next(8) + 0.5m);
            await ProvideAsync(interval, [.. given.Select(of => (of.Key, of.Value))]);
            var expected = Plainly(trades, given, holes, interval, minutes);
            Assert.Equal(expected, Minutes(await run.AllAsync(interval)));
            for (var n = 0; n < 20; n++)
            {
                var (first, length, limit) = (random.Next(40), random.Next(1, 40), random.Next(1, 9));
                var inside = expected.Where(of => of.Minute >= first && of.Minute < first + length).ToList();
                DateTimeOffset? start = Start.AddMinutes(first);
                var forwards = await run.PageAsync(interval, new PageRequest(start, start.Value.AddMinutes(length), limit, null));
                Assert.Equal(inside.Take(limit), Minutes(forwards.Page.Records));
                var backwards = await run.PageAsync(interval, new PageRequest(null, start.Value.AddMinutes(length), limit, null));
                Assert.Equal(
                    expected.Where(of => of.Minute < first + length).TakeLast(limit), Minutes(backwards.Page.Records));
            }
        }
    }

    /// <summary>Volumes by the minute in which a bucket begins.</summary>
    private static List<(int Minute, MarketNumber? Volume)> Plainly(
        List<Trade> trades, Dictionary<int, decimal> given, List<(int From, int To)> holes, string interval, int minutes)
    {
        var made = CandleOracle.Of(trades, interval).ToDictionary(candle => MinuteOf(candle.OpenTime), candle => (decimal?)candle.Volume);
        var since = trades.Min(trade => MinuteOf(trade.Time));
        bool IsPartly(int minute) => minute <= since
            || holes.Exists(hole => hole.From < (minute + minutes) * 60 && hole.To >= minute * 60);
        var seen = given.Where(of => IsPartly(of.Key)).ToDictionary(of => of.Key, of => (decimal?)of.Value);
        return
        [
            .. made.Keys.Union(seen.Keys).Order()
                .Select(minute => (
                    minute, (MarketNumber?)Math.Max(made.GetValueOrDefault(minute) ?? 0, seen.GetValueOrDefault(minute) ?? 0))),
        ];
    }

    private async Task TradeAsync(params (int Second, decimal Quantity)[] trades)
    {
        await run.WriteAsync([.. trades.Select(trade => run.Trade(trade.Second, $"{trade.Second}", 100, trade.Quantity))]);
        await run.BuildAsync();
    }

    private async Task ProvideAsync(string interval, params (int Minute, decimal Volume)[] candles) => await run.Provided.AppendAsync(
        [.. candles.Select(of => new Candle(
            run.Exchange, "btc-krw", interval, ProviderTime.From(Start.AddMinutes(of.Minute), 0), 1, 1, 1, 1, of.Volume, null))],
        run.Time.GetUtcNow(), [], default);

    private Task LoseAsync(int fromSecond, int toSecond) => fixture.ScalarAsync<long>(
        """
        INSERT INTO ops.gaps (provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason,
            detected_at, found_from_ns, found_to_ns)
        VALUES ($1, 'trades', 'btc-krw', $2, 3, '', $3, 3, '', 'lost', $4, $2, $3) RETURNING gap_id
        """,
        run.Exchange, Nanoseconds(fromSecond), Nanoseconds(toSecond), run.Time.GetUtcNow().UtcDateTime);

    private Task ShrinkAsync() => fixture.ScalarAsync<long>(
        "UPDATE ops.gaps SET to_time_ns = from_time_ns + 1 WHERE provider = $1 RETURNING gap_id", run.Exchange);

    private Task FillAsync() => fixture.ScalarAsync<long>(
        "UPDATE ops.gaps SET state = 'filled', filled_at = $2 WHERE provider = $1 RETURNING gap_id",
        run.Exchange, run.Time.GetUtcNow().UtcDateTime);

    private static long Nanoseconds(int second) => ProviderTime.From(Start.AddSeconds(second), 3).UnixNanoseconds;

    private static int MinuteOf(ProviderTime time) => (int)(time.ToDateTimeOffset() - Start).TotalMinutes;

    private static List<(int Minute, MarketNumber? Volume)> Minutes(IEnumerable<NormalisedRecord> records) =>
        [.. records.Cast<Candle>().Select(candle => (MinuteOf(candle.OpenTime), candle.Volume))];

    private static IEnumerable<MarketNumber?> Volumes(IEnumerable<NormalisedRecord> records) =>
        records.Select(record => (record as Candle)?.Volume);
}
