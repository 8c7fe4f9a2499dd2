using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// What this node knows of one limit of a key, and may decide by itself: a slice of its window that was leased, or that it is used up. Made
/// anew with each answer of Redis. Times are timestamps of this node's own monotonic clock.
/// </summary>
internal sealed class LimitView
{
    /// <summary>Nothing is known and nothing can be taken.</summary>
    public static readonly LimitView Nothing = new();

    private const long Closed = -1;
    private long _left = Closed;

    /// <summary>Of the leased slice: start of its window in seconds since 1970, by Redis' clock.</summary>
    public long Start { get; init; }

    /// <summary>Units of the slice when it was leased; setting it opens the slice.</summary>
    public long Units
    {
        get;
        init
        {
            field = value;
            _left = value > 0 ? value : Closed;
        }
    }

    /// <summary>From then on nothing of the slice may be taken: surely before its window ends.</summary>
    public long LapsesAt { get; init; }

    /// <summary>When the limit is whole again, seen from when the answer came.</summary>
    public long ResetAt { get; init; }

    /// <summary>Units that remained beside the slice.</summary>
    public long Elsewhere { get; init; }

    /// <summary>Requests of at least this cost are refused without asking, before <see cref="RefusedUntil"/>.</summary>
    public long RefusedCost { get; init; } = long.MaxValue;

    public long RefusedUntil { get; init; }

    /// <summary>From then on a request of that cost has room.</summary>
    public long RetryAt { get; init; }

    /// <summary>When it was leased, and whether it was spent: what the size of the next one goes by.</summary>
    public long LeasedAt { get; init; }

    public long Left => Math.Max(0, Volatile.Read(ref _left));

    /// <summary>Takes all or nothing. Lock-free: fails only where there isn't enough, or the slice was closed.</summary>
    public bool TryTake(long cost, out long left)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _left);
            left = seen - cost;
            if (left < 0 || seen < 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _left, left, seen) == seen)
            {
                return true;
            }
        }
    }

    /// <summary>Gives back what was taken. A slice that was closed meanwhile stays so, and the units are lost with its window: which may be
    /// where that ends, and nowhere else.</summary>
    public void Give(long cost)
    {
        var seen = Volatile.Read(ref _left);
        while (seen >= 0 && Interlocked.CompareExchange(ref _left, seen + cost, seen) is var found && found != seen)
        {
            seen = found;
        }
    }

    /// <summary>Ends the slice: nothing can be taken from it any more. Gives what of it is to be told, which is told once.</summary>
    public (long Start, long Units, long Unspent) Close()
    {
        var rest = Interlocked.Exchange(ref _left, Closed);
        return rest < 0 ? default : (Start, Units, rest);
    }
}

/// <summary>The views of one decision, kept on the stack.</summary>
[InlineArray(TierSettings.MostLimits)]
internal struct LimitViews
{
    private LimitView _first;
}
