using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline;

/// <summary>What one reply came to.</summary>
/// <param name="Numbers">Of the pair that was asked for; null where nothing of it was ever stored, or no pair was asked for.</param>
/// <param name="Error">The whole reply was refused, or the provider answered with an error, or none came; then the counts are zero.</param>
/// <param name="Timeout">The provider did not answer in time after all attempts.</param>
public sealed record ReplyIngestResult(PairNumbers? Numbers, IngestCounts Counts, Refusal? Error, bool Timeout = false);

/// <summary>
/// Takes one reply at once, outside the streams: fetched now, or handed in as a body. The feed's position stays where it is, for what a
/// caller brings says nothing of what the feed has seen.
/// </summary>
public sealed class ReplyIngest(FeedCatalogue feeds, FeedStores stores, PairCatalogue pairs, TimeProvider time)
{
    /// <summary>Normalises and stores a reply that somebody else fetched.</summary>
    /// <param name="dataset"><c>trades</c> or <c>orderbook</c>.</param>
    public Task<ReplyIngestResult> IngestAsync(
        string provider, string dataset, ReplyContext context, ReadOnlyMemory<byte> body, string origin,
        CancellationToken cancellationToken)
    {
        var reply = new ProviderReply(body, 200, Cut: false, origin, time.GetUtcNow());
        var feed = FeedOf(provider, dataset);
        // Not by the feed, whose provider said none of this: what a caller made up must not hold it.
        var content = ReplyReader.ReadToStore(feed.Normaliser, context, reply);
        return StoreAsync(
            feed, new SeriesRequest(context.Pair!, "", "", context), reply, content, keepUnreadable: false, cancellationToken);
    }

    /// <summary>Asks the provider now, within its budget, and stores the answer. The series need not be one that the feed polls.</summary>
    public async Task<ReplyIngestResult> FetchAsync(string provider, string dataset, string series, CancellationToken cancellationToken)
    {
        var feed = FeedOf(provider, dataset);
        return await FetchAsync(feed, feed.RequestForPair(series), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As above, for any series: its <see cref="SeriesRequest.Path"/> is asked for, as urgently as a waiting user is.</summary>
    public async Task<ReplyIngestResult> FetchAsync(Feed feed, SeriesRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var asked = new UpstreamRequest(request.Path, request.Weight, RequestPriority.User);
            var reply = await feed.Client.GetAsync(asked, cancellationToken).ConfigureAwait(false);
            return await StoreAsync(feed, request, reply, feed.Read(request, reply), keepUnreadable: true, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (UpstreamException exception)
        {
            return new ReplyIngestResult(null, default, new Refusal(RefusalCode.ProviderUnavailable, exception.Message), exception.Timeout);
        }
    }

    private Feed FeedOf(string provider, string dataset) => feeds.Find(provider, dataset)
        ?? throw new ArgumentException($"The settings have no dataset {dataset} of {provider}.", nameof(dataset));

    // A body that a caller made up is refused and forgotten; what the provider itself sent is kept, readable or not.
    private async Task<ReplyIngestResult> StoreAsync(
        Feed feed, SeriesRequest request, ProviderReply reply, Normalised content, bool keepUnreadable,
        CancellationToken cancellationToken)
    {
        var asked = request.Context.Pair;
        var writer = new DatasetWriter(feed.Provider, feed.Dataset, stores);
        IReadOnlyList<NormalisedReply> replies = [new NormalisedReply(new Ask(request, WholeHistory: false), reply, content)];
        var unreadable = content.Records.Count == 0 && content.Refusals.Count > 0 ? content.Refusals[0] : null;
        if (unreadable is null || keepUnreadable)
        {
            await writer.KeepLettersAsync(replies, cancellationToken).ConfigureAwait(false);
        }

        if (unreadable is not null)
        {
            var known = asked is null ? null : await pairs.FindAsync(feed.Provider, asked, cancellationToken).ConfigureAwait(false);
            return new ReplyIngestResult(known, default, unreadable);
        }

        var counts = await writer.AppendAsync(replies, [], cancellationToken).ConfigureAwait(false);
        PairNumbers? numbers = asked is null ? null
            : await pairs.GetOrCreateAsync(feed.Provider, asked, cancellationToken).ConfigureAwait(false);
        return new ReplyIngestResult(numbers, counts, null);
    }
}
