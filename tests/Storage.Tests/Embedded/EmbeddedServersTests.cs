using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace AkkaCrypto.Storage.Tests.Embedded;

public sealed class EmbeddedServersTests : IDisposable
{
    private const long CacheBytes = 32L * 1024 * 1024;

    /// <summary>Names what did not happen instead of hanging; no test waits for it to pass.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_there_after_a_stop_and_a_start()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
            await SetAsync(first.RedisState!, "kept", "42");
            await SetAsync(first.RedisCache!, "kept", "42");
        }

        await using var second = await StartAsync();
        Assert.Equal(42, await ScalarAsync(second, "SELECT n FROM kept"));
        Assert.Equal("42", await GetAsync(second.RedisState!, "kept"));
        Assert.Null(await GetAsync(second.RedisCache!, "kept"));
    }

    [Fact]
    public async Task A_stop_ends_every_process_and_frees_the_folder()
    {
        var servers = await StartAsync();
        var processes = servers.Processes.Select(p => RunningProcess.Find(p.Pid!.Value)!).ToList();
        Assert.Equal(3, processes.Count(p => p.IsStillRunning));

        await servers.DisposeAsync();
        await servers.DisposeAsync();

        Assert.DoesNotContain(processes, p => p.IsStillRunning);
        Assert.DoesNotContain(RunningProcess.All(), p => p.Arguments.Any(a => a.Contains(_folder.Path, StringComparison.Ordinal)));
        await using var free = await StartAsync(postgres: false, state: false);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_started()
    {
        await using var servers = await StartAsync(postgres: false, state: false);
        Assert.Equal(ServerKind.RedisCache, Assert.Single(servers.Processes).Kind);
        Assert.Null(servers.PostgresConnectionString);
        Assert.Null(servers.RedisState);
        Assert.NotNull(servers.RedisCache);
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        await using var servers = await StartAsync();
        var noPassword = new NpgsqlConnectionStringBuilder(servers.PostgresConnectionString) { Password = "wrong" };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(noPassword.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);

        var redis = ConfigurationOptions.Parse(servers.RedisState!);
        redis.Password = null;
        redis.AbortOnConnectFail = true;
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(redis));
    }

    [Fact]
    public async Task Secrets_are_readable_by_their_owner_alone_and_stand_on_no_command_line()
    {
        await using var servers = await StartAsync();
        var secrets = Directory.GetFiles(Path.Combine(Data, "secrets"));
        Assert.Equal(3, secrets.Length);
        var ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
#pragma warning disable CA1416 // The servers run on Linux only.
        Assert.All(secrets.Append(Path.Combine(Data, "redis-state", "redis.conf")),
            file => Assert.Equal(ownerOnly, File.GetUnixFileMode(file)));
#pragma warning restore CA1416
        var values = secrets.Select(f => File.ReadAllText(f).Trim()).ToList();
        Assert.Equal(3, values.Distinct().Count());
        Assert.DoesNotContain(RunningProcess.All(), p => values.Exists(v => p.Arguments.Any(a => a.Contains(v, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Postgres_never_runs_as_root_and_trades_no_durability()
    {
        await using var servers = await StartAsync(state: false, cache: false);
        var pid = servers.Processes[0].Pid!.Value;
        var uid = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.NotEqual("0", uid);
        (string, string)[] expected =
            [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("lc_collate", "C"), ("server_encoding", "UTF8")];
        foreach (var (setting, value) in expected)
        {
            Assert.Equal(value, await ScalarAsync(servers, $"SHOW {setting}"));
        }
    }

    [Fact]
    public async Task The_redis_roles_keep_and_evict_as_their_role_says()
    {
        await using var servers = await StartAsync(postgres: false);
        Assert.Equal("noeviction", await ConfigAsync(servers.RedisState!, "maxmemory-policy"));
        Assert.Equal("always", await ConfigAsync(servers.RedisState!, "appendfsync"));
        Assert.Equal("yes", await ConfigAsync(servers.RedisState!, "appendonly"));
        Assert.Equal("allkeys-lfu", await ConfigAsync(servers.RedisCache!, "maxmemory-policy"));
        Assert.Equal($"{CacheBytes}", await ConfigAsync(servers.RedisCache!, "maxmemory"));
        Assert.Equal("no", await ConfigAsync(servers.RedisCache!, "appendonly"));
    }

    [Fact]
    public async Task A_second_service_on_the_folder_is_refused_and_the_first_goes_on()
    {
        await using var first = await StartAsync(postgres: false, cache: false);
        var refused = await Assert.ThrowsAsync<EmbeddedServerException>(() => StartAsync());
        Assert.Contains($"{Data} is in use by another running service", refused.Message);
        await SetAsync(first.RedisState!, "still", "here");
    }

    [Fact]
    public async Task Killed_servers_come_back_on_their_ports_with_what_was_acknowledged()
    {
        await using var servers = await StartAsync();
        await ExecuteAsync(servers, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
        await SetAsync(servers.RedisState!, "kept", "42");
        var before = servers.Processes;

        foreach (var server in before)
        {
            RunningProcess.Find(server.Pid!.Value)!.Send(Signal.Kill);
        }

        using var patience = new CancellationTokenSource(Patience);
        foreach (var server in before)
        {
            var pid = await servers.WhenRestartedAsync(server.Kind, server.Pid!.Value, patience.Token);
            Assert.Equal(server with { Pid = pid }, servers.Processes.Single(p => p.Kind == server.Kind));
        }

        Assert.Equal(42, await ScalarAsync(servers, "SELECT n FROM kept"));
        Assert.Equal("42", await GetAsync(servers.RedisState!, "kept"));
        await SetAsync(servers.RedisCache!, "new", "1");
        Assert.Equal("1", await GetAsync(servers.RedisCache!, "new"));
    }

    [Fact]
    public async Task A_postmaster_killed_while_a_backend_works_comes_back_without_that_backend()
    {
        await using var servers = await StartAsync(state: false, cache: false);
        await using var connection = new NpgsqlConnection(servers.PostgresConnectionString);
        await connection.OpenAsync();
        await using var busy = new NpgsqlCommand(
            "SELECT count(*) FROM generate_series(1, 1000000000000)", connection) { CommandTimeout = 0 };
        var working = busy.ExecuteScalarAsync();
        var backend = RunningProcess.Find(connection.ProcessID)!;
        var postmaster = servers.Processes[0].Pid!.Value;

        RunningProcess.Find(postmaster)!.Send(Signal.Kill);
        await servers.WhenRestartedAsync(ServerKind.Postgres, postmaster, new CancellationTokenSource(Patience).Token);

        Assert.False(backend.IsStillRunning);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => working);
        Assert.Equal(1, await ScalarAsync(servers, "SELECT 1"));
    }

    [Fact]
    public async Task What_a_killed_service_left_running_is_ended_and_its_data_taken_over()
    {
        var killed = await StartAsync();
        await ExecuteAsync(killed, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
        await SetAsync(killed.RedisState!, "kept", "42");
        var left = killed.Processes.Select(p => RunningProcess.Find(p.Pid!.Value)!).ToList();
        await killed.AbandonAsync();
        Assert.All(left, p => Assert.True(p.IsStillRunning));

        await using var next = await StartAsync();

        Assert.DoesNotContain(left, p => p.IsStillRunning);
        Assert.Equal(42, await ScalarAsync(next, "SELECT n FROM kept"));
        Assert.Equal("42", await GetAsync(next.RedisState!, "kept"));
    }

    [Fact]
    public async Task Leftovers_that_are_paused_or_no_longer_wanted_are_ended_too()
    {
        var killed = await StartAsync();
        var left = killed.Processes.Select(p => RunningProcess.Find(p.Pid!.Value)!).ToList();
        await killed.AbandonAsync();
        left.ForEach(p => p.Send(Signal.Stop));

        await using var next = await StartAsync(postgres: false, state: false);

        Assert.DoesNotContain(left, p => p.IsStillRunning);
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_a_strangers_process_neither_stops_the_start_nor_the_stranger()
    {
        var killed = await StartAsync(state: false, cache: false);
        await killed.DisposeAsync();
        // As PostgreSQL's user, for it takes only the pid of a process of its own user for a running server.
        var user = await ServerUser.ForAsync(Data, CancellationToken.None);
        using var stranger = Command.Start(user.AsUser(["sleep", "600"]), "/");
        await File.WriteAllTextAsync(
            Path.Combine(Data, "postgres", "postmaster.pid"), $"{stranger.Id}\n{Data}/postgres\n1700000000\n5432\n\n127.0.0.1\n");
        try
        {
            await using var next = await StartAsync(state: false, cache: false);
            Assert.Equal(1, await ScalarAsync(next, "SELECT 1"));
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task A_half_made_cluster_of_a_killed_start_is_removed()
    {
        var half = Directory.CreateDirectory(Path.Combine(Data, "postgres.new-0123"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "PG_VERSION"), "15");
        await using var servers = await StartAsync(state: false, cache: false);
        Assert.Equal(1, await ScalarAsync(servers, "SELECT 1"));
        Assert.False(half.Exists && Directory.Exists(half.FullName));
    }

    [Fact]
    public async Task A_cancelled_start_leaves_nothing_running()
    {
        using var cancel = new CancellationTokenSource();
        var starting = EmbeddedServers.StartAsync(
            Options(true, true, true), TimeProvider.System, NullLogger<EmbeddedServers>.Instance, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.DoesNotContain(
            RunningProcess.All(), p => p.Runs("redis-server") && p.Arguments.Any(a => a.Contains(Data, StringComparison.Ordinal)));
        await using var next = await StartAsync();
        Assert.Equal(1, await ScalarAsync(next, "SELECT 1"));
    }

    [RootFact]
    public async Task As_root_a_folder_that_the_servers_user_cannot_reach_falls_back()
    {
        var closed = Path.Combine(_folder.Path, "closed");
#pragma warning disable CA1416 // The servers run on Linux only.
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        var options = Options(false, true, false) with { Directory = Path.Combine(closed, "data") };
        var servers = await EmbeddedServers.StartAsync(
            options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
        try
        {
            Assert.Matches("^/var/lib/akkacrypto/[0-9a-f]{16}$", servers.Directory);
            await SetAsync(servers.RedisState!, "k", "1");
        }
        finally
        {
            await servers.DisposeAsync();
            Directory.Delete(servers.Directory, recursive: true);
        }
    }

    [Fact]
    public void A_program_that_is_not_installed_is_named_with_its_package()
    {
        var missing = Assert.Throws<EmbeddedServerException>(() => ServerBinaries.Find("no-such-program", "its-package"));
        Assert.Contains("no-such-program is neither in PATH", missing.Message);
        Assert.Contains("apt-get install its-package", missing.Message);
    }

    private Task<EmbeddedServers> StartAsync(bool postgres = true, bool state = true, bool cache = true) => EmbeddedServers.StartAsync(
        Options(postgres, state, cache), TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);

    private EmbeddedServersOptions Options(bool postgres, bool state, bool cache) => new(Data, postgres, state, cache, CacheBytes);

    private static Task ExecuteAsync(EmbeddedServers servers, string sql) => ScalarAsync(servers, sql);

    private static Task<object?> ScalarAsync(EmbeddedServers servers, string sql) => ScalarAsync(servers.PostgresConnectionString!, sql);

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task SetAsync(string connectionString, string key, string value)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(connectionString);
        await redis.GetDatabase().StringSetAsync(key, value);
    }

    private static async Task<string?> GetAsync(string connectionString, string key)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(connectionString);
        return await redis.GetDatabase().StringGetAsync(key);
    }

    private static async Task<string?> ConfigAsync(string connectionString, string setting)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(connectionString);
        var answer = (RedisResult[])(await redis.GetDatabase().ExecuteAsync("CONFIG", "GET", setting))!;
        return (string?)answer[1];
    }
}
