namespace AkkaCrypto.Actors.Runtime;

/// <summary>What became of a command.</summary>
public enum AskOutcome
{
    /// <summary>It was decided, and what it decided is committed. A refusal by the entity is an answer too.</summary>
    Answered,

    /// <summary>The shard's mailbox is full. Nothing was done.</summary>
    MailboxFull,

    /// <summary>
    /// No answer within the deadline. It may still be carried out, so who asks again must send the same idempotency key.
    /// </summary>
    DeadlinePassed,

    /// <summary>The shard can't be served here: another owner has it, or its journal is away. Nothing was done.</summary>
    Unavailable,

    /// <summary>The region is being stopped. Nothing was done.</summary>
    Stopping,

    /// <summary>Deciding or committing this command alone failed: a bug. Nothing was done; the log has the exception.</summary>
    Failed,
}

/// <summary>An outcome, with the entity's reply where there is one.</summary>
/// <param name="Outcome">What became of the command.</param>
/// <param name="Reply">The entity's own reply; there with <see cref="AskOutcome.Answered"/> and never otherwise.</param>
public readonly record struct Asked<TReply>(AskOutcome Outcome, TReply? Reply);

/// <summary>
/// Where commands to entities go. All that a caller sees: whether the entity's shard runs in this process or in another one is not its
/// concern.
/// </summary>
public interface IShardRegion<in TCommand, TReply>
{
    /// <summary>Carries the command out, after those that came before it, and answers once what it decided is committed.</summary>
    /// <param name="command">Immutable. It may be decided more than once, if the outcome of a commit is unknown: it carries what makes the
    /// second time harmless.</param>
    /// <param name="cancellationToken">Ends the waiting; the command is then dropped if it wasn't decided yet.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled before the answer.</exception>
    Task<Asked<TReply>> AskAsync(TCommand command, CancellationToken cancellationToken);
}
