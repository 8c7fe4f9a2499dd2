using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>
/// A provider's quota over all its feeds in this process: at most so many requests start in any window [t, t + window). Who finds it used
/// up waits in line, first come, first served; nothing is refused, for every caller is a bounded stage or a request with a deadline of its
/// own.
/// </summary>
/// <param name="settings">Read live: for each request, and at least once a second while one waits.</param>
/// <param name="time">The clock of windows and waits.</param>
public sealed class UpstreamBudget(Func<BudgetSettings> settings, TimeProvider time)
{
    private readonly SemaphoreSlim _line = new(1, 1);
    private readonly Queue<long> _starts = new();
    private long _heldUntil = long.MinValue;

    /// <summary>Waits until a request may start, and counts it. Who is cancelled while waiting was never counted.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _line.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Waits.UntilNothingIsLeftAsync(Left, time, cancellationToken).ConfigureAwait(false);
            _starts.Enqueue(time.GetTimestamp());
        }
        finally
        {
            _line.Release();
        }
    }

    /// <summary>Starts nothing for so long: the provider's <c>Retry-After</c>.</summary>
    public void HoldFor(TimeSpan wait)
    {
        var until = time.GetTimestamp() + Ticks(wait);
        InterlockedMax(ref _heldUntil, until);
    }

    private TimeSpan Left()
    {
        var (requests, window) = settings();
        var now = time.GetTimestamp();
        while (_starts.TryPeek(out var oldest) && now - oldest >= Ticks(window))
        {
            _starts.Dequeue();
        }

        // The budget may have been lowered while running: then several starts have to leave the window first.
        var full = _starts.Count >= requests ? Span(_starts.ElementAt(_starts.Count - requests) + Ticks(window) - now) : TimeSpan.Zero;
        var held = Interlocked.Read(ref _heldUntil) is var until && until > now ? Span(until - now) : TimeSpan.Zero;
        return full > held ? full : held;
    }

    private long Ticks(TimeSpan span) => (long)Math.Ceiling(span.TotalSeconds * time.TimestampFrequency);

    // A tick more than asked for: cut fractions must not end a wait early, for early is a violation and late is not.
    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency) + TimeSpan.FromTicks(1);

    private static void InterlockedMax(ref long target, long value)
    {
        var seen = Interlocked.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is var found && found != seen)
        {
            seen = found;
        }
    }
}
