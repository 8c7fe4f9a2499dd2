using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Where a command's commit can be when somebody dies, in the order of its way.</summary>
public enum CommitStep
{
    /// <summary>The states that it needs are loaded.</summary>
    Load,

    /// <summary>It is decided, and nothing of it was sent.</summary>
    BeforeSend,

    /// <summary>Before each of its statements: the shard's row, the commit's own, the keys, the entries.</summary>
    Epoch,
    CommitRow,
    Keys,
    Entries,

    /// <summary>All is written; the commit itself is under way.</summary>
    Committing,

    /// <summary>It has landed, and nobody has been told.</summary>
    Landed,

    /// <summary>All have been told.</summary>
    Replied,

    /// <summary>A commit was lost before it was sent, and now the shard is being taken again.</summary>
    TakeAgain,
}

/// <summary>
/// A shard's real journal, which tells of each step before it takes it. As with a process that dies, what was sent is not taken back: a
/// cancelled commit goes on in the database.
/// </summary>
internal sealed class WatchedJournal(
    IJournal<LedgerKey, LedgerState, LedgerEvent> journal, Func<CommitStep, CancellationToken, Task> at)
    : IJournal<LedgerKey, LedgerState, LedgerEvent>
{
    public async Task<long> TakeAsync(bool again, CancellationToken cancellationToken)
    {
        await (again ? at(CommitStep.TakeAgain, cancellationToken) : Task.CompletedTask);
        return await journal.TakeAsync(again, cancellationToken);
    }

    public async Task LoadAsync(IReadOnlyList<LedgerKey> keys, Action<LedgerKey, LedgerState> found, CancellationToken cancellationToken)
    {
        await at(CommitStep.Load, cancellationToken);
        await journal.LoadAsync(keys, found, cancellationToken);
    }

    public Task ConfirmAbsentAsync(IReadOnlyList<LedgerKey> keys, CancellationToken cancellationToken) =>
        journal.ConfirmAbsentAsync(keys, cancellationToken);

    public async Task CommitAsync(Commit<LedgerKey, LedgerState, LedgerEvent> commit, CancellationToken cancellationToken)
    {
        await at(CommitStep.BeforeSend, cancellationToken);
        await journal.CommitAsync(commit, CancellationToken.None).WaitAsync(cancellationToken);
        await at(CommitStep.Landed, cancellationToken);
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();
}
