using System.Collections.Concurrent;
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
    /// from what is committed; replies in flight are discarded and asked for again. A feed that listens closes its connection instead
    /// (<see cref="SocketEvents"/>); the books that it follows wait for nobody (<see cref="SocketBooks"/>).
    /// </summary>
    public RunnableStream Of(Feed feed)
    {
        var rounds = new Rounds(feed, time);
        var tracker = new SeriesTracker(feed.Provider, feed.Dataset, feed.WindowSize, time);
        var batches = new BatchWrite(feed, tracker, new DatasetWriter(feed.Provider, feed.Dataset, stores), time, log);

        return RestartSource.WithBackoff(
                feed.Backoff,
                () => Source.From(cancellation => FromCommittedAsync(feed, tracker, Replies(feed, rounds), cancellation))
                    .Buffer(() => feed.Stream.Buffer) // waits when full; dropping would be wrong: what a provider showed once may be gone
                    .GroupedWeightedWithin(() => feed.Stream.BatchSize, reply => reply.Weight, () => feed.Stream.FlushInterval, time)
                    .SelectAsync(() => 1, batches.WriteAsync),
                time, random, failure => Restarting(feed, failure))
            .To(Sink.ForEach<IReadOnlyList<NormalisedReply>>(replies => Committed(feed, rounds, replies)));
    }

    /// <summary>What the provider says, by polling, or by its websocket while the settings want that.</summary>
    private Source<NormalisedReply> Replies(Feed feed, Rounds rounds) => feed.Pushed is not { } pushed ? Polled(feed, rounds)
        : Source.Switch(
            () => FeedMode.Of(feed),
            mode => mode.Connection is not { } connection ? Polled(feed, rounds)
                : pushed.Books is null
                    ? new SocketEvents(feed, asks => Noted(rounds, Fetched(feed, asks)), fetched => Read(feed, fetched), time, random, log)
                        .Listen(AsksOf(rounds), connection)
                    : new SocketBooks(feed, stores.OrderBooks, asks => Fetched(feed, asks), time, random, log).Listen(connection),
            time);

    private Source<NormalisedReply> Polled(Feed feed, Rounds rounds) =>
        Source.From(cancellation => PolledAsync(feed, rounds, cancellation));

    private async IAsyncEnumerable<NormalisedReply> PolledAsync(
        Feed feed, Rounds rounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        feed.Health.Listens(null);
        if (feed.Pushed?.Books is not null)
        {
            await stores.OrderBooks.Resyncs.EndAllAsync(feed.Provider, cancellationToken).ConfigureAwait(false);
        }

        var replies = Noted(rounds, Fetched(feed, AsksOf(rounds)))
            .Select(fetched => Read(feed, fetched)).Where(reply => reply is not null);
        await foreach (var reply in replies.Enumerate(cancellationToken).ConfigureAwait(false))
        {
            yield return reply!;
        }
    }

    private Source<Ask> AsksOf(Rounds rounds) =>
        Source.Poll(() => rounds.Every, _ => Task.FromResult(rounds.Next()), time).SelectMany(static round => round);

    /// <summary>What has no reply is asked for again before its next round.</summary>
    private static Source<Fetched> Noted(Rounds rounds, Source<Fetched> fetched) => fetched.Select(one =>
    {
        if (one.Reply is null)
        {
            rounds.Failed(one.Ask);
        }

        return one;
    });

    /// <summary>
    /// Asks at the feed's pace and gives the replies as they come: a series that is slow, or hangs until its attempts are used up, holds up
    /// no other. Of one series one request is under way at a time, so that its replies keep their order; an ask that finds one is left out.
    /// For one run.
    /// </summary>
    private Source<Fetched> Fetched(Feed feed, Source<Ask> asks)
    {
        var underWay = new ConcurrentDictionary<string, Ask>(StringComparer.Ordinal);
        return asks.Where(ask => underWay.TryAdd(ask.Request.Series, ask))
            .Throttle(() => feed.Stream.RequestsPerSecond, burst: 1, time)
            .SelectAsyncUnordered(() => feed.Stream.Parallelism, (ask, cancellation) => FetchAsync(feed, ask, cancellation))
            .Select(fetched =>
            {
                underWay.TryRemove(fetched.Ask.Request.Series, out _);
                return fetched;
            });
    }

    /// <summary>Each run begins at what is committed.</summary>
    private async IAsyncEnumerable<NormalisedReply> FromCommittedAsync(
        Feed feed, SeriesTracker tracker, Source<NormalisedReply> replies, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await stores.Positions.ListAsync(cancellationToken).ConfigureAwait(false);
        var committed = all.Where(position => IsOf(feed, position.Series)).ToList();
        tracker.Reset(
            committed, await stores.Gaps.OpenUntilAsync(feed.Provider, feed.Dataset, cancellationToken).ConfigureAwait(false));
        feed.Health.Waiting.Emptied(); // a graph that starts anew has discarded what was on its way
        committed.ForEach(position => feed.Health.HasData(position.Series.Series));
        var gaps = await stores.Gaps.CountOpenAsync(cancellationToken).ConfigureAwait(false);
        feed.Health.HasGaps(gaps.Where(gap => IsOf(feed, gap.Key)).Sum(gap => gap.Value));
        await foreach (var reply in replies.Enumerate(cancellationToken).ConfigureAwait(false))
        {
            yield return reply with { Entered = feed.Health.Waiting.Enter() };
        }
    }

    // A provider that does not answer is no failure of the stream: the next round asks again. A pause also ends a round under way.
    private async Task<Fetched> FetchAsync(Feed feed, Ask ask, CancellationToken cancellationToken)
    {
        if (feed.Stream.Paused)
        {
            return new Fetched(ask, null);
        }

        var entered = feed.Health.Fetching.Enter();
        try
        {
            feed.Health.Asked();
            var asked = new UpstreamRequest(ask.Path, ask.Request.Weight, ask.Priority);
            return new Fetched(ask, await feed.Client.GetAsync(asked, cancellationToken).ConfigureAwait(false));
        }
        catch (UpstreamException exception)
        {
            var level = feed.Health.Failed(exception.Message) ? LogLevel.Warning : LogLevel.Debug;
            log.Log(level, "{Feed}: {Trouble}", feed, exception.Message);
            return new Fetched(ask, null);
        }
        finally
        {
            feed.Health.Fetching.Leave(entered);
        }
    }

    /// <summary>Null where no reply came, or only the provider's error: there is nothing to store.</summary>
    private NormalisedReply? Read(Feed feed, Fetched fetched)
    {
        var (ask, reply) = fetched;
        if (reply is null)
        {
            return null;
        }

        var content = feed.Read(ask.Request, reply);
        if (content.Refusals is [var first, ..])
        {
            feed.Health.Failed($"{ask.Request.Series}: {first.Code.Text()}: {first.Reason}");
            log.LogWarning(
                "{Feed}/{Series}: {Refusals} refused, first {Code} at {Path}: {Message}",
                feed, ask.Request.Series, content.Refusals.Count, first.Code.Text(), first.Path, first.Message);
        }

        var read = new NormalisedReply(ask, reply, content);
        return read.IsProviderError ? null : read;
    }

    private void Committed(Feed feed, Rounds rounds, IReadOnlyList<NormalisedReply> replies)
    {
        foreach (var reply in replies)
        {
            rounds.Committed(reply);
            foreach (var gap in reply.Gaps)
            {
                feed.Health.FoundGap();
                log.LogWarning(
                    "{Series}: missed what came between {From} and {To}; it is in the gap register: {Reason}",
                    gap.Series, gap.From, gap.To, gap.Reason);
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
}
