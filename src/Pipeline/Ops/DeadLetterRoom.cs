using AkkaCrypto.Contracts.Settings;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>There is no room for another dead letter. A feed waits, as it does for a database that is away, until letters are replayed or
/// purged.</summary>
public sealed class DeadLettersFullException(string message) : Exception(message);

/// <summary>
/// The bound of the dead letters. At it the oldest replayed letters go; where only open ones are left, nothing more is taken: whoever
/// brings a letter is refused and must wait, for to drop it would lose what a provider said, unseen. Letters of single records, a few
/// hundred bytes each, are part of their batch's transaction and always kept; they count here all the same.
/// </summary>
/// <param name="settings">Read live.</param>
/// <param name="time">For how old the count may be.</param>
public sealed class DeadLetterRoom(NpgsqlDataSource database, Func<DeadLetterSettings> settings, TimeProvider time) : IDisposable
{
    /// <summary>What others and this process's batches have kept since is not seen before: the bounds are exceeded by no more.</summary>
    private static readonly TimeSpan CountedEvery = TimeSpan.FromSeconds(5);

    private const string Count = "SELECT count(*), coalesce(sum(payload_bytes), 0)::bigint FROM ops.dead_letters";

    private const string DropReplayed = """
        DELETE FROM ops.dead_letters WHERE dead_letter_id IN (
            SELECT dead_letter_id FROM ops.dead_letters WHERE state = 'replayed' ORDER BY dead_letter_id LIMIT 500)
        """;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _letters;
    private long _bytes;
    private long? _countedAt;

    /// <summary>Takes room for these letters.</summary>
    /// <exception cref="DeadLettersFullException">There is none.</exception>
    public async Task TakeAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        var bytes = letters.Sum(letter => (long)letter.Payload.Length);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await TakeAsync(letters.Count, bytes, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task TakeAsync(int letters, long bytes, CancellationToken cancellationToken)
    {
        if (_countedAt is not { } at || time.GetElapsedTime(at) >= CountedEvery || !Fits(letters, bytes))
        {
            await CountAsync(cancellationToken);
        }

        while (!Fits(letters, bytes))
        {
            await using var drop = database.CreateCommand(DropReplayed);
            if (await drop.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                var bound = settings();
                throw new DeadLettersFullException(
                    $"The dead letters are full: {_letters} of {bound.MaxCount} letters and {_bytes} of {bound.MaxBytes} bytes are open. "
                    + "Replay or purge some, or raise akkacrypto.dead-letters.");
            }

            await CountAsync(cancellationToken);
        }

        (_letters, _bytes) = (_letters + letters, _bytes + bytes);
    }

    private bool Fits(int letters, long bytes) =>
        settings() is var bound && _letters + letters <= bound.MaxCount && _bytes + bytes <= bound.MaxBytes;

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        (_letters, _bytes, _countedAt) = (reader.GetInt64(0), reader.GetInt64(1), time.GetTimestamp());
    }
}
