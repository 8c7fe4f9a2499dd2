using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Hosting;

/// <summary>How long a stop may still wait for what is under way: one time for all its parts, however many of them wait one after the
/// other.</summary>
/// <param name="grace"><see cref="HttpSettings.ShutdownGrace"/>, read when the stop begins.</param>
/// <param name="time">Counts it.</param>
public sealed class StopGrace(Func<TimeSpan> grace, TimeProvider time)
{
    private readonly Lock _gate = new();
    private (TimeSpan Whole, long Since)? _begun;

    /// <summary>What is left, zero or more; all of it before the stop has begun.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                var left = _begun is { } begun ? begun.Whole - time.GetElapsedTime(begun.Since) : grace();
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>From now on it runs out; a second call changes nothing.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _begun ??= (grace(), time.GetTimestamp());
        }
    }
}
