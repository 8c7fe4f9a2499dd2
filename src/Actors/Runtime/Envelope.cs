namespace AkkaCrypto.Actors.Runtime;

/// <summary>A command on its way, and the promise of its answer.</summary>
internal sealed class Envelope<TCommand, TReply>(TCommand command, long posted, long expires, CancellationToken cancelled)
    : TaskCompletionSource<Asked<TReply>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public TCommand Command => command;

    /// <summary>Timestamp of the region's clock.</summary>
    public long Posted => posted;

    /// <summary>The entity's reply, which waits for the commit.</summary>
    public TReply? Decided { get; set; }

    public bool IsExpired(long now) => now >= expires;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsAbandoned => cancelled.IsCancellationRequested || Task.IsCompleted;

    public void Answer() => TrySetResult(new(AskOutcome.Answered, Decided));

    public void End(AskOutcome outcome) => TrySetResult(new(outcome, default));
}
