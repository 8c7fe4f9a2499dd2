using AkkaCrypto.Contracts.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <param name="Origin">The request that brought the payload, without secrets.</param>
public sealed record DeadLetter(SeriesKey Series, string Origin, Refusal Refusal, ReadOnlyMemory<byte> Payload, DateTimeOffset SeenAt);

/// <summary>What could not be taken, whole. The same payload refused for the same reason again only counts up.</summary>
public sealed class DeadLetterStore(NpgsqlDataSource database)
{
    /// <summary>Keeps all of them or none. Of letters with one payload and reason, the first one's origin and message are kept.</summary>
    public async Task KeepAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        if (letters.Count == 0)
        {
            return;
        }

        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(DeadLetterStatements.Keep(letters));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
