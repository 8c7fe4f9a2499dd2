namespace AkkaCrypto.Contracts.Ops;

/// <summary>
/// What became of each record of a batch. The kinds are disjoint: <c>Attempted = Inserted + Skipped + Differing + Revised + Rejected</c>.
/// </summary>
/// <param name="Inserted">New key, now stored.</param>
/// <param name="Skipped">Same key and content as what is stored (or, for latest values, not newer).</param>
/// <param name="Differing">Same key, other content, for a kind that never changes: kept aside, never overwritten.</param>
/// <param name="Revised">Same key, other content, for a kind that its provider corrects: appended as a revision (or, for latest values,
/// newer).</param>
/// <param name="Rejected">Could not be read or stored; in the dead letters.</param>
public readonly record struct IngestCounts(
    long Attempted, long Inserted, long Skipped, long Differing, long Revised, long Rejected)
{
    public static IngestCounts operator +(IngestCounts left, IngestCounts right) => new(
        left.Attempted + right.Attempted, left.Inserted + right.Inserted, left.Skipped + right.Skipped,
        left.Differing + right.Differing, left.Revised + right.Revised, left.Rejected + right.Rejected);
}

/// <summary>One series of one dataset of one provider: what has a position and gaps of its own, e.g. coinone, trades, btc-krw.</summary>
public readonly record struct SeriesKey(string Provider, string Dataset, string Series)
{
    public override string ToString() => $"{Provider}/{Dataset}/{Series}";
}
