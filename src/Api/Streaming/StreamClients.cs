using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// The open streams of this node: at most so many in all and of one key; one more is refused with 503. A few times a second each is looked
/// at: it is woken where a comment is due, and ended where its key is no longer good.
/// </summary>
public sealed class StreamClients(Func<StreamingSettings> settings, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FullRetry = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly HashSet<StreamClient> _open = [];
    private readonly Dictionary<string, int> _ofKey = new(StringComparer.Ordinal);
    private bool _isStopping;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>A client that must leave again, or why there is no place for it.</summary>
    /// <param name="mayGoOn">Whether its credentials still hold, as far as this node knows.</param>
    internal (StreamClient? Client, Problem? Refusal) Enter(Caller caller, Func<bool> mayGoOn)
    {
        var (most, mostOfKey) = (settings().MaxClients, settings().MaxClientsPerKey);
        lock (_gate)
        {
            var ofKey = _ofKey.GetValueOrDefault(caller.Id);
            if (_isStopping || _open.Count >= most || ofKey >= mostOfKey)
            {
                return (null, Full(
                    _isStopping ? "The service is stopping." : ofKey >= mostOfKey
                        ? $"All {mostOfKey} streams that one key may have open on a node are open (streaming.max-clients-per-key)."
                        : $"All {most} streams that a node may have open are open (streaming.max-clients)."));
            }

            var client = new StreamClient(caller, mayGoOn, time.GetTimestamp());
            _open.Add(client);
            _ofKey[caller.Id] = ofKey + 1;
            return (client, null);
        }
    }

    internal void Leave(StreamClient client)
    {
        lock (_gate)
        {
            _open.Remove(client);
            if (--_ofKey[client.Caller.Id] == 0)
            {
                _ofKey.Remove(client.Caller.Id);
            }
        }
    }

    /// <summary>Ends every stream, and opens no further one.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        foreach (var client in Snapshot())
        {
            client.End(StreamEnd.Stopping);
        }
    }

    /// <summary>Looks after the open streams until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var commentEvery = settings().CommentEvery;
            foreach (var client in Snapshot())
            {
                if (!client.MayGoOn())
                {
                    client.End(StreamEnd.Revoked);
                }
                else if (time.GetElapsedTime(client.CommentedAt) >= commentEvery)
                {
                    client.CommentDue();
                }
            }
        }
    }

    private StreamClient[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _open];
        }
    }

    private static Problem Full(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded, detail, RetryAfter: FullRetry);
}

internal enum StreamEnd
{
    None,
    Stopping,
    Revoked,

    /// <summary>By itself.</summary>
    Gone,
}

/// <summary>One open stream, as others reach it.</summary>
internal sealed class StreamClient(Caller caller, Func<bool> mayGoOn, long openedAt) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private TaskCompletionSource _poked = NewSignal();
    private long _commentedAt = openedAt;
    private int _isCommentDue;
    private int _end;

    public Caller Caller => caller;

    public Func<bool> MayGoOn => mayGoOn;

    /// <summary>Cancelled when the stream has to end, for <see cref="Why"/>.</summary>
    public CancellationToken Ending => _ending.Token;

    public StreamEnd Why => (StreamEnd)Volatile.Read(ref _end);

    /// <summary>When the last comment became due, by the clock's timestamps.</summary>
    public long CommentedAt => Volatile.Read(ref _commentedAt);

    /// <summary>Ends when something is due.</summary>
    public Task Poked => Volatile.Read(ref _poked).Task;

    public void CommentDue()
    {
        Volatile.Write(ref _isCommentDue, 1);
        Volatile.Read(ref _poked).TrySetResult();
    }

    /// <summary>True once for each comment that became due.</summary>
    public bool TakeComment(long now)
    {
        if (Interlocked.Exchange(ref _isCommentDue, 0) == 0)
        {
            return false;
        }

        Volatile.Write(ref _commentedAt, now);
        Volatile.Write(ref _poked, NewSignal());
        return true;
    }

    public void End(StreamEnd why)
    {
        lock (_gate)
        {
            if (Why == StreamEnd.None)
            {
                Volatile.Write(ref _end, (int)why);
                _ending.Cancel();
            }
        }
    }

    /// <summary>Whoever wants to end it from here on is too late.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Volatile.Write(ref _end, (int)StreamEnd.Gone);
            _ending.Dispose();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
