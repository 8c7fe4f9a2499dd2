using System.Globalization;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>One granted request.</summary>
/// <param name="At">By Redis' clock, to the millisecond.</param>
public readonly record struct Grant(DateTimeOffset At, RequestPriority Priority, int Weight);

/// <summary>The most that one sliding window held, by the log.</summary>
/// <param name="From">When that window began; null where the log is empty.</param>
public sealed record LargestUse(BudgetWindow Window, long Weight, DateTimeOffset? From);

/// <summary>
/// Every request that was granted to a provider, in the Redis stream <c>ratelimit:{upstream:&lt;provider&gt;}:log</c>: one entry for each
/// call of the script, its id the time. Bounded to the newest 100,000 entries (some more, for Redis cuts whole nodes), and gone 31 days
/// after the last; a minute's window is proven for as far back as it reaches, a longer one than that for its part in the log.
/// </summary>
public sealed class GrantLog(RedisConnection state)
{
    private const int Page = 5_000;

    /// <summary>All that the log holds of a provider, oldest first.</summary>
    /// <exception cref="RedisUnavailableException">No answer.</exception>
    public async Task<IReadOnlyList<Grant>> ReadAsync(string provider, CancellationToken cancellationToken)
    {
        var (grants, told) = (new List<Grant>(), new Dictionary<(string Node, long Number), int>());
        var from = "-";
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            object[] range = [SharedBudget.KeyOf(provider) + ":log", from, "+", "COUNT", Page];
            var entries = (RedisResult[])(await state.CallAsync(database => database.ExecuteAsync("XRANGE", range)).ConfigureAwait(false))!;
            foreach (var entry in entries)
            {
                Read(entry, grants, told);
            }

            if (entries.Length < Page)
            {
                // What was granted while the state was away came to the log later than it was.
                grants.Sort((left, right) => left.At.CompareTo(right.At));
                return grants;
            }

            from = "(" + (string)((RedisResult[])entries[^1]!)[0]!;
        }
    }

    /// <summary>The largest sum of weights in any half-open window [t, t + length).</summary>
    /// <param name="grants">Oldest first.</param>
    public static LargestUse LargestIn(BudgetWindow window, IReadOnlyList<Grant> grants)
    {
        var (largest, inside, end) = (new LargestUse(window, 0, null), 0L, 0);
        for (var start = 0; start < grants.Count; start++)
        {
            for (; end < grants.Count && grants[end].At - grants[start].At < window.Length; end++)
            {
                inside += grants[end].Weight;
            }

            largest = inside > largest.Weight ? new LargestUse(window, inside, grants[start].At) : largest;
            inside -= grants[start].Weight;
        }

        return largest;
    }

    // "g": granted now, as priority:weight; "l:<node>": granted by that node while the state was away, as age in ms:priority:weight:number.
    // A report whose answer was lost is told again, with what came since: each of its grants counts once.
    private static void Read(RedisResult entry, List<Grant> grants, Dictionary<(string Node, long Number), int> told)
    {
        var (id, fields) = ((string)((RedisResult[])entry!)[0]!, (string[])((RedisResult[])entry!)[1]!);
        var at = long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture);
        var (field, text) = (fields[0], fields[1]);
        foreach (var grant in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = grant.Split(':').Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            if (field == "g")
            {
                grants.Add(Granted(at, parts[0], parts[1]));
            }
            else
            {
                AddTold(Granted(at - parts[0], parts[1], parts[2]), (field, parts[3]), grants, told);
            }
        }
    }

    // The way of a report to the state makes its grants seem later than they were: the earliest telling is the nearest.
    private static void AddTold(
        Grant grant, (string Node, long Number) which, List<Grant> grants, Dictionary<(string Node, long Number), int> told)
    {
        if (told.TryAdd(which, grants.Count))
        {
            grants.Add(grant);
        }
        else if (grant.At < grants[told[which]].At)
        {
            grants[told[which]] = grant;
        }
    }

    private static Grant Granted(long at, long priority, long weight) =>
        new(DateTimeOffset.FromUnixTimeMilliseconds(at), (RequestPriority)priority, (int)weight);
}
