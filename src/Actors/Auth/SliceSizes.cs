namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// How much of each limit to lease next, in requests: twice as much where the last slice was soon spent, half where it lasted long, so
/// that a busy key asks Redis rarely and a quiet one keeps little from the other nodes. The script gives at most an eighth of what is left.
/// </summary>
internal sealed class SliceSizes(QuotaLimit[] limits, bool leases, TimeProvider time)
{
    private const int First = 8;
    private const int Most = 1 << 20;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);
    private readonly int[] _sizes = [.. Enumerable.Repeat(First, limits.Length)];

    /// <param name="last">The last slice, and what was left of it when it didn't suffice.</param>
    public int Next(int limit, LimitView last, long rest)
    {
        if (!leases || limits[limit].Algorithm != Contracts.Settings.QuotaAlgorithm.Fixed)
        {
            return 0;
        }

        if (last.Units > 0)
        {
            var lasted = time.GetElapsedTime(last.LeasedAt);
            _sizes[limit] = lasted < Soon && rest < last.Units / 2 ? Math.Min(Most, _sizes[limit] * 2)
                : lasted > Long ? Math.Max(1, _sizes[limit] / 2)
                : _sizes[limit];
        }

        return _sizes[limit];
    }
}
