using System.Globalization;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.History;

/// <summary>Days of an on-chain series, 1 to 9 January, and hours of a chart.</summary>
public sealed class HoleFinderSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const string Series = "bitcoin/exchange_netflow/all_exchange/day";

    [Fact]
    public async Task Days_that_are_not_there_between_days_that_are_go_into_the_register_and_a_null_is_a_value()
    {
        await using var run = OnChain();
        await StoreAsync(run, 1, 2, 5, 6, 8);

        Assert.Equal(2, await FinderOf(run).FindAsync([run.Feed], default));
        Assert.Equal(0, await FinderOf(run).FindAsync([run.Feed], default));

        Assert.Equal(["2-5", "6-8"], await DaysAsync());
    }

    [Fact]
    public async Task A_hole_is_closed_by_what_the_provider_shows_and_is_not_found_again_where_it_has_nothing()
    {
        await using var run = OnChain().WithHistory(new DailyHistory());
        await StoreAsync(run, 1, 2, 5, 8);
        await FinderOf(run).FindAsync([run.Feed], default);
        run.Provider.On("/days", ScriptedReply.Ok(
            """
            {"status":{"code":200,"message":"success"},"result":{"window":"day","data":[
            {"date":"2026-01-02","netflow_total":2},{"date":"2026-01-03","netflow_total":null},{"date":"2026-01-05","netflow_total":5},
            {"date":"2026-01-06","netflow_total":6},{"date":"2026-01-08","netflow_total":8}]}}
            """));
        var repair = new GapRepair(
            [run.Feed], run.Stores.Gaps, new GapClaims(Database, "node"), new PageIntake(run.Stores, static (_, _) => { }),
            () => run.Settings.Repair, run.Time, new RecordingLog<GapRepair>());

        await repair.LookAsync([run.Feed], default);

        // The 3rd is null and the 6th came; the 4th and the 7th the provider does not have.
        Assert.Equal(
            [1, 2, 3, 5, 6, 8], await ColumnAsync<int>("SELECT DISTINCT extract(day FROM time)::integer FROM onchain.points ORDER BY 1"));
        Assert.Empty(await DaysAsync());
        Assert.Equal(0, await FinderOf(run).FindAsync([run.Feed], default));
    }

    [Fact]
    public async Task The_whole_history_that_a_feed_asks_for_once_a_day_closes_holes_of_a_chart()
    {
        await using var run = new FeedRun(
            Database, "coingecko", "market_chart",
            "akkacrypto.feeds.coingecko { datasets.market-chart { assets = [bitcoin], currencies = [usd], intervals = [hourly] } }");
        // Minutes off the grid, and no point at 12.
        run.Provider.On("/market_chart", Chart(10, 11, 13), Chart(10, 11, 13), Chart(10, 11, 12, 13));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 1);
        Assert.Equal(1, await FinderOf(run).FindAsync([run.Feed], default));
        Assert.Equal(0, await FinderOf(run).FindAsync([run.Feed], default));

        await run.UntilAsync(() => run.Committed.Count >= 3 && run.Committed[^1].Ask.WholeHistory, TimeSpan.FromMinutes(10));

        Assert.Empty(await run.Stores.Gaps.OpenAsync(run.Feed.KeyOf(run.Feed.Series[0]), default));
    }

    private static ScriptedReply Chart(params int[] hours)
    {
        var points = hours.Select((hour, n) =>
            $"[{new DateTimeOffset(2026, 1, 1, hour, 1 + n, 7, TimeSpan.Zero).ToUnixTimeMilliseconds()},{87000 + hour}.5]");
        return ScriptedReply.Ok($$"""{"prices":[{{string.Join(',', points)}}],"market_caps":[],"total_volumes":[]}""");
    }

    private FeedRun OnChain() => new(
        Database, "cryptoquant", "onchain",
        """
        akkacrypto.feeds.cryptoquant { api-key = k, datasets.onchain {
          assets = [bitcoin], metrics = [exchange_netflow], sources = [all_exchange], intervals = [day] } }
        """);

    private static Task StoreAsync(FeedRun run, params int[] days) => run.Stores.OnChain.AppendAsync(
        [.. days.Select(day => new OnChainPoint(
            "bitcoin", "exchange_netflow", "all_exchange", "day", ProviderTime.From(Day(day), 0), day == 5 ? null : day))],
        run.Time.GetUtcNow(), [], default);

    private HoleFinder FinderOf(FeedRun run) => new(Database, run.Stores.Gaps, run.Time, new RecordingLog<HoleFinder>());

    private Task<IReadOnlyList<string>> DaysAsync() => ColumnAsync<string>(
        $"""
        SELECT extract(day FROM to_timestamp(from_time_ns / 1000000000))::text || '-' || extract(day FROM to_timestamp(to_time_ns / 1000000000))
        FROM ops.gaps WHERE series = '{Series}' AND filled_at IS NULL ORDER BY from_time_ns
        """);

    private static DateTimeOffset Day(int day) => new(2026, 1, day, 0, 0, 0, TimeSpan.Zero);

    /// <summary>One page holds any range.</summary>
    private sealed class DailyHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => range.Request with
        {
            Path = string.Create(CultureInfo.InvariantCulture, $"/days?from={range.From:yyyyMMdd}&to={range.To:yyyyMMdd}"),
        };

        public SeriesRequest? Next(
            HistoryRange range, SeriesRequest last, IReadOnlyList<Contracts.Market.NormalisedRecord> page, int unread = 0) => null;
    }
}
