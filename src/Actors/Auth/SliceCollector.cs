using System.Collections.Concurrent;
using System.Globalization;
using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// Asks the other nodes, by Redis' pub/sub, to give back what they have leased of a key's limits and not spent. Who doesn't answer until
/// the deadline is not waited for: what it holds stays counted as used.
/// </summary>
internal sealed class SliceCollector : IAsyncDisposable
{
    /// <summary>A request that would be refused waits so long for the others.</summary>
    public static readonly TimeSpan RequestDeadline = TimeSpan.FromMilliseconds(50);

    /// <summary><c>/usage</c> waits longer, for it has to be right.</summary>
    public static readonly TimeSpan UsageDeadline = TimeSpan.FromMilliseconds(250);

    /// <summary>While a usage is collected and read, nothing is leased.</summary>
    public static readonly TimeSpan UsageHold = TimeSpan.FromMilliseconds(400);

    private const string Answering = "quota:collected:";
    private static readonly RedisChannel Asking = RedisChannel.Literal("quota:collect");
    private static readonly TimeSpan SubscribeTimeout = TimeSpan.FromSeconds(2);
    private readonly RedisConnection _redis;
    private readonly string _node;
    private readonly Func<string, Task> _giveBack;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<long, Question> _questions = new();
    private readonly Action<RedisChannel, RedisValue> _hear;
    private readonly Action<RedisChannel, RedisValue> _hearAnswer;
    private readonly RedisChannel _answers;
    private long _asked;

    /// <param name="giveBack">Closes this node's slices of a key.</param>
    public SliceCollector(RedisConnection redis, string node, Func<string, Task> giveBack, TimeProvider time, ILogger log)
    {
        (_redis, _node, _giveBack, _time, _log) = (redis, node, giveBack, time, log);
        (_hear, _hearAnswer) = ((channel, message) => _ = AnswerAsync(message), (channel, message) => Answered(message));
        _answers = RedisChannel.Literal(Answering + node);
    }

    /// <summary>Listens from now on, or as soon as Redis is there.</summary>
    public Task StartAsync() => OrLaterAsync(Task.WhenAll(
        _redis.Subscriber.SubscribeAsync(Asking, _hear), _redis.Subscriber.SubscribeAsync(_answers, _hearAnswer)));

    /// <summary>Ends when every other node has given back, or at the deadline.</summary>
    /// <exception cref="RedisUnavailableException">The question could not be sent.</exception>
    /// <exception cref="RedisServerException">The question was refused.</exception>
    public async Task CollectAsync(string keyId, TimeSpan deadline)
    {
        var number = Interlocked.Increment(ref _asked);
        var question = _questions[number] = new Question();
        try
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{_node} {number} {keyId}");
            var listening = await _redis.CallAsync(database => database.PublishAsync(Asking, text)).ConfigureAwait(false);
            // This node hears itself and doesn't answer.
            question.Expect(listening - 1);
            await question.Done.WaitAsync(deadline, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _log.LogDebug("Not every node has given back its slices of key {KeyId} in time", keyId);
        }
        finally
        {
            _questions.TryRemove(number, out _);
        }
    }

    public async ValueTask DisposeAsync() => await OrLaterAsync(Task.WhenAll(
        _redis.Subscriber.UnsubscribeAsync(Asking, _hear), _redis.Subscriber.UnsubscribeAsync(_answers, _hearAnswer)))
        .ConfigureAwait(false);

    private async Task AnswerAsync(string? message)
    {
        if (message?.Split(' ', 3) is not [var asker, var number, var keyId] || asker == _node)
        {
            return;
        }

        try
        {
            await _giveBack(keyId).ConfigureAwait(false);
            await _redis.CallAsync(database => database.PublishAsync(RedisChannel.Literal(Answering + asker), number))
                .ConfigureAwait(false);
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            _log.LogDebug("A node that collects slices could not be answered: {Reason}", away.Message);
        }
    }

    private void Answered(string? number)
    {
        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            && _questions.TryGetValue(asked, out var question))
        {
            question.Expect(-1);
        }
    }

    /// <summary>The client does it when it is connected again; nobody waits longer than <see cref="SubscribeTimeout"/>.</summary>
    private async Task OrLaterAsync(Task subscribing)
    {
        try
        {
            await subscribing.WaitAsync(SubscribeTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception away) when (away is TimeoutException or RedisException or ObjectDisposedException)
        {
            _log.LogDebug("Redis was away while the node (un)subscribed: {Reason}", away.Message);
        }
    }

    /// <summary>Answers that are expected, less those that have come; they may come before it is known how many there will be.</summary>
    private sealed class Question
    {
        /// <summary>Until the number is known, more than any number of answers.</summary>
        private const long Unknown = 1L << 32;

        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _open = Unknown;

        public Task Done => _done.Task;

        public void Expect(long more)
        {
            var known = more >= 0 ? more - Unknown : more;
            if (Interlocked.Add(ref _open, known) <= 0)
            {
                _done.TrySetResult();
            }
        }
    }
}
