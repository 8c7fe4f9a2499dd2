namespace AkkaCrypto.Contracts.Ops;

/// <summary>What a shard is doing.</summary>
public enum ShardState
{
    /// <summary>It takes its epoch, at the start or after a failure: commands wait.</summary>
    Taking,

    /// <summary>It decides and commits.</summary>
    Running,

    /// <summary>Another owner has taken it: commands are refused here.</summary>
    Lost,

    /// <summary>It has ended.</summary>
    Stopped,
}

/// <summary>One shard of entities; totals are since its region started.</summary>
/// <param name="Region">Whose shard: <c>ledger</c>.</param>
/// <param name="Shard">Its number, from 0.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Epoch">Under which it commits; 0 before the first.</param>
/// <param name="MailboxDepth">Commands that wait now.</param>
/// <param name="MailboxFull">Commands refused because the mailbox was full.</param>
/// <param name="Active">Entities in memory, absent ones that are remembered as such included.</param>
/// <param name="Commands">Commands answered, reads and refusals included.</param>
/// <param name="Commits">Commits done.</param>
/// <param name="CommittedCommands">Commands in them: over <paramref name="Commits"/>, the batch size.</param>
/// <param name="Failures">Times that the shard dropped its state and loaded again.</param>
/// <param name="Waited">Summed over all commands, from the mailbox to the decision.</param>
/// <param name="Committing">Summed over all commits, from the sending to the database's word.</param>
public sealed record ShardStatus(
    string Region, int Shard, ShardState State, long Epoch, int MailboxDepth, long MailboxFull, int Active, long Commands, long Commits,
    long CommittedCommands, long Failures, TimeSpan Waited, TimeSpan Committing);
