using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.History;

/// <summary>A page could not be had or stored; the message says why. What was committed before it stays.</summary>
/// <param name="answer">What the provider answered, where it did: a page that can't be read is no answer.</param>
public sealed class PageFailedException(string message, Exception? inner = null, Refusal? answer = null) : Exception(message, inner)
{
    /// <summary>False where asking again can't help: the answer is final, or nobody with this key gets another.</summary>
    public bool MayPass { get; } = answer?.MayPass ?? true;

    /// <summary>Whether the provider has said for good that it has no such page: see <see cref="Refusal.IsFinal"/>.</summary>
    public bool IsFinal { get; } = answer?.IsFinal ?? false;
}

/// <summary>
/// Takes one page of a dataset at a time, as a feed does: asked for through the provider's client, read by its normaliser, written by the
/// dataset's writer with its counts. A page that can't be read goes to the dead letters whole.
/// </summary>
/// <param name="publish">Told of every page that is committed.</param>
public sealed class PageIntake(FeedStores stores, CommittedBatch publish)
{
    /// <exception cref="PageFailedException">No answer came, or the provider answered with an error, or it can't be read.</exception>
    public async Task<NormalisedReply> FetchAsync(Feed feed, Ask ask, RequestPriority priority, CancellationToken cancellationToken)
    {
        try
        {
            feed.Health.Asked();
            var asked = new UpstreamRequest(ask.Path, ask.Request.Weight, priority);
            var reply = await feed.Client.GetAsync(asked, cancellationToken).ConfigureAwait(false);
            var page = new NormalisedReply(ask, reply, ReplyReader.Read(feed.Normaliser, ask.Request.Context, reply));
            var writer = new DatasetWriter(feed.Provider, feed.Dataset, stores);
            await writer.KeepLettersAsync([page], cancellationToken).ConfigureAwait(false);
            return page is { IsRefusedWhole: true, Content.Refusals: [var refusal, ..] }
                ? throw new PageFailedException(
                    $"{refusal.Code.Text()}: {refusal.Reason}", answer: refusal.IsProviderError ? refusal : null)
                : page;
        }
        catch (UpstreamException failure)
        {
            throw new PageFailedException(failure.Message, failure);
        }
        catch (Exception away) when (PostgresErrors.IsTransient(away))
        {
            throw new PageFailedException($"the database does not take writes: {away.Message}", away);
        }
    }

    /// <summary>Writes a page's records and <paramref name="progress"/> in one transaction.</summary>
    /// <exception cref="PageFailedException">The database is away, or refused the page, which then is in the dead letters.</exception>
    public async Task<IngestCounts> StoreAsync(
        Feed feed, NormalisedReply page, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        var writer = new DatasetWriter(feed.Provider, feed.Dataset, stores);
        try
        {
            var counts = await writer.AppendAsync([page], progress, cancellationToken).ConfigureAwait(false);
            feed.Health.Counted(counts, page.Content.Rounded);
            publish(feed, [page]);
            return counts;
        }
        catch (PostgresException refused) when (PostgresErrors.IsRefusedData(refused))
        {
            await writer.SetAsideAsync(page, refused.MessageText, cancellationToken).ConfigureAwait(false);
            throw new PageFailedException($"the database refused the page, which is in the dead letters: {refused.MessageText}", refused);
        }
        catch (Exception away) when (PostgresErrors.IsTransient(away))
        {
            throw new PageFailedException($"the database does not take writes: {away.Message}", away);
        }
    }
}
