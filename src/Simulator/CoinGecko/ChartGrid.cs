using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// When CoinGecko's chart points lie. Five-minute and hourly points come somewhere after the grid line (as recorded: most hourly ones
/// within 17 minutes, five-minute ones 3 to 5 minutes after it), daily ones at 00:00:00 UTC. Each bucket has one point, at the same time in
/// every reply.
/// </summary>
internal sealed class ChartGrid(long seed)
{
    public static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly ulong stream = Hash.Stream(Hash.Mix(unchecked((ulong)seed)), "chart-grid");

    /// <summary>Automatic granularity of a span of so many days that ends now.</summary>
    public static TimeSpan StepFor(double days) => days <= 1 ? FiveMinutes : days <= 90 ? Hour : Day;

    /// <summary>The points in [from, to], oldest first.</summary>
    public IEnumerable<DateTimeOffset> Points(TimeSpan step, DateTimeOffset from, DateTimeOffset to)
    {
        var length = (long)step.TotalMilliseconds;
        for (var bucket = from.ToUnixTimeMilliseconds() / length; bucket * length <= to.ToUnixTimeMilliseconds(); bucket++)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds((bucket * length) + Offset(step, bucket));
            if (at >= from && at <= to)
            {
                yield return at;
            }
        }
    }

    private long Offset(TimeSpan step, long bucket)
    {
        if (step == Day)
        {
            return 0;
        }

        var u = Hash.Unit(stream ^ (ulong)step.Ticks, bucket);
        return step == FiveMinutes
            ? 190_000 + (long)(u * 109_000)
            : 55_000 + (long)(u * u * (Hash.Below(stream, -bucket, 20) == 0 ? 3_400_000 : 950_000));
    }
}
