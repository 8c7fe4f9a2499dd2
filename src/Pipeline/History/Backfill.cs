using System.Globalization;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.History;

/// <summary>How far one series' backfill has come, told after each page.</summary>
/// <param name="Done">Share of the range's time that is walked, 0 to 1.</param>
/// <param name="Pages">Committed, those of earlier runs included.</param>
/// <param name="Counts">Of this run.</param>
/// <param name="Outside">Records of this run that lay outside of the range and were left out.</param>
/// <param name="Trouble">Why the last attempt at a page failed; null after a page.</param>
public sealed record BackfillReport(
    SeriesKey Series, double Done, int Pages, IngestCounts Counts, bool Finished, long Outside = 0, string? Trouble = null);

/// <summary>
/// Walks a past that nobody waits for. How far it has come is committed with each page, so a run that was killed anywhere goes on with the
/// page after the last committed one; a range that was walked is not asked for again. One run of a backfill at a time.
/// </summary>
public sealed class Backfill(BackfillStore store, PageIntake intake, Func<BackfillSettings> settings, TimeProvider time)
{
    /// <summary>What another run of the same backfill is told of this one.</summary>
    private static readonly string Runner = string.Create(
        CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}");

    /// <param name="range">Its request is one of the feed's own.</param>
    /// <param name="report">Called at the start, after each page, and at each failed attempt.</param>
    /// <exception cref="PageFailedException">A page could not be had after all attempts, or asking again can't help.</exception>
    /// <exception cref="BackfillHeldException">Another run of the same backfill is at it.</exception>
    /// <exception cref="BackfillMovedException">Another run has taken it over.</exception>
    public async Task RunAsync(Feed feed, HistoryRange range, Action<BackfillReport> report, CancellationToken cancellationToken)
    {
        var key = new BackfillKey(feed.KeyOf(range.Request), range.From, range.To);
        await using var lease = await store.TakeAsync(key, Runner, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        var progress = lease.Progress;
        var (counts, outside) = (default(IngestCounts), 0L);
        var failures = 0;
        report(ReportOf(progress, counts, outside));
        while (progress.FinishedAt is null)
        {
            try
            {
                await foreach (var page in PagesAsync(feed, range, progress, lease.Epoch, cancellationToken).ConfigureAwait(false))
                {
                    (failures, counts, outside) = (0, counts + page.Counts, outside + page.Outside);
                    progress = progress with
                    {
                        Pages = progress.Pages + 1, Next = RequestOf(page.Next), Shown = page.Shown,
                        FinishedAt = page.Next is null ? time.GetUtcNow() : null,
                    };
                    report(ReportOf(progress, counts, outside));
                }
            }
            catch (PageFailedException failure) when (failure.MayPass && ++failures < settings().Attempts)
            {
                report(ReportOf(progress, counts, outside) with { Trouble = failure.Message });
                await Task.Delay(settings().PauseAfter(failures), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private IAsyncEnumerable<WalkedPage> PagesAsync(
        Feed feed, HistoryRange range, BackfillProgress progress, long epoch, CancellationToken cancellationToken)
    {
        var walk = new HistoryWalk(feed, range, intake, keepsOutside: false);
        var from = progress.Next is { } next
            ? range.Request with { FirstPath = next.FirstPath, Path = next.Path, Weight = next.Weight }
            : walk.First;
        var pages = progress.Pages;
        return walk.RunAsync(
            from, progress.Shown, RequestPriority.Backfill,
            (page, then, shown) =>
            [
                new(
                    null, null,
                    Backfill: new BackfillStep(progress.Key, pages++, epoch, RequestOf(then), shown, page.Content.Records.Count)),
            ],
            cancellationToken);
    }

    private static BackfillRequest? RequestOf(SeriesRequest? request) =>
        request is null ? null : new BackfillRequest(request.FirstPath, request.Path, request.Weight);

    private static BackfillReport ReportOf(BackfillProgress progress, IngestCounts counts, long outside)
    {
        var (key, shown) = (progress.Key, progress.Shown);
        var walked = shown is null ? TimeSpan.Zero : shown.To.ToDateTimeOffset() - shown.From.ToDateTimeOffset();
        var done = progress.FinishedAt is not null ? 1 : Math.Clamp(walked / (key.To - key.From), 0, 1);
        return new BackfillReport(key.Series, done, progress.Pages, counts, progress.FinishedAt is not null, outside);
    }
}
