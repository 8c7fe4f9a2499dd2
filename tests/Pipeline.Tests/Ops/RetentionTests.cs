using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Ops;

/// <summary>Each test has a database of its own, for a cut knows no bounds but time.</summary>
[Collection(StoreCollection.Name)]
public sealed class RetentionTests(StoreFixture stores, ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = StoreFixture.Arrival;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly FakeTimeProvider _time = new(Now);
    private RetentionSettings _settings = new(null, null, null, null, null, null, TimeSpan.FromMinutes(10), BatchRows: 7, TimeSpan.Zero);
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        _database = TestDatabase.Open(await stores.NewDatabaseAsync());
        await ExecuteAsync("INSERT INTO market.exchanges (name) VALUES ('coinone'), ('upbit')");
        await ExecuteAsync(
            "INSERT INTO market.currency_pairs (exchange_id, pair) VALUES (1, 'btc-krw'), (1, 'eth-krw'), (2, 'btc-krw')");
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Trades_older_than_the_setting_go_and_all_others_stay_whatever_the_size_of_a_batch()
    {
        var random = new Random(Seed.Next(output));
        var kept = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            var age = TimeSpan.FromHours(random.NextDouble() * 72);
            await TradeAsync(random.Next(1, 4), $"t{i}", Now - age);
            if (age <= Day)
            {
                kept.Add($"t{i}");
            }
        }

        _settings = _settings with { Trades = Day };
        var deleted = await RoundAsync();

        Assert.Equal(300 - kept.Count, deleted["trades"]);
        Assert.Equal(kept.Order(StringComparer.Ordinal), await ListAsync("SELECT trade_id FROM market.trades ORDER BY trade_id"));
        Assert.Equal(
            [$"trades|{300 - kept.Count}"], await ListAsync("SELECT dataset || '|' || deleted FROM ops.retention_cuts"));
        Assert.All(await RoundAsync(), dataset => Assert.Equal(0, dataset.Value));
    }

    [Fact]
    public async Task Without_a_setting_everything_stays()
    {
        await TradeAsync(1, "old", Now - (3650 * Day));

        Assert.Empty(await RoundAsync());
        Assert.Single(await ListAsync("SELECT trade_id FROM market.trades"));
    }

    [Fact]
    public async Task A_snapshot_goes_with_its_levels()
    {
        for (var hour = 0; hour < 48; hour++)
        {
            var at = (Now - TimeSpan.FromHours(hour)).ToUnixTimeMilliseconds();
            await ExecuteAsync($"""
                WITH head AS (
                    INSERT INTO market.order_book_snapshots
                        (exchange_id, currency_pair_no, server_time_ms, time_ns, time_digits, received_at, content_hash)
                    VALUES (1, 1, {at}, {at}000000, 3, now(), '') RETURNING snapshot_id)
                INSERT INTO market.order_book_levels SELECT snapshot_id, side, 0, 10 + side, 1 FROM head, generate_series(1, 2) side
                """);
        }

        _settings = _settings with { Orderbooks = Day };
        await RoundAsync();

        Assert.Equal(["25|50"], await ListAsync("""
            SELECT (SELECT count(*) FROM market.order_book_snapshots) || '|' || (SELECT count(*) FROM market.order_book_levels)
            """));
    }

    [Fact]
    public async Task Every_revision_of_an_old_bucket_goes_and_filled_gaps_after_their_time()
    {
        await ExecuteAsync($"""
            INSERT INTO market.chart_points (asset, currency, interval, bucket_start, revision, provider_time_ns, time_digits, price, known_at)
            SELECT 'bitcoin', 'usd', 'daily', timestamptz '{Now:O}' - d * interval '1 day', r, 1, 0, 1, now()
            FROM generate_series(0, 9) d, generate_series(0, 2) r
            """);
        await ExecuteAsync($"""
            INSERT INTO onchain.points (asset, metric, source, interval, time, revision, time_digits, value, known_at)
            SELECT 'bitcoin', 'm', 's', 'day', timestamptz '{Now:O}' - d * interval '1 day', 0, 0, 1, now() FROM generate_series(0, 9) d
            """);
        await ExecuteAsync($"""
            INSERT INTO ops.gaps (provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason,
                detected_at, filled_at, state, found_from_ns, found_to_ns)
            SELECT 'p', 'd', 's' || n, 1, 0, '', 2, 0, '', 'r', now(),
                CASE n WHEN 0 THEN NULL ELSE timestamptz '{Now:O}' - n * interval '2 days' END,
                CASE n WHEN 0 THEN 'open' ELSE 'filled' END, 1, 2 FROM generate_series(0, 3) n
            """);

        _settings = _settings with { Charts = 3 * Day, Onchain = 5 * Day, FilledGaps = 3 * Day };
        var deleted = await RoundAsync();

        Assert.Equal((18L, 4L, 2L), (deleted["charts"], deleted["onchain"], deleted["filled_gaps"]));
        Assert.Equal(["s0", "s1"], await ListAsync("SELECT series FROM ops.gaps ORDER BY series"));
    }

    [Fact]
    public async Task A_writer_that_holds_rows_of_the_table_and_a_round_do_not_wait_for_each_other()
    {
        await TradeAsync(1, "old", Now - (2 * Day));
        await using var writer = await HeldLock.TakeAsync(_database, TradeSql(1, "new", Now));

        _settings = _settings with { Trades = Day };
        var deleted = await RoundAsync().Within("the round ends while the writer's transaction is open");
        await writer.CommitAsync();

        Assert.Equal(1, deleted["trades"]);
        Assert.Equal(["new"], await ListAsync("SELECT trade_id FROM market.trades"));
    }

    [Fact]
    public async Task Two_nodes_do_not_cut_at_the_same_time()
    {
        await TradeAsync(1, "old", Now - (2 * Day));
        _settings = _settings with { Trades = Day };
        await using var other = await _database.OpenConnectionAsync();
        await new NpgsqlCommand("SELECT pg_advisory_lock(x'616B6B612D726574'::bigint)", other).ExecuteNonQueryAsync();

        Assert.Empty(await RoundAsync());
        await new NpgsqlCommand("SELECT pg_advisory_unlock(x'616B6B612D726574'::bigint)", other).ExecuteNonQueryAsync();

        Assert.Equal(1, (await RoundAsync())["trades"]);
    }

    private Task<IReadOnlyDictionary<string, long>> RoundAsync() =>
        new Retention(_database, () => _settings, _time, new RecordingLog<Retention>()).RoundAsync(default);

    private Task TradeAsync(int pair, string id, DateTimeOffset at) => ExecuteAsync(TradeSql(pair, id, at));

    private static string TradeSql(int pair, string id, DateTimeOffset at) => $"""
        INSERT INTO market.trades (time_ns, received_at, currency_pair_no, exchange_id, time_digits, trade_id, price, quantity)
        VALUES ({(at - DateTimeOffset.UnixEpoch).Ticks * 100}, now(), {pair}, {(pair == 3 ? 2 : 1)}, 3, '{id}', 1, 1)
        """;

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> ListAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var list = new List<string>();
        while (await reader.ReadAsync())
        {
            list.Add(reader.GetString(0));
        }

        return list;
    }
}
