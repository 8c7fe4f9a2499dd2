using System.Collections.Concurrent;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// One shard's tables. A commit is one message of several statements in one implicit transaction: there is no BEGIN that a stopped process
/// could leave open. A second one goes over another connection and waits in the database until the first has ended: so the database goes
/// on with it at once, and it is the database that refuses it where the first hasn't landed.
/// </summary>
/// <param name="database">See <see cref="WalletLedger.OpenDatabase"/>.</param>
/// <param name="shard">Its number.</param>
/// <param name="signer">Of every commit.</param>
/// <param name="time">Of what is loaded.</param>
/// <param name="started">Where legs are that need not be read.</param>
/// <param name="keepsConnections">Whether the two stay with the shard; otherwise they go back to the pool after each commit.</param>
internal sealed class LedgerJournal(
    NpgsqlDataSource database, int shard, LedgerSigner signer, TimeProvider time, StartedLegs started, bool keepsConnections)
    : IJournal<LedgerKey, LedgerState, LedgerEvent>
{
    /// <summary>Loads for which keys are looked up after one was there: who repeats one old key is likely to repeat more.</summary>
    private const int LoadsToLookFor = 256;

    /// <summary>SQLSTATE of ledger.require_turn: the shard's commit before isn't there.</summary>
    private const string OutOfTurn = "LE007";

    /// <summary>See <see cref="LedgerStatements.AheadLocks"/>.</summary>
    private static readonly string Take = $"""
        INSERT INTO ledger.shards AS s (shard, epoch, owner)
        SELECT $1, 1, $2 FROM (SELECT pg_advisory_xact_lock({LedgerStatements.AheadLocks}, $1::int)) none_is_ahead
        ON CONFLICT (shard) DO UPDATE SET epoch = s.epoch + 1, owner = $2, taken_at = now() WHERE NOT $3 OR s.owner = $2
        RETURNING epoch
        """;

    private const string LastCommit = "SELECT number, head FROM ledger.commits WHERE shard = $1 ORDER BY number DESC LIMIT 1";

    /// <summary>Who keeps a backend from going on.</summary>
    private const string EndBlockers = "SELECT pg_terminate_backend(blocker) FROM unnest(pg_blocking_pids($1)) AS blocker";

    /// <summary>Whoever is in the way of a taking has so long to end by itself, but never longer than half of what the taking has: else it
    /// would be given up before anybody is ended, and so would each one after it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Guid owner = Guid.NewGuid();
    private readonly LedgerLoad load = new(database, started, time);
    private readonly ConcurrentBag<CommitConnection> kept = [];
    private long commits;
    private byte[] head = CommitSeal.NoHead;
    private Task previous = Task.CompletedTask;
    private int looks;
    private volatile bool isDisposed;

    public async Task<long> TakeAsync(bool again, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var take = new NpgsqlCommand(Take, connection);
        take.Parameters.AddValue((short)shard);
        take.Parameters.AddValue(owner);
        take.Parameters.AddValue(again);
        var taking = take.ExecuteScalarAsync(cancellationToken);
        try
        {
            await EndBlockersAsync(taking, take, cancellationToken);
        }
        finally
        {
            // A connection that is closed while a command still reads from it may wait for ever.
            await ((Task)taking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var epoch = await taking as long? ?? throw new FencedException($"Shard {shard} was taken by another owner.");

        await using var last = new NpgsqlCommand(LastCommit, connection);
        last.Parameters.AddValue((short)shard);
        await using var row = await last.ExecuteReaderAsync(cancellationToken);
        (commits, head) = !await row.ReadAsync(cancellationToken) ? (0, CommitSeal.NoHead)
            : (row.GetInt64(0), row.IsDBNull(1) ? CommitSeal.NoHead : row.GetFieldValue<byte[]>(1));
        previous = Task.CompletedTask;
        return epoch;
    }

    public Task LoadAsync(IReadOnlyList<LedgerKey> keys, Action<LedgerKey, LedgerState> found, CancellationToken cancellationToken)
    {
        var looksForRequests = looks > 0;
        looks = Math.Max(0, looks - 1);
        return load.RunAsync(keys, looksForRequests, found, cancellationToken);
    }

    public async Task ConfirmAbsentAsync(IReadOnlyList<LedgerKey> keys, CancellationToken cancellationToken)
    {
        var isThere = false;
        await load.RunAsync(keys, looksForRequests: true, (_, _) => isThere = true, cancellationToken);
        if (isThere)
        {
            throw UsedBefore();
        }
    }

    public Task CommitAsync(Commit<LedgerKey, LedgerState, LedgerEvent> commit, CancellationToken cancellationToken)
    {
        var statements = new LedgerStatements(shard, ++commits, commit);
        var seal = statements.Seal(signer, head);
        head = seal.Head;
        return previous = InTurnAsync(statements, seal, previous, cancellationToken);
    }

    /// <summary>Gives its connections back.</summary>
    public ValueTask DisposeAsync()
    {
        isDisposed = true;
        return ReleaseAsync();
    }

    /// <summary>The second of two connections may be served first. That commit is refused then, and has its turn once the other has
    /// landed.</summary>
    private async Task InTurnAsync(LedgerStatements statements, CommitSeal seal, Task before, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await SendAsync(statements, seal, isAhead: !before.IsCompleted, cancellationToken);
            }
            catch (PostgresException early) when (early.SqlState == OutOfTurn)
            {
                await before;
                await SendAsync(statements, seal, isAhead: false, cancellationToken);
            }
        }
        catch (PostgresException refused)
        {
            throw Translated(refused);
        }
    }

    private async Task SendAsync(LedgerStatements statements, CommitSeal seal, bool isAhead, CancellationToken cancellationToken)
    {
        var connection = kept.TryTake(out var last) ? last : new(await database.OpenConnectionAsync(cancellationToken));
        try
        {
            connection.Begin();
            statements.AddTo(connection, seal, isAhead);
            await connection.SendAsync(cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            await ReleaseAsync(); // the other one has most likely lost the server too
            throw;
        }

        kept.Add(connection);
        if (!keepsConnections || isDisposed)
        {
            await ReleaseAsync();
        }
    }

    private async ValueTask ReleaseAsync()
    {
        while (kept.TryTake(out var connection))
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>
    /// An owner that was stopped while it sent a commit still has its lock on the shard's row, and one that had sent a commit ahead of its
    /// turn the advisory lock that stands for it. It loses the shard by this very taking, so its connections are ended: what it had not
    /// committed is then rolled back.
    /// </summary>
    private async Task EndBlockersAsync(Task taking, NpgsqlCommand take, CancellationToken cancellationToken)
    {
        var half = TimeSpan.FromSeconds(take.CommandTimeout) / 2;
        var patience = half < Patience ? half : Patience;
        while (await Task.WhenAny(taking, Task.Delay(patience, time, cancellationToken)) != taking)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var end = database.CreateCommand(EndBlockers);
            end.Parameters.AddValue(take.Connection!.ProcessID);
            await end.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>The server's own word: nothing of the commit was written.</summary>
    private Exception Translated(PostgresException refused)
    {
        switch (refused)
        {
            case { SqlState: "LE001" }:
                return new FencedException(refused.MessageText, refused);
            case { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "request_keys_pkey" or "transfers_pkey" }:
                return UsedBefore(refused);
            case { SqlState: ['2', '2' or '3', ..] or ['5', '4', ..] or ['L', 'E', ..] }:
                return new CommitRefusedException(refused.MessageText, refused);
            default:
                return new DatabaseUnavailableException($"The commit failed: {refused.MessageText}", refused);
        }
    }

    private StaleLoadException UsedBefore(Exception? inner = null)
    {
        looks = LoadsToLookFor;
        return new StaleLoadException("An idempotency key was used before.", inner);
    }
}
