namespace AkkaCrypto.Storage.Redis;

/// <summary>
/// Keeps callers from a server that didn't answer: each would wait out its deadline, and each abandoned call would stay in the client's
/// queue. After a failure calls are skipped for <paramref name="pause"/>; then one at a time tries, until one is answered.
/// </summary>
internal sealed class AnswerGate(TimeProvider time, TimeSpan pause)
{
    private readonly Lock _gate = new();
    private bool _answering = true;
    private long _failedAt;

    public bool IsAnswering
    {
        get
        {
            lock (_gate)
            {
                return _answering;
            }
        }
    }

    /// <summary>Whether a call may be made now; it must report its end to <see cref="Answered"/> or <see cref="Failed"/>.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_answering)
            {
                return true;
            }

            if (time.GetElapsedTime(_failedAt) < pause)
            {
                return false;
            }

            // The next one waits for the end of this try, or for another pause if it never comes.
            _failedAt = time.GetTimestamp();
            return true;
        }
    }

    /// <returns>Whether that is news.</returns>
    public bool Answered() => Set(answering: true);

    /// <inheritdoc cref="Answered"/>
    public bool Failed() => Set(answering: false);

    private bool Set(bool answering)
    {
        lock (_gate)
        {
            var news = _answering != answering;
            _answering = answering;
            _failedAt = answering ? _failedAt : time.GetTimestamp();
            return news;
        }
    }
}
