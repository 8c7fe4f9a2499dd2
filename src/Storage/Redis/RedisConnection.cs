using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AkkaCrypto.Storage.Redis;

/// <param name="ConnectionString">Of StackExchange.Redis.</param>
/// <param name="CallTimeout">Deadline of one call.</param>
/// <param name="Name">Shown in CLIENT LIST and in log lines: "state", "cache".</param>
public sealed record RedisOptions(string ConnectionString, TimeSpan CallTimeout, string Name);

/// <summary>
/// The process's one connection to Redis in one role, multiplexed over all callers. Every call has a deadline of our own, for the client
/// waits for ever on a server that is there but doesn't answer. After a call that failed or was late, calls fail at once for
/// <see cref="SkipFor"/>, then one at a time tries. The connection itself comes back about a second after the server.
/// Never send a blocking command (BLPOP, XREADGROUP … BLOCK) here: it would hold up everybody.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How long calls are skipped after one that wasn't answered.</summary>
    public static readonly TimeSpan SkipFor = TimeSpan.FromSeconds(1);

    private const int ReconnectEveryMilliseconds = 500;
    private const int ConnectTimeoutMilliseconds = 2_000;
    private const int KeepAliveSeconds = 10;

    /// <summary>Answers by which the server says that it can't serve yet; every other error is an answer to the call itself.</summary>
    private static readonly string[] NotServing = ["LOADING", "MASTERDOWN"];

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly AnswerGate _gate;

    private RedisConnection(IConnectionMultiplexer multiplexer, RedisOptions options, TimeProvider time, ILogger log)
    {
        (_multiplexer, _options, _time, _log) = (multiplexer, options, time, log);
        _gate = new AnswerGate(time, SkipFor);
    }

    /// <summary>Whether the last call was answered in time.</summary>
    public bool IsAnswering => _gate.IsAnswering;

    /// <summary>Deadline of one call.</summary>
    public TimeSpan CallTimeout => _options.CallTimeout;

    /// <summary>For pub/sub; messages sent while the connection is away are lost, as always with pub/sub.</summary>
    public ISubscriber Subscriber => _multiplexer.GetSubscriber();

    /// <summary>Returns also when the server is away: it is then tried again every half second.</summary>
    /// <exception cref="ArgumentException">The connection string can't be read.</exception>
    public static async Task<RedisConnection> ConnectAsync(RedisOptions options, TimeProvider time, ILogger<RedisConnection> log)
    {
        var configuration = ConfigurationOptions.Parse(options.ConnectionString);
        configuration.AbortOnConnectFail = false;
        // A call that its caller has given up must not run when the server is back: nothing waits for a connection.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ConnectTimeout = ConnectTimeoutMilliseconds;
        configuration.KeepAlive = KeepAliveSeconds;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectEveryMilliseconds);
        configuration.ClientName = $"akkacrypto-{options.Name}";
        return new RedisConnection(await ConnectionMultiplexer.ConnectAsync(configuration), options, time, log);
    }

    /// <summary>Makes one call, which must be asynchronous and a single command, script or batch.</summary>
    /// <exception cref="RedisUnavailableException">Away, late, or skipped because it was a moment ago.</exception>
    /// <exception cref="RedisServerException">Redis answered with an error.</exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        if (!_gate.TryEnter())
        {
            throw new RedisUnavailableException(
                $"Redis ({_options.Name}) did not answer a moment ago; it is tried again within {SkipFor.TotalSeconds} s.");
        }

        try
        {
            var answer = await WithDeadlineAsync(call(_multiplexer.GetDatabase()));
            Answered();
            return answer;
        }
        catch (RedisServerException e) when (!IsNotServing(e))
        {
            Answered();
            throw;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Failed(e);
            throw new RedisUnavailableException(
                $"Redis ({_options.Name}) did not answer within {_options.CallTimeout.TotalMilliseconds} ms: {e.Message}", e);
        }
    }

    /// <summary>
    /// Runs a Lua script by its hash; sends it whole when the server doesn't know it (any more). All keys must share a hash tag.
    /// </summary>
    /// <inheritdoc cref="CallAsync{T}"/>
    public async Task<RedisResult> ScriptEvaluateAsync(string script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await CallAsync(database => database.ScriptEvaluateAsync(script, keys, values));
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server was restarted, or its scripts flushed, since the client last sent this one. Nothing has run yet.
            return await CallAsync(database => database.ScriptEvaluateAsync(script, keys, values));
        }
    }

    /// <summary>The time of a round trip.</summary>
    /// <inheritdoc cref="CallAsync{T}"/>
    public Task<TimeSpan> PingAsync() => CallAsync(database => database.PingAsync());

    public async ValueTask DisposeAsync()
    {
        // Without waiting for calls under way: the server may be one that never answers.
        await _multiplexer.CloseAsync(allowCommandsToComplete: false);
        _multiplexer.Dispose();
    }

    private static bool IsNotServing(RedisServerException e) => NotServing.Any(n => e.Message.StartsWith(n, StringComparison.Ordinal));

    private async Task<T> WithDeadlineAsync<T>(Task<T> call)
    {
        try
        {
            return await call.WaitAsync(_options.CallTimeout, _time);
        }
        catch (TimeoutException)
        {
            // Nobody waits for it any more; its error, should one come, has been dealt with here.
            _ = call.ContinueWith(
                late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    private void Answered()
    {
        if (_gate.Answered())
        {
            _log.LogInformation("Redis ({Name}) answers again", _options.Name);
        }
    }

    private void Failed(Exception e)
    {
        if (_gate.Failed())
        {
            _log.LogWarning("Redis ({Name}) does not answer: {Reason}", _options.Name, e.Message);
        }
    }
}
