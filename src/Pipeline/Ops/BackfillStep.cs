using AkkaCrypto.Contracts.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>One range of one series that is wanted whole: <paramref name="From"/> inclusive, <paramref name="To"/> exclusive.</summary>
public sealed record BackfillKey(SeriesKey Series, DateTimeOffset From, DateTimeOffset To)
{
    public override string ToString() => $"{Series} from {From:u} to {To:u}";
}

/// <summary>The request that comes next; the rest of it the series' own request says.</summary>
public sealed record BackfillRequest(string FirstPath, string Path, int Weight);

/// <summary>One page of a backfill, written in the page's own transaction.</summary>
/// <param name="Pages">Committed before this one; the step holds only where that is still so.</param>
/// <param name="Epoch">Of the run; the step holds only while no later run has begun.</param>
/// <param name="Next">Null: the range is walked.</param>
/// <param name="Shown">By this page and all before it.</param>
/// <param name="Records">In this page.</param>
public sealed record BackfillStep(
    BackfillKey Key, int Pages, long Epoch, BackfillRequest? Next, SeriesSpan? Shown, int Records);
