using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.Retry;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// Commits one feed's batches, one after the other. While the database is away a batch waits here and is tried again for as long as the
/// stream runs: nothing is dropped, and what waits before it is bounded, so the feed stops asking. A transaction that the database itself
/// refuses (a value that no check before caught) is taken apart, so that only the reply to blame goes to the dead letters and the feed is
/// never stuck on it. Where the dead letters are full a batch that brings one waits in the same way.
/// </summary>
public sealed class BatchWrite(Feed feed, SeriesTracker tracker, DatasetWriter writer, TimeProvider time, ILogger log)
{
    /// <summary>What comes many times a second when all is well: for the log's files, not for the console.</summary>
    public static readonly EventId Routine = new(1, nameof(Routine));

    private readonly ResiliencePipeline _untilDatabaseAnswers = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(PostgresErrors.IsTransient).Handle<DeadLettersFullException>(),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(2),
            OnRetry = attempt =>
            {
                Waiting(feed, log, attempt.Outcome.Exception!, isNews: attempt.AttemptNumber == 0);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <returns>The replies that are committed now: all but those that were set aside, each with how far it took its series.</returns>
    public async Task<IReadOnlyList<NormalisedReply>> WriteAsync(IReadOnlyList<NormalisedReply> batch, CancellationToken cancellationToken)
    {
        foreach (var reply in batch)
        {
            feed.Health.Waiting.Leave(reply.Entered);
        }

        var entered = feed.Health.Writing.Enter();
        try
        {
            return await WriteMeasuredAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            feed.Health.Writing.Leave(entered);
        }
    }

    private async Task<IReadOnlyList<NormalisedReply>> WriteMeasuredAsync(
        IReadOnlyList<NormalisedReply> batch, CancellationToken cancellationToken)
    {
        // First and on their own, so that a write that is tried again does not count them again.
        await UntilAnsweredAsync(token => writer.KeepLettersAsync(batch, token), cancellationToken).ConfigureAwait(false);
        var committed = new List<NormalisedReply>(batch.Count);
        foreach (var transaction in writer.ByTransaction(batch))
        {
            try
            {
                committed.AddRange(await CommitAsync(transaction, cancellationToken).ConfigureAwait(false));
            }
            catch (PostgresException refusal) when (PostgresErrors.IsRefusedData(refusal))
            {
                foreach (var reply in transaction)
                {
                    committed.AddRange(await CommitOrSetAsideAsync(reply, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        return committed;
    }

    private async Task<IReadOnlyList<NormalisedReply>> CommitAsync(
        IReadOnlyList<NormalisedReply> replies, CancellationToken cancellationToken)
    {
        var followed = tracker.Follow(replies);
        var progress = tracker.ProgressOf(followed);
        var counts = default(IngestCounts);
        await UntilAnsweredAsync(
            async token => counts = await writer.AppendAsync(followed, progress, token).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        tracker.Committed(progress);
        Tell(followed, counts);
        return followed;
    }

    private async Task<IReadOnlyList<NormalisedReply>> CommitOrSetAsideAsync(NormalisedReply reply, CancellationToken cancellationToken)
    {
        try
        {
            return await CommitAsync([reply], cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (PostgresErrors.IsRefusedData(refused))
        {
            await UntilAnsweredAsync(
                token => writer.SetAsideAsync(reply, refused.MessageText, token), cancellationToken).ConfigureAwait(false);
            var records = reply.Content.Records.Count + reply.Unreadable;
            feed.Health.Counted(new IngestCounts(records, 0, 0, 0, 0, records), rounded: 0);
            feed.Health.Failed($"{reply.Request.Series}: the database refused a reply: {refused.MessageText}");
            log.LogError(
                refused, "{Feed}: the database refused a reply of {Series}; it is in the dead letters", feed, reply.Request.Series);
            return [];
        }
    }

    private static Dictionary<string, DateTimeOffset> NewestOf(IReadOnlyList<NormalisedReply> committed)
    {
        var newest = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var reply in committed)
        {
            if (reply.Furthest?.Time.ToDateTimeOffset() is { } at && !(newest.GetValueOrDefault(reply.Request.Series) > at))
            {
                newest[reply.Request.Series] = at;
            }
        }

        return newest;
    }

    private void Tell(IReadOnlyList<NormalisedReply> committed, IngestCounts counts)
    {
        feed.Health.Counted(counts, committed.Sum(static reply => reply.Content.Rounded));
        log.LogInformation(
            Routine,
            "{Feed} committed {Attempted} records of {Replies} replies: {Inserted} inserted, {Skipped} skipped, {Differing} differing, "
            + "{Revised} revised, {Rejected} rejected",
            feed, counts.Attempted, committed.Count, counts.Inserted, counts.Skipped, counts.Differing, counts.Revised, counts.Rejected);
        if (committed.Any(reply => !reply.IsRefusedWhole))
        {
            feed.Health.Committed(NewestOf(committed));
        }

        if (counts.Differing > 0)
        {
            log.LogError(
                "{Feed}: {Differing} records came with other content under a stored key; the stored stay, these are in the dead letters",
                feed, counts.Differing);
        }
    }

    private async Task UntilAnsweredAsync(Func<CancellationToken, Task> write, CancellationToken cancellationToken) =>
        await _untilDatabaseAnswers.ExecuteAsync(
            static async (write, token) => await write(token).ConfigureAwait(false), write, cancellationToken).ConfigureAwait(false);

    private static void Waiting(Feed feed, ILogger log, Exception trouble, bool isNews)
    {
        var isFull = trouble is DeadLettersFullException;
        feed.Health.Failed(isFull ? trouble.Message : $"the database does not take writes: {trouble.Message}");
        if (isNews)
        {
            log.Log(
                isFull ? LogLevel.Error : LogLevel.Warning, trouble, "{Feed} waits for {What}",
                feed, isFull ? "room in the dead letters" : "the database");
        }
    }

}
