using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.History;

/// <summary>One committed page of a walk.</summary>
/// <param name="Next">The request after it; null: the range is walked, or the provider shows no more of it.</param>
/// <param name="Shown">Of the range, from the first to the last record of this page and all before it; null: nothing yet.</param>
/// <param name="Outside">Records of the page that were left out, for they lay outside of the range.</param>
public sealed record WalkedPage(SeriesRequest? Next, SeriesSpan? Shown, IngestCounts Counts, int Outside);

/// <summary>
/// Walks a range of one series' past and commits it page by page; with each page, in its transaction, what it shows whole, and what lies
/// between it and the page before, is cut out of the series' gaps, and what of it can't be read is registered as one. Whoever enumerates
/// may stop after any page and go on later from its <see cref="WalkedPage.Next"/>.
/// </summary>
/// <param name="keepsOutside">Whether what pages show outside of the range is stored too.</param>
public sealed class HistoryWalk(Feed feed, HistoryRange range, PageIntake intake, bool keepsOutside = true)
{
    private readonly IHistory _history = feed.History
        ?? throw new ArgumentException($"{feed} has no past that can be asked for.", nameof(feed));

    /// <summary>The walk's first request.</summary>
    public SeriesRequest First => _history.First(range);

    /// <param name="from">The first request of this run.</param>
    /// <param name="shown">What the pages before it showed.</param>
    /// <param name="alsoSave">Written in the page's transaction too.</param>
    /// <exception cref="PageFailedException">A page could not be had or stored; nothing of it was committed.</exception>
    public async IAsyncEnumerable<WalkedPage> RunAsync(
        SeriesRequest from, SeriesSpan? shown, RequestPriority priority,
        Func<NormalisedReply, SeriesRequest?, SeriesSpan?, IReadOnlyList<SeriesProgress>> alsoSave,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (SeriesRequest? request = from; request is not null;)
        {
            var page = await intake.FetchAsync(feed, new Ask(request, WholeHistory: false), priority, cancellationToken)
                .ConfigureAwait(false);
            var next = _history.Next(range, request, page.Content.Records, page.Unreadable);
            if (next?.Path == request.Path)
            {
                // A fault of the provider's, or of how it is asked: it must not be asked for ever.
                throw new PageFailedException($"the page after {request.Path} is that page again");
            }

            var proved = ShownPage.Of(feed.KeyOf(request), request.Context, page.Content, range).After(shown);
            shown = proved.Span;
            var kept = keepsOutside ? page : page with { Content = ShownSpan.Within(range, page.Content, request.Context, proved.Torn) };
            IReadOnlyList<SeriesProgress> progress = [.. proved.Progress(page.Reply.ReceivedAt), .. alsoSave(kept, next, shown)];
            var counts = await intake.StoreAsync(feed, kept, progress, cancellationToken).ConfigureAwait(false);
            yield return new WalkedPage(next, shown, counts, page.Content.Records.Count - kept.Content.Records.Count);
            request = next;
        }
    }
}
