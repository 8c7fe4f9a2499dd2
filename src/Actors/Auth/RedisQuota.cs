using System.Globalization;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Actors.Auth;

/// <summary>What a node tells the script of one limit: the slice that it gives back, what it would like to lease, what it owes.</summary>
/// <param name="Want">Units to lease beside what the requests take.</param>
/// <param name="Start">Start of the slice's window in seconds, and its units, and how many of them are unspent; 0 units: no slice.</param>
/// <param name="Owed">Units that were used while Redis was away.</param>
internal readonly record struct LimitReport(long Want, long Start, long Units, long Rest, long Owed);

/// <summary>One request for the script to decide: the limits that it is held against, as bits, and its cost.</summary>
internal readonly record struct QuotaDemand(int Mask, long Cost);

/// <summary>What the script says of one limit.</summary>
/// <param name="Start">Of a fixed window, in seconds since 1970.</param>
/// <param name="Reset">Milliseconds until all of it is there again.</param>
/// <param name="Left">Units that nobody has used or leased.</param>
/// <param name="Others">Units that other nodes have leased and perhaps not spent.</param>
/// <param name="Leased">Units that are this node's now.</param>
internal readonly record struct LimitAnswer(long Start, long Reset, long Left, long Others, long Leased);

/// <summary>The script's answer.</summary>
internal sealed class QuotaAnswer(long[] values, int limits)
{
    private const int PerLimit = 5;

    public LimitAnswer Limit(int index)
    {
        var at = index * PerLimit;
        return new LimitAnswer(values[at], values[at + 1], values[at + 2], values[at + 3], values[at + 4]);
    }

    public bool IsAllowed(int demand) => values[Row(demand)] == 1;

    /// <summary>Units of the limit that were left after the demand was decided.</summary>
    public long Remaining(int demand, int limit) => values[Row(demand) + 1 + (2 * limit)];

    /// <summary>Milliseconds until the limit has room for the demand; 0 where it had.</summary>
    public long Wait(int demand, int limit) => values[Row(demand) + 2 + (2 * limit)];

    private int Row(int demand) => (limits * PerLimit) + (demand * (1 + (2 * limits)));
}

/// <summary>Asks the script, by Redis' own clock.</summary>
/// <param name="node">Unlike every other node's, and unlike this node's after a restart.</param>
/// <param name="now">Milliseconds since 1970 in place of Redis' clock, for tests that can't wait.</param>
internal sealed class RedisQuota(RedisConnection redis, string node, Func<long>? now = null)
{
    private static readonly RedisValue[] Algorithms = ["fixed", "sliding", "gcra"];

    /// <summary>Whether the last call was answered in time.</summary>
    public bool IsAnswering => redis.IsAnswering;

    /// <param name="keys">Of the limits, by index.</param>
    /// <param name="reports">One for each limit.</param>
    /// <param name="hold">For so long nobody leases anything of these limits.</param>
    /// <exception cref="RedisUnavailableException">Away or late: what became of the demands is unknown.</exception>
    /// <exception cref="RedisServerException">Redis answered with an error.</exception>
    public async Task<QuotaAnswer> AskAsync(
        IReadOnlyList<QuotaLimit> limits, RedisKey[] keys, LimitReport[] reports, IReadOnlyList<QuotaDemand> demands, TimeSpan hold)
    {
        var values = new RedisValue[QuotaScript.Head + (limits.Count * QuotaScript.PerLimit) + (demands.Count * 2)];
        values[0] = now?.Invoke().ToString(CultureInfo.InvariantCulture) ?? "";
        values[1] = node;
        values[2] = (long)hold.TotalMilliseconds;
        values[3] = limits.Count;
        var at = QuotaScript.Head;
        for (var i = 0; i < limits.Count; i++)
        {
            var (limit, report) = (limits[i], reports[i]);
            values[at++] = Algorithms[(int)limit.Algorithm];
            values[at++] = limit.Capacity;
            values[at++] = limit.Length;
            values[at++] = limit.Burst;
            values[at++] = report.Want;
            values[at++] = report.Start;
            values[at++] = report.Units;
            values[at++] = report.Rest;
            values[at++] = report.Owed;
        }

        foreach (var demand in demands)
        {
            values[at++] = demand.Mask;
            values[at++] = demand.Cost;
        }

        var answer = (RedisResult[])(await redis.ScriptEvaluateAsync(QuotaScript.Text, keys, values).ConfigureAwait(false))!;
        return new QuotaAnswer(Array.ConvertAll(answer, value => (long)value), limits.Count);
    }
}
