using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// When one book may be asked for anew: at most once per backoff, which doubles with each ask until the book has stayed valid for the
/// smallest backoff.
/// </summary>
public sealed class ResyncPace(Func<RestartBackoff> backoff, Random random)
{
    private int _asks;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private DateTimeOffset? _validSince;

    public bool MayAsk(DateTimeOffset now) => now >= _notBefore;

    public void Asked(DateTimeOffset now) => _notBefore = now + backoff().Wait(_asks++, random);

    public void BecameValid(DateTimeOffset now) => _validSince = now;

    public void Broke(DateTimeOffset now)
    {
        if (_validSince is { } since && now - since >= backoff().Min)
        {
            _asks = 0;
        }

        _validSince = null;
    }
}
