namespace AkkaCrypto.Api.Auth;

/// <summary>One secret that opens the API. Never changed but for its end: whoever holds it sees at once that it is over.</summary>
/// <param name="validUntilTicks">UTC; <see cref="long.MaxValue"/>: no end.</param>
/// <param name="use">Where its use is noted; null for a key of the configuration.</param>
public sealed class KeyEntry(Caller caller, long validUntilTicks, KeyUse? use)
{
    private volatile bool _dropped;

    public Caller Caller => caller;

    /// <summary>Whether the keys in the database stand behind it, and not the configuration.</summary>
    public bool IsStored => use is not null;

    public bool IsDropped => _dropped;

    /// <summary>Revoked, changed, or no longer there.</summary>
    public void Drop() => _dropped = true;

    public bool IsOver(long nowTicks) => nowTicks >= validUntilTicks;

    /// <summary>Whether it holds at a time; if so, the use is noted.</summary>
    public bool Holds(long nowTicks)
    {
        if (_dropped || IsOver(nowTicks))
        {
            return false;
        }

        use?.Note(nowTicks);
        return true;
    }
}

/// <summary>When a stored key was last used, to the minute: most requests only read here.</summary>
public sealed class KeyUse
{
    private long _ticks;
    private long _written;

    public void Note(long nowTicks)
    {
        var minute = nowTicks - (nowTicks % TimeSpan.TicksPerMinute);
        if (Volatile.Read(ref _ticks) < minute)
        {
            Volatile.Write(ref _ticks, minute);
        }
    }

    /// <summary>The minute that is not written yet; null: nothing new.</summary>
    public DateTimeOffset? Unwritten()
    {
        var ticks = Volatile.Read(ref _ticks);
        return ticks > _written ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    /// <summary>By the one worker that writes.</summary>
    public void Written(DateTimeOffset at) => _written = at.UtcTicks;
}
