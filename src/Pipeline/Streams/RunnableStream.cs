namespace AkkaCrypto.Pipeline.Streams;

/// <summary>A whole stream, from source to sink. Each run is its own.</summary>
public sealed class RunnableStream
{
    private readonly Func<CancellationToken, Task> run;

    internal RunnableStream(Func<CancellationToken, Task> run) => this.run = run;

    /// <summary>
    /// Runs on the thread pool until the stream finishes or fails (with the original exception) or is cancelled
    /// (<see cref="OperationCanceledException"/>). When the task ends, all stages have stopped and all enumerators are disposed.
    /// </summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.Run(() => run(cancellationToken), cancellationToken);
}

/// <summary>A whole stream whose sink gives a result.</summary>
public sealed class RunnableStream<TResult>
{
    private readonly Func<CancellationToken, Task<TResult>> run;

    internal RunnableStream(Func<CancellationToken, Task<TResult>> run) => this.run = run;

    /// <inheritdoc cref="RunnableStream.RunAsync"/>
    public Task<TResult> RunAsync(CancellationToken cancellationToken) => Task.Run(() => run(cancellationToken), cancellationToken);
}
