using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit.Servers;
using AkkaCrypto.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AkkaCrypto.Storage.Tests.Redis;

/// <summary>On a server of its own, for these tests pause it and kill it.</summary>
public sealed class RedisTests : IAsyncLifetime
{
    private const long CacheBytes = 32L * 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();
    private EmbeddedServers _servers = null!;
    private RedisConnection _connection = null!;
    private RedisCache _cache = null!;

    private RunningProcess Server => RunningProcess.Find(_servers.Processes.Single().Pid!.Value)!;

    public async Task InitializeAsync()
    {
        var options = new EmbeddedServersOptions(_folder.Path, Postgres: false, RedisState: false, RedisCache: true, CacheBytes);
        _servers = await EmbeddedServers.StartAsync(
            options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
        _connection = await ConnectAsync(_servers.RedisCache!);
        _cache = new RedisCache(_connection, NullLogger<RedisCache>.Instance);
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _servers.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_value_comes_back_as_it_was_and_its_key_has_an_end()
    {
        byte[] value = [0, 255, 13, 10];
        Assert.True(await _cache.SetAsync("k", value, Ttl));
        Assert.Equal(value, await _cache.GetAsync("k"));
        Assert.Null(await _cache.GetAsync("other"));
        var left = await _connection.CallAsync(d => d.KeyTimeToLiveAsync("k"));
        Assert.InRange(left!.Value, TimeSpan.FromMinutes(9), Ttl);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _cache.SetAsync("k", value, TimeSpan.Zero));
    }

    [Fact]
    public async Task Values_asked_for_together_come_in_the_order_of_their_keys_and_one_that_is_refused_costs_no_other()
    {
        Assert.True(await _cache.SetAsync("first", new byte[] { 1 }, Ttl));
        Assert.True(await _cache.SetAsync("last", new byte[] { 3 }, Ttl));
        await _connection.CallAsync(d => d.ListLeftPushAsync("list", "x"));
        Assert.Equal([[1], null, null, [3]], await _cache.GetAllAsync(["first", "list", "missing", "last"]));
        Assert.True(_cache.IsAnswering);
        Assert.Empty(await _cache.GetAllAsync([]));

        Server.Send(Signal.Stop);
        Assert.Equal([null, null], await _cache.GetAllAsync(["first", "last"]).WaitAsync(Patience));
        Assert.False(_cache.IsAnswering);
        Server.Send(Signal.Continue);
    }

    [Fact]
    public async Task A_paused_server_is_a_miss_within_the_deadline_and_heals_when_it_goes_on()
    {
        Assert.True(await _cache.SetAsync("k", new byte[] { 1 }, Ttl));
        Server.Send(Signal.Stop);
        // Without a deadline of our own this would never return.
        Assert.Null(await _cache.GetAsync("k").WaitAsync(Patience));
        Assert.False(_cache.IsAnswering);
        Assert.False(await _cache.SetAsync("k", new byte[] { 2 }, Ttl).WaitAsync(Patience));
        await Assert.ThrowsAsync<RedisUnavailableException>(() => _connection.PingAsync()).WaitAsync(Patience);

        Server.Send(Signal.Continue);
        Assert.NotNull(await UntilAnsweredAsync(() => _cache.GetAsync("k")));
        Assert.True(_cache.IsAnswering);
    }

    [Fact]
    public async Task Ten_thousand_reads_of_a_paused_server_cost_about_one_deadline()
    {
        Server.Send(Signal.Stop);
        Assert.Null(await _cache.GetAsync("k").WaitAsync(Patience));
        for (var i = 0; i < 10_000; i++)
        {
            // At a deadline each this would take most of an hour.
            Assert.Null(await _cache.GetAsync("k").WaitAsync(Patience));
        }

        Server.Send(Signal.Continue);
    }

    [Fact]
    public async Task A_killed_server_is_a_miss_until_it_is_back()
    {
        var pid = Server.Pid;
        Server.Send(Signal.Kill);
        Assert.Null(await _cache.GetAsync("k").WaitAsync(Patience));
        await _servers.WhenRestartedAsync(ServerKind.RedisCache, pid, new CancellationTokenSource(Patience).Token);
        Assert.NotNull(await UntilAnsweredAsync(async () => await _cache.SetAsync("k", new byte[] { 1 }, Ttl) ? "set" : null));
        Assert.Equal([1], (await _cache.GetAsync("k"))!);
    }

    [Fact]
    public async Task What_was_subscribed_while_the_server_was_away_is_heard_when_it_is_back()
    {
        var channel = RedisChannel.Literal("news");
        var pid = Server.Pid;
        Server.Send(Signal.Stop);
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscribing = _connection.Subscriber.SubscribeAsync(channel, (_, text) => heard.TrySetResult((string)text!));
        Server.Send(Signal.Kill);
        await Assert.ThrowsAnyAsync<Exception>(() => subscribing.WaitAsync(Patience));
        await _servers.WhenRestartedAsync(ServerKind.RedisCache, pid, new CancellationTokenSource(Patience).Token);

        await Eventually.HoldsAsync(
            async () =>
            {
                await _cache.SetAsync("k", new byte[] { 1 }, Ttl);
                return _connection.IsAnswering && await _connection.CallAsync(d => d.PublishAsync(channel, "hello")) > 0;
            },
            Patience, "somebody listens again");
        Assert.Equal("hello", await heard.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_script_runs_again_after_the_server_forgot_it()
    {
        const string Script = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
        Assert.Equal(5, (long)await _connection.ScriptEvaluateAsync(Script, ["{s}:n"], [5]));
        await _connection.CallAsync(d => d.ExecuteAsync("SCRIPT", "FLUSH"));
        Assert.Equal(10, (long)await _connection.ScriptEvaluateAsync(Script, ["{s}:n"], [5]));
    }

    [Fact]
    public async Task An_error_that_redis_answers_with_is_an_answer()
    {
        await Assert.ThrowsAsync<RedisServerException>(() => _connection.ScriptEvaluateAsync("return redis.error_reply('NO no')", [], []));
        Assert.True(_connection.IsAnswering);

        await _connection.CallAsync(d => d.ListLeftPushAsync("list", "x"));
        Assert.Null(await _cache.GetAsync("list"));
        Assert.True(_cache.IsAnswering);
    }

    [Fact]
    public async Task A_server_that_is_away_does_not_stop_a_start()
    {
        await using var connection = await ConnectAsync("127.0.0.1:1").WaitAsync(Patience);
        var cache = new RedisCache(connection, NullLogger<RedisCache>.Instance);
        Assert.Null(await cache.GetAsync("k").WaitAsync(Patience));
        Assert.False(cache.IsAnswering);
    }

    private static Task<RedisConnection> ConnectAsync(string connectionString) =>
        RedisConnection.ConnectAsync(
            new RedisOptions(connectionString, Deadline, "test"), TimeProvider.System, NullLogger<RedisConnection>.Instance);

    /// <summary>Asks until there is an answer; each try waits for its own deadline or is skipped.</summary>
    private static async Task<T?> UntilAnsweredAsync<T>(Func<Task<T?>> call)
        where T : class
    {
        T? answer = null;
        await Eventually.HoldsAsync(async () => (answer = await call()) is not null, Patience, "the server answers again");
        return answer;
    }
}
