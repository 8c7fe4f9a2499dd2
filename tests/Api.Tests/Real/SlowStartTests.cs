using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>A start whose database is too busy to answer in time: a table is locked, and each statement on it ends in a timeout.</summary>
[Collection(ServerFixture.Collection)]
public sealed class SlowStartTests(ServerFixture servers) : IAsyncLifetime
{
    private readonly Clock _clock = new();
    private readonly TemporaryFolder _folder = new();
    private string _connectionString = null!;
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        _connectionString = await servers.NewDatabaseAsync();
        _database = NpgsqlDataSource.Create(_connectionString);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("ops.schema_migrations")]
    [InlineData("auth.key_changes")]
    [InlineData("market.commit_log")]
    [InlineData("ledger.layout")]
    [InlineData("ledger.signing_keys")]
    public async Task A_start_tries_again_what_the_database_was_too_busy_for(string table)
    {
        Task<Composition> start;
        await using (await LockedAsync(table))
        {
            start = StartAsync(TimeSpan.FromHours(1));
            await UntilNextAttemptAsync(start, await UntilNextAttemptAsync(start, DateTime.MinValue));
        }

        await using var started = await start.Within("the start");
    }

    [Fact]
    public async Task A_start_whose_database_stays_too_busy_ends_with_what_it_was_busy_for()
    {
        await using var busy = await LockedAsync("ledger.layout");
        var start = StartAsync(TimeSpan.FromSeconds(10));
        var second = await UntilNextAttemptAsync(start, await UntilNextAttemptAsync(start, DateTime.MinValue));
        Assert.NotEqual(DateTime.MinValue, second);
        _clock.Advance(TimeSpan.FromSeconds(10));
        var away = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => start).Within("the end of the start");
        Assert.StartsWith("The database is not available for the ledger's layout: ", away.Message, StringComparison.Ordinal);
    }

    private async Task<Composition> StartAsync(TimeSpan timeout)
    {
        var settings = TestSettings.Create();
        var redis = await servers.NewRedisCacheAsync();
        var second = TimeSpan.FromSeconds(1);
        var (composition, _) = await Composition.StartAsync(
            settings with
            {
                DataDir = _folder.Path,
                Node = new NodeSettings([NodeRole.Api, NodeRole.Wallets]),
                Auth = settings.Auth with { Keys = settings.Auth.Keys with { Pepper = KeyCluster.TestPepper } },
                Ledger = settings.Ledger with { CommitTimeout = second },
                Postgres = settings.Postgres with { ConnectionString = _connectionString, CommandTimeout = second, StartTimeout = timeout },
                Redis = settings.Redis with { Cache = redis, State = redis },
            },
            null, NullLoggerFactory.Instance, static _ => { }, _clock, CancellationToken.None);
        return composition;
    }

    private Task<HeldLock> LockedAsync(string table) => HeldLock.TakeAsync(_database, $"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");

    /// <summary>Waits for a statement of the service that waits for the lock and has begun after the one before.</summary>
    /// <returns>When it has begun.</returns>
    private async Task<DateTime> UntilNextAttemptAsync(Task start, DateTime before)
    {
        var begun = before;
        await Eventually.HoldsAsync(async () =>
        {
            Assert.False(start.IsFaulted, $"{start.Exception?.InnerException?.Message}");
            await using var command = _database.CreateCommand("""
                SELECT max(query_start) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE 'akkacrypto%'
                """);
            begun = await command.ExecuteScalarAsync() as DateTime? ?? before;
            return begun > before;
        });
        return begun;
    }
}
