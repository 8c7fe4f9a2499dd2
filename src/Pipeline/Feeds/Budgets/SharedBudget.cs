using System.Globalization;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>
/// One provider's budget over all nodes, in Redis: <c>ratelimit:{upstream:&lt;provider&gt;}</c> and keys below it. One script decides and
/// consumes by Redis' own clock.
/// </summary>
/// <param name="node">Names this process among those that share the budget.</param>
/// <param name="clock">Milliseconds since 1970 in the place of Redis' clock, for tests that can't wait a month; null: Redis' own.</param>
internal sealed class SharedBudget(RedisConnection redis, string provider, string node, TimeProvider time, Func<long>? clock = null)
{
    /// <summary>A node that hasn't asked for so long is no longer counted.</summary>
    public static readonly TimeSpan NodeTtl = TimeSpan.FromSeconds(30);

    private readonly RedisKey[] _keys =
    [
        KeyOf(provider), KeyOf(provider) + ":nodes", KeyOf(provider) + ":log", $"{KeyOf(provider)}:reported:{node}",
        .. BudgetWindow.All.Select(window => (RedisKey)$"{KeyOf(provider)}:{window.Name}"),
    ];

    /// <summary>Redis' clock by its last answer, and when that came here; null before the first.</summary>
    private (long Now, long HeardAt)? _word;

    /// <summary>After which a call is given up.</summary>
    public TimeSpan CallTimeout => redis.CallTimeout;

    public static string KeyOf(string provider) => $"ratelimit:{{upstream:{provider}}}";

    /// <summary>Consumes for as many of the wanted as fit, from the first on. With none it only reports and looks.</summary>
    /// <exception cref="RedisUnavailableException">No answer came in time; what was asked may have been counted all the same, but not
    /// after this.</exception>
    /// <exception cref="RedisServerException">Redis refused the script.</exception>
    public async Task<BudgetAnswer> AskAsync(
        BudgetSettings settings, IReadOnlyList<Wanted> wanted, TimeSpan hold, BudgetReport report) =>
        // Where Redis' clock was set on, the first answer tells it, and the second call is in time.
        await CallAsync(settings, wanted, hold, report).ConfigureAwait(false)
        ?? await CallAsync(settings, wanted, hold, report).ConfigureAwait(false)
        ?? throw new RedisUnavailableException($"The budget of {provider} was asked twice, and both calls reached Redis too late.");

    /// <summary>Null where the call came too late, and did nothing.</summary>
    private async Task<BudgetAnswer?> CallAsync(
        BudgetSettings settings, IReadOnlyList<Wanted> wanted, TimeSpan hold, BudgetReport report)
    {
        var arguments = new List<RedisValue>(BudgetScript.Head + (6 * BudgetWindow.All.Count) + (2 * wanted.Count))
        {
            clock?.Invoke().ToString(CultureInfo.InvariantCulture) ?? "", node, Milliseconds(NodeTtl), Milliseconds(hold),
            report.Id ?? "", report.Log(), Latest(),
        };
        foreach (var (window, reported) in BudgetWindow.All.Zip(report.Used))
        {
            var budget = window.BudgetIn(settings);
            arguments.AddRange([Milliseconds(window.Length), Milliseconds(window.Grain), Milliseconds(window.Margin)]);
            arguments.AddRange([budget ?? -1, BudgetWindow.ReserveOf(budget ?? 0), reported]);
        }

        foreach (var (priority, weight) in wanted)
        {
            arguments.AddRange([(int)priority, weight]);
        }

        var answer = (long[])(await redis.ScriptEvaluateAsync(BudgetScript.Text, _keys, [.. arguments]).ConfigureAwait(false))!;
        _word = (answer[0], time.GetTimestamp());
        return answer is [_, var granted, var wait, var held, var nodes, .. var used]
            ? new BudgetAnswer((int)granted, TimeSpan.FromMilliseconds(wait), TimeSpan.FromMilliseconds(held), (int)nodes, used)
            : null;
    }

    /// <summary>
    /// What Redis' clock shows at the latest when this call is given up. It ran on while its last answer was on its way here, so the true
    /// moment is later by that: a call may be taken for late that isn't, never the other way round. A clock of the caller's own is never
    /// late.
    /// </summary>
    private RedisValue Latest() => clock is null && _word is var (now, heardAt)
        ? now + (long)(time.GetElapsedTime(heardAt) + CallTimeout).TotalMilliseconds
        : "";

    private static RedisValue Milliseconds(TimeSpan span) => (long)Math.Ceiling(span.TotalMilliseconds);
}
