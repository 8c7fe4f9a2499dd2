using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.History;

/// <summary>
/// Fills the gaps of the register from their providers' past, the oldest first, one at a time for each provider. A gap is closed by what
/// pages showed and by nothing else: see <see cref="HistoryWalk"/>.
/// </summary>
public sealed class GapRepair(
    IReadOnlyCollection<Feed> feeds, GapRegister gaps, GapClaims claims, PageIntake intake, Func<RepairSettings> settings,
    TimeProvider time, ILogger<GapRepair> log)
{
    /// <summary>A gap's bounds are stored, and to be seen again: endpoints take whole seconds at worst, and the end is exclusive.</summary>
    private static readonly TimeSpan PastTheBound = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan HandBackBound = TimeSpan.FromSeconds(2);

    /// <summary>Repairs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(feeds.GroupBy(feed => feed.Provider).Select(of => RunAsync(of.Key, [.. of], cancellationToken)));

    /// <summary>One look: repairs every gap of these feeds whose turn it is.</summary>
    public async Task LookAsync(IReadOnlyList<Feed> of, CancellationToken cancellationToken)
    {
        var canAsk = of.Where(feed => feed.History is not null).ToList();
        foreach (var feed in of.Except(canAsk))
        {
            var reason = feed.WindowSize is { } window
                ? $"{feed.Provider} shows only its newest {window} records, and none before them"
                : $"{feed.Provider} shows no past of {feed.Dataset} that could be asked for";
            await claims.GiveUpAsync(Keys([feed]), reason, cancellationToken).ConfigureAwait(false);
        }

        await claims.ReopenAsync(Keys(canAsk), cancellationToken).ConfigureAwait(false);
        while (settings().Enabled && !cancellationToken.IsCancellationRequested)
        {
            var runnable = Keys(canAsk.Where(feed => feed.Health.IsEnabled && !feed.Stream.Paused));
            var lease = settings().Lease;
            if (await claims.TakeAsync(runnable, time.GetUtcNow(), lease, cancellationToken).ConfigureAwait(false) is not { } gap)
            {
                break;
            }

            await RepairAsync(canAsk.Single(feed => feed.Dataset == gap.Interval.Series.Dataset), gap, cancellationToken)
                .ConfigureAwait(false);
        }

        await CountAsync(of, cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(string provider, IReadOnlyList<Feed> of, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(of, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                log.LogError(failure, "The repair of {Provider}'s gaps is tried again: {Trouble}", provider, failure.Message);
            }
            catch (Exception cut)
            {
                log.LogDebug(cut, "The repair of {Provider}'s gaps has stopped", provider);
            }

            await Task.Delay(settings().Every, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RepairAsync(Feed feed, RegisteredGap gap, CancellationToken cancellationToken)
    {
        var (error, isFinal) = ((string?)null, false);
        try
        {
            error = await WalkAsync(feed, gap, cancellationToken).ConfigureAwait(false);
        }
        catch (PageFailedException failure)
        {
            (error, isFinal) = (failure.Message, failure.IsFinal);
            log.LogDebug("{Series}: the repair of gap {Gap} failed: {Trouble}", gap.Interval.Series, gap.Id, error);
        }
        finally
        {
            using var bound = new CancellationTokenSource(HandBackBound, time);
            var now = settings();
            await claims.HandBackAsync(
                gap, now.Attempts, cutShort: cancellationToken.IsCancellationRequested, isFinal,
                time.GetUtcNow() + now.PauseAfter(gap.Attempts), error, bound.Token).ConfigureAwait(false);
        }
    }

    /// <returns>Why something is left of the gap; null where the turn is over, or the gap.</returns>
    private async Task<string?> WalkAsync(Feed feed, RegisteredGap gap, CancellationToken cancellationToken)
    {
        var series = feed.Series.FirstOrDefault(of => of.Series == gap.Interval.Series.Series);
        if (series is null)
        {
            return "the settings no longer ask for the series";
        }

        var walk = new HistoryWalk(feed, RangeOf(series, gap.Interval), intake);
        var (pages, before) = (0, 0);
        var counts = default(IngestCounts);
        var walked = walk.RunAsync(walk.First, null, RequestPriority.Repair, static (_, _, _) => [], cancellationToken);
        await foreach (var page in walked.ConfigureAwait(false))
        {
            counts += page.Counts;
            var stands = await claims.RenewAsync(gap, time.GetUtcNow() + settings().Lease, cancellationToken).ConfigureAwait(false);
            if (!stands)
            {
                log.LogInformation(
                    "{Series}: gap {Gap} is filled; {Inserted} records were new", gap.Interval.Series, gap.Id, counts.Inserted);
                return null;
            }

            if (page.Shown is null)
            {
                if (++before >= settings().PagesToReach)
                {
                    return $"it did not come in sight within {before} pages (akkacrypto.repair.pages-to-reach)";
                }
            }
            else if (++pages >= settings().PagesPerTurn && page.Next is not null)
            {
                return null;
            }
        }

        return $"the provider does not show all of it: {pages + before} pages held {counts.Attempted} records, {counts.Inserted} of them"
            + " new";
    }

    private static HistoryRange RangeOf(SeriesRequest series, Gap gap)
    {
        // A chart's place is its bucket's start, and the point that proves it comes later in the bucket.
        var width = series.Context is { Interval: "daily" or "hourly", Currency: not null }
            ? ChartStore.Bucket(series.Context.Interval)
            : PastTheBound;
        return new HistoryRange(series, gap.From.ToDateTimeOffset(), gap.To.ToDateTimeOffset() + width);
    }

    private async Task CountAsync(IReadOnlyList<Feed> of, CancellationToken cancellationToken)
    {
        var open = await gaps.CountOpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var feed in of)
        {
            feed.Health.HasGaps(
                open.Where(count => count.Key.Provider == feed.Provider && count.Key.Dataset == feed.Dataset).Sum(count => count.Value));
        }
    }

    private static List<SeriesKey> Keys(IEnumerable<Feed> of) => [.. of.SelectMany(feed => feed.Series.Select(feed.KeyOf))];
}
