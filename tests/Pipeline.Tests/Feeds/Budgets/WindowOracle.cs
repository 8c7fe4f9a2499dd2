using AkkaCrypto.Pipeline.Feeds.Budgets;

namespace AkkaCrypto.Pipeline.Tests.Feeds.Budgets;

/// <summary>Every grant with its time, and the plain question of the budget: what does each sliding window hold?</summary>
internal sealed class WindowOracle
{
    private readonly List<(long At, int Weight)> _grants = [];

    public int Count => _grants.Count;

    public long Total => _grants.Sum(grant => (long)grant.Weight);

    public void Granted(long at, int weight) => _grants.Add((at, weight));

    /// <summary>The most that any [t, t + length) holds, by trying each that begins at a grant.</summary>
    public long Largest(BudgetWindow window)
    {
        var ordered = _grants.OrderBy(grant => grant.At).ToList();
        var length = (long)window.Length.TotalMilliseconds;
        var (largest, inside, end) = (0L, 0L, 0);
        for (var start = 0; start < ordered.Count; start++)
        {
            while (end < ordered.Count && ordered[end].At - ordered[start].At < length)
            {
                inside += ordered[end++].Weight;
            }

            largest = Math.Max(largest, inside);
            inside -= ordered[start].Weight;
        }

        return largest;
    }
}
