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
/// Commits one feed's batches, one after the other. While the database is away a batch waits here and is tried again for as long as the stream
/// runs: nothing is dropped, and what waits before it is bounded, so the feed stops asking. A batch that the database itself refuses (a value
/// that no check before caught) is taken apart, so that only the reply to blame goes to the dead letters and the feed is never stuck on it.
/// </summary>
public sealed class BatchWrite(Feed feed, DatasetWriter writer, DeadLetterStore deadLetters, TimeProvider time, ILogger log)
{
    private readonly ResiliencePipeline _untilDatabaseAnswers = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(PostgresErrors.IsTransient),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(2),
            OnRetry = attempt =>
            {
                feed.Health.Failed($"the database does not take writes: {attempt.Outcome.Exception!.Message}");
                if (attempt.AttemptNumber == 0)
                {
                    log.LogWarning(attempt.Outcome.Exception, "{Feed} waits for the database", feed);
                }

                return ValueTask.CompletedTask;
            },
        })
        .Build();

    public async Task<IReadOnlyList<NormalisedReply>> WriteAsync(IReadOnlyList<NormalisedReply> batch, CancellationToken cancellationToken)
    {
        var counts = default(IngestCounts);
        try
        {
            counts = await CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refusal) when (IsRefusedData(refusal))
        {
            foreach (var reply in batch)
            {
                counts += await CommitOrSetAsideAsync(reply, cancellationToken).ConfigureAwait(false);
            }
        }

        var newest = batch.Select(reply => reply.Furthest?.Time).Max();
        feed.Health.Committed(counts, newest?.ToDateTimeOffset());
        if (counts.Differing > 0)
        {
            log.LogError("{Feed}: {Differing} records came with other content under a stored key; the stored ones stay, the others are in the dead letters", feed, counts.Differing);
        }

        return batch;
    }

    private async Task<IngestCounts> CommitOrSetAsideAsync(NormalisedReply reply, CancellationToken cancellationToken)
    {
        try
        {
            return await CommitAsync([reply], cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (IsRefusedData(refused))
        {
            log.LogError(refused, "{Feed}: the database refused a reply of {Series}; it is in the dead letters", feed, reply.Request.Series);
            var letter = new DeadLetter(
                new SeriesKey(feed.Provider, feed.Dataset, reply.Request.Series), reply.Reply.Origin,
                new Refusal(RefusalCode.InvalidField, $"The database refused it: {refused.MessageText}"), reply.Reply.Body, reply.Reply.ReceivedAt);
            await _untilDatabaseAnswers.ExecuteAsync(
                async token => await deadLetters.KeepAsync([letter], token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return new IngestCounts(reply.Content.Records.Count, 0, 0, 0, 0, reply.Content.Records.Count);
        }
    }

    private ValueTask<IngestCounts> CommitAsync(IReadOnlyList<NormalisedReply> batch, CancellationToken cancellationToken) =>
        _untilDatabaseAnswers.ExecuteAsync(async token => await writer.WriteAsync(batch, token).ConfigureAwait(false), cancellationToken);

    // Classes 22 (data exception) and 23 (integrity constraint violation): the data is to blame, and trying again won't help.
    private static bool IsRefusedData(PostgresException exception) =>
        exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("23", StringComparison.Ordinal);
}
