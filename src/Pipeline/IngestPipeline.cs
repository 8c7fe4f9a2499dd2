using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Streams;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline;

/// <summary>Told of every committed batch, in the order of its feed's commits. Must neither throw nor wait: it runs on the way of the
/// data.</summary>
public delegate void CommittedBatch(Feed feed, IReadOnlyList<NormalisedReply> replies);

/// <summary>The way of the data, from a provider to committed rows: one graph for each feed.</summary>
public sealed class IngestPipeline(FeedStores stores, CommittedBatch publish, TimeProvider time, Random random, ILogger<IngestPipeline> log)
{
    /// <summary>
    /// The graph of one feed. Backpressure starts at the write: while a batch waits there, at most <c>buffer</c> replies and
    /// <c>parallelism</c> requests wait behind it, and then the provider is asked for nothing. A failure of the graph itself starts it anew
    /// from what is committed; replies in flight are discarded and asked for again.
    /// </summary>
    public RunnableStream Of(Feed feed)
    {
        var rounds = new Rounds(feed, time);
        var tracker = new SeriesTracker(feed.Provider, feed.Dataset, feed.WindowSize, time);
        var batches = new BatchWrite(feed, tracker, new DatasetWriter(feed.Provider, feed.Dataset, stores), time, log);

        return RestartSource.WithBackoff(
                () => BackoffOf(feed),
                () => Source.From(cancellation => AsksAsync(feed, rounds, tracker, cancellation))
                    .Throttle(() => feed.Stream.RequestsPerSecond, burst: 1, time)
                    .SelectAsync(() => feed.Stream.Parallelism, (ask, cancellation) => FetchAsync(feed, ask, cancellation))
                    .Where(fetched => fetched.Reply is not null)
                    .Select(fetched => Read(feed, fetched.Ask, fetched.Reply!))
                    .Where(reply => !reply.IsProviderError)
                    .Buffer(() => feed.Stream.Buffer) // waits when full; dropping would be wrong: what a provider showed once may be gone
                    .GroupedWeightedWithin(() => feed.Stream.BatchSize, reply => reply.Weight, () => feed.Stream.FlushInterval, time)
                    .SelectAsync(() => 1, batches.WriteAsync),
                time, random, failure => Restarting(feed, failure))
            .To(Sink.ForEach<IReadOnlyList<NormalisedReply>>(replies => Committed(feed, rounds, replies)));
    }

    /// <summary>What to ask for, from what is committed on; opened at each start of the graph.</summary>
    private async IAsyncEnumerable<Ask> AsksAsync(
        Feed feed, Rounds rounds, SeriesTracker tracker, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await stores.Positions.ListAsync(cancellationToken).ConfigureAwait(false);
        var committed = all.Where(position => IsOf(feed, position.Series)).ToList();
        tracker.Reset(
            committed, await stores.Gaps.OpenUntilAsync(feed.Provider, feed.Dataset, cancellationToken).ConfigureAwait(false));
        committed.ForEach(position => feed.Health.HasData(position.Series.Series));
        var gaps = await stores.Gaps.CountOpenAsync(cancellationToken).ConfigureAwait(false);
        feed.Health.HasGaps(gaps.Where(gap => IsOf(feed, gap.Key)).Sum(gap => gap.Value));

        var polled = Source.Poll(() => rounds.Every, _ => Task.FromResult(rounds.Next()), time);
        await foreach (var round in polled.Enumerate(cancellationToken).ConfigureAwait(false))
        {
            foreach (var ask in round)
            {
                yield return ask;
            }
        }
    }

    // A provider that does not answer is no failure of the stream: the next round asks again. A pause also ends a round under way.
    private async Task<(Ask Ask, ProviderReply? Reply)> FetchAsync(Feed feed, Ask ask, CancellationToken cancellationToken)
    {
        if (feed.Stream.Paused)
        {
            return (ask, null);
        }

        try
        {
            feed.Health.Asked();
            return (ask, await feed.Client.GetAsync(new UpstreamRequest(ask.Path, ask.Request.Weight), cancellationToken).ConfigureAwait(false));
        }
        catch (UpstreamException exception)
        {
            var level = feed.Health.Failed(exception.Message) ? LogLevel.Warning : LogLevel.Debug;
            log.Log(level, "{Feed}: {Trouble}", feed, exception.Message);
            return (ask, null);
        }
    }

    private NormalisedReply Read(Feed feed, Ask ask, ProviderReply reply)
    {
        var content = ReplyReader.Read(feed.Normaliser, ask.Request.Context, reply);
        if (content.Refusals is [var first, ..])
        {
            feed.Health.Failed($"{ask.Request.Series}: {first.Code.Text()}: {first.Message}");
            log.LogWarning(
                "{Feed}/{Series}: {Refusals} refused, first {Code} at {Path}: {Message}",
                feed, ask.Request.Series, content.Refusals.Count, first.Code.Text(), first.Path, first.Message);
        }

        return new NormalisedReply(ask, reply, content);
    }

    private void Committed(Feed feed, Rounds rounds, IReadOnlyList<NormalisedReply> replies)
    {
        foreach (var reply in replies)
        {
            rounds.Committed(reply);
            if (reply.Missed is { } gap)
            {
                feed.Health.FoundGap();
                log.LogWarning(
                    "{Series}: missed what came between {From} and {To}; it is in the gap register", gap.Series, gap.From, gap.To);
            }

            if (reply.Content.Records.Count > 0)
            {
                feed.Health.HasData(reply.Request.Series);
            }
        }

        publish(feed, replies);
    }

    private void Restarting(Feed feed, Exception? failure)
    {
        var reason = failure?.Message ?? "its source ended";
        feed.Health.Restarted(reason);
        log.LogError(failure, "{Feed} starts anew: {Reason}", feed, reason);
    }

    private static bool IsOf(Feed feed, SeriesKey series) => series.Provider == feed.Provider && series.Dataset == feed.Dataset;

    private static RestartBackoff BackoffOf(Feed feed) =>
        new(feed.Stream.Restart.MinBackoff, feed.Stream.Restart.MaxBackoff, feed.Stream.Restart.Jitter);
}
