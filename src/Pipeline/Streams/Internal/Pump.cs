namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// The background task of a stage with an asynchronous boundary. Disposing cancels it and waits until it has ended, so that no stage leaves
/// anything running. What goes wrong in it is handed to <c>done</c>, which passes it on downstream.
/// </summary>
internal sealed class Pump : IAsyncDisposable
{
    private readonly CancellationTokenSource cancel;
    private readonly Task task;

    /// <param name="stage">Name in the ledger of running stages.</param>
    /// <param name="body">Ends when upstream has finished; honours its token.</param>
    /// <param name="done">Told once, at the end, with the failure if there was one.</param>
    /// <param name="cancellationToken">The run's token.</param>
    public Pump(string stage, Func<CancellationToken, Task> body, Action<Exception?> done, CancellationToken cancellationToken)
    {
        cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // On the pool: an upstream that never waits must not keep the one who opens the stage from going on.
        task = Task.Run(() => RunAsync(stage, body, done, cancel.Token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await cancel.CancelAsync();
        await task;
        cancel.Dispose();
    }

    private static async Task RunAsync(string stage, Func<CancellationToken, Task> body, Action<Exception?> done, CancellationToken token)
    {
        using var entry = StageLedger.Enter(stage);
        Exception? failure = null;
        try
        {
            await body(token);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        done(failure);
    }
}
