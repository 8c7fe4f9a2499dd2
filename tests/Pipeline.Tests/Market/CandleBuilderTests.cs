using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class CandleBuilderTests(StoreFixture fixture, ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = CandleRun.Start;

    [Fact]
    public async Task Any_order_and_any_batches_of_the_same_trades_give_the_candles_of_a_naive_oracle_on_every_level()
    {
        var random = new Random(Seed.Next(output));
        for (var n = 0; n < 12; n++)
        {
            // Some runs are of the past, in some the day is still going on.
            var run = NewRun(Start.AddDays(n % 2 == 0 ? 10 : 1).AddMinutes(random.Next(600)));
            var trades = Trades(run, random, 150);
            foreach (var batch in Batches([.. trades.OrderBy(_ => random.Next())], random))
            {
                await run.WriteAsync(batch);
                if (random.Next(3) == 0)
                {
                    await run.BuildAsync();
                }

                run.Time.Advance(TimeSpan.FromMinutes(random.Next(40)));
            }

            await run.BuildAsync();
            foreach (var interval in CandleLevels.Names)
            {
                CandleRun.AssertSame(trades, interval, await run.AllAsync(interval));
            }
        }
    }

    [Fact]
    public async Task As_of_any_moment_each_level_says_what_the_trades_said_that_were_recomputed_by_then()
    {
        var random = new Random(Seed.Next(output));
        for (var n = 0; n < 6; n++)
        {
            var run = NewRun(Start.AddHours(random.Next(30)));
            var trades = Trades(run, random, 80);
            var history = new List<(DateTimeOffset At, Trade[] Known)>();
            var written = new List<Trade>();
            foreach (var batch in Batches([.. trades.OrderBy(_ => random.Next())], random))
            {
                await run.WriteAsync(batch);
                written.AddRange(batch);
                run.Time.Advance(TimeSpan.FromSeconds(random.Next(1, 4000)));
                if (random.Next(2) == 0)
                {
                    await run.BuildAsync();
                    history.Add((run.Time.GetUtcNow(), [.. written]));
                    run.Time.Advance(TimeSpan.FromSeconds(random.Next(1, 4000)));
                }
            }

            foreach (var moment in Enumerable.Range(0, 15).Select(_ => Moment(history, random)))
            {
                var known = history.LastOrDefault(of => of.At <= moment).Known ?? [];
                foreach (var interval in CandleLevels.Names)
                {
                    CandleRun.AssertSame(known, interval, await run.AllAsync(interval, moment));
                }
            }
        }
    }

    [Fact]
    public async Task Trades_of_one_instant_are_in_the_order_of_their_ids_as_numbers()
    {
        var run = NewRun(Start.AddHours(1));
        await run.WriteAsync(run.Trade(5, "1000", 3), run.Trade(5, "999", 1), run.Trade(5, "1001", 2));
        await run.BuildAsync();

        var candle = (Candle)Assert.Single(await run.AllAsync("1m"));
        Assert.Equal((1m, 3m, 1m, 2m), (candle.Open, candle.High, candle.Low, candle.Close));
    }

    [Fact]
    public async Task A_trade_of_long_ago_corrects_every_level_and_what_was_known_before_stays_known()
    {
        var run = NewRun(Start.AddDays(2));
        Trade[] early = [run.Trade(60, "1", 10), run.Trade(100, "2", 11)];
        await run.WriteAsync(early);
        await run.BuildAsync();
        var before = run.Time.GetUtcNow();
        run.Time.Advance(TimeSpan.FromDays(1));
        var late = run.Trade(61, "3", 99);
        await run.WriteAsync(late);
        await run.BuildAsync();

        foreach (var interval in CandleLevels.Names)
        {
            CandleRun.AssertSame(early, interval, await run.AllAsync(interval, before));
            CandleRun.AssertSame([.. early, late], interval, await run.AllAsync(interval));
        }
    }

    [Fact]
    public async Task A_late_trade_from_before_where_retention_has_cut_is_skipped_and_the_candle_of_whole_trades_stays()
    {
        await using var database = TestDatabase.Open(await fixture.NewDatabaseAsync());
        var run = new CandleRun(database, "exchange1", Start.AddHours(2));
        var trades = Trades(run, new Random(Seed.Next(output)), 60);
        await run.WriteAsync([.. trades]);
        await run.BuildAsync();
        var before = await run.AllAsync("1m");

        await using var cut = database.CreateCommand("""
            INSERT INTO ops.retention_cuts (dataset, cut, updated_at) VALUES ('trades', 'infinity', now());
            DELETE FROM market.trades
            """);
        await cut.ExecuteNonQueryAsync();
        var late = trades[0] with { TradeId = "late", Price = (decimal)trades[0].Price * 3 };
        var counts = await run.Trades.AppendAsync([late, late with { Quantity = 7 }], run.Time.GetUtcNow(), [], default);
        await run.BuildAsync();

        Assert.Equal(new IngestCounts(2, 0, 2, 0, 0, 0), counts);
        Assert.Empty((await run.Trades.ReadAsync("exchange1", "btc-krw", new PageRequest(null, null, 10, null), default)).Records);
        Assert.NotEmpty(before);
        Assert.Equal(before, await run.AllAsync("1m"));
    }

    [Fact]
    public async Task Retention_cuts_between_minutes_so_a_late_trade_corrects_its_candle_or_is_skipped()
    {
        await using var database = TestDatabase.Open(await fixture.NewDatabaseAsync());
        var run = new CandleRun(database, "exchange1", Start.AddHours(2).AddSeconds(30));
        Trade[] trades = [run.Trade(10, "1", 100), run.Trade(70, "2", 200)];
        await run.WriteAsync(trades);
        await run.BuildAsync();

        // An hour and 59 minutes: half way through the second minute.
        await Retain(database, run, TimeSpan.FromMinutes(119)).RoundAsync(default);
        Trade[] late = [run.Trade(20, "3", 900), run.Trade(62, "4", 300)];
        await run.WriteAsync(late);
        await run.BuildAsync();

        Assert.Equal(
            ["4", "2"], (await run.Trades.ReadAsync("exchange1", "btc-krw", new PageRequest(null, null, 10, null), default)).Records
                .Select(trade => trade.TradeId));
        foreach (var interval in CandleLevels.Names)
        {
            CandleRun.AssertSame([.. trades, late[1]], interval, await run.AllAsync(interval));
        }
    }

    [Fact]
    public async Task Retention_leaves_what_candles_are_still_to_be_made_of()
    {
        await using var database = TestDatabase.Open(await fixture.NewDatabaseAsync());
        var run = new CandleRun(database, "exchange1", Start.AddDays(2));
        await run.WriteAsync(run.Trade(10, "1", 100), run.Trade(70, "2", 200));
        var retention = Retain(database, run, TimeSpan.FromDays(1));

        Assert.Equal(0, (await retention.RoundAsync(default))["trades"]);
        await run.BuildAsync();
        Assert.Equal(2, (await retention.RoundAsync(default))["trades"]);

        Assert.Equal(2, (await run.AllAsync("1m")).Count);
    }

    private static Retention Retain(Npgsql.NpgsqlDataSource database, CandleRun run, TimeSpan keep) => new(
        database, () => new RetentionSettings(keep, null, null, null, null, null, TimeSpan.FromMinutes(10), 7, TimeSpan.Zero), run.Time,
        new RecordingLog<Retention>());

    [Fact]
    public async Task An_unfinished_day_costs_two_rows_however_often_it_is_recomputed()
    {
        var run = NewRun(Start.AddSeconds(1));
        for (var second = 0; second < 50; second++)
        {
            await run.WriteAsync(run.Trade(second, $"{second}", 100 + second));
            await run.BuildAsync();
            run.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((50L, 1L), (await RowsAsync(run, 1), await RowsAsync(run, 1440)));
        run.Time.Advance(TimeSpan.FromDays(1));
        await run.BuildAsync();
        Assert.Equal((50L, 2L), (await RowsAsync(run, 1), await RowsAsync(run, 1440)));
        var closed = (Candle)Assert.Single(await run.AllAsync("1d"));
        Assert.Equal((100m, 149m, true), (closed.Open, closed.Close, closed.Final));
    }

    [Fact]
    public async Task A_candle_is_final_when_its_time_and_the_grace_are_over()
    {
        var run = NewRun(Start.AddSeconds(30));
        await run.WriteAsync(run.Trade(5, "1", 1));
        await run.BuildAsync();
        async Task<bool?> FinalAsync() => ((Candle)Assert.Single(await run.AllAsync("1m"))).Final;

        Assert.False(await FinalAsync());
        run.Time.Advance(TimeSpan.FromSeconds(30) + CandleRun.Grace - TimeSpan.FromMilliseconds(1));
        Assert.False(await FinalAsync());
        run.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await FinalAsync());
        Assert.False(((Candle)Assert.Single(await run.AllAsync("1m", Start.AddSeconds(60)))).Final);
    }

    [Fact]
    public async Task What_is_written_while_candles_are_recomputed_is_recomputed_too()
    {
        var run = NewRun(Start.AddDays(3));
        var trades = Trades(run, new Random(Seed.Next(output)), 400);
        var writing = Task.WhenAll(trades.Chunk(100).Select(share => Task.Run(async () =>
        {
            foreach (var batch in share.Chunk(5))
            {
                await run.WriteAsync(batch);
            }
        })));
        var building = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!writing.IsCompleted)
            {
                await run.BuildAsync();
            }
        })));
        await writing.Within("four writers write");
        await building.Within("three builders keep up");
        await run.BuildAsync();

        foreach (var interval in CandleLevels.Names)
        {
            CandleRun.AssertSame(trades, interval, await run.AllAsync(interval));
        }
    }

    [Fact]
    public async Task A_batch_that_is_rolled_back_touches_nothing_and_a_repeated_one_neither()
    {
        var run = NewRun(Start.AddDays(3));
        var trade = run.Trade(0, "1", 1);
        await run.WriteAsync(trade);
        await run.BuildAsync();
        await run.WriteAsync(trade);
        await Assert.ThrowsAsync<PositionMovedException>(() => run.Trades.AppendAsync(
            [run.Trade(1, "2", 2)], Start, [StoreFixture.Progress(new("coinone", "trades", run.Exchange), 7, 1)], default));

        var builder = new CandleBuilder(fixture.Database, run.Time);
        Assert.Equal(0, (await builder.BuildAsync(200, default)).Minutes);
        Assert.Equal(1L, await RowsAsync(run, 1));
    }

    [Fact]
    public async Task A_bounded_recomputing_says_that_more_is_left_and_the_next_ones_do_it()
    {
        var run = NewRun(Start.AddDays(3));
        await run.BuildAsync();
        Trade[] trades = [.. Enumerable.Range(0, 150).Select(minute => run.Trade(minute * 60, $"{minute}", 1 + minute))];
        await run.WriteAsync(trades);
        var builder = new CandleBuilder(fixture.Database, run.Time);
        var built = new List<CandlesBuilt>();
        do
        {
            built.Add(await builder.BuildAsync(1, default));
        }
        while (built[^1].IsMoreLeft);

        Assert.Equal([60, 60, 30, 0], built.Select(of => of.Minutes));
        CandleRun.AssertSame(trades, "1d", await run.AllAsync("1d"));
    }

    [Fact]
    public async Task A_volume_past_what_a_record_holds_is_rounded_or_unknown_never_a_failure()
    {
        var run = NewRun(Start.AddDays(3));
        await run.WriteAsync(run.Trade(0, "1", 1, 10_000_000_000_000_000_000_000_000_000m), run.Trade(1, "2", 1, 0.0000000001m));
        await run.WriteAsync(run.Trade(60, "3", 1, decimal.MaxValue), run.Trade(61, "4", 1, decimal.MaxValue));
        var largest = MarketNumbers.Of("9e308");
        await run.WriteAsync(
            run.Trade(120, "5", 1, 1) with { Quantity = largest }, run.Trade(121, "6", 1, 1) with { Quantity = largest });
        await run.BuildAsync();

        Assert.Equal(
            [10_000_000_000_000_000_000_000_000_000m, MarketNumbers.Of("158456325028528675187087900700"), null],
            (await run.AllAsync("1m")).Select(record => ((Candle)record).Volume));
    }

    private CandleRun NewRun(DateTimeOffset now) => new(fixture.Database, fixture.NewName("exchange"), now);

    private Task<long> RowsAsync(CandleRun run, int minutes) => fixture.ScalarAsync<long>(
        """
        SELECT count(*) FROM market.candles JOIN market.exchanges USING (exchange_id) WHERE name = $1 AND interval_minutes = $2
        """, run.Exchange, (short)minutes);

    /// <summary>Within two days, many of them at the same instants, with ids of different length in no order of time.</summary>
    private static List<Trade> Trades(CandleRun run, Random random, int count) =>
    [
        .. Enumerable.Range(60, count).Select(id => run.Trade(
            random.Next(2) == 0 ? random.Next(90) : random.Next(2 * 86_400), $"{id}", random.Next(1, 50), random.Next(1, 1000) / 1000m)),
    ];

    private static IEnumerable<Trade[]> Batches(Trade[] trades, Random random)
    {
        for (var start = 0; start < trades.Length;)
        {
            var length = random.Next(1, 30);
            yield return trades[start..Math.Min(trades.Length, start + length)];
            start += length;
        }
    }

    private static DateTimeOffset Moment(List<(DateTimeOffset At, Trade[] Known)> history, Random random) => random.Next(3) == 0
        ? history[random.Next(history.Count)].At
        : history[0].At.AddSeconds(random.Next(-1000, (int)(history[^1].At - history[0].At).TotalSeconds + 1000));
}
