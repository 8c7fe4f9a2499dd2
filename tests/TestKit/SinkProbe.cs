using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.TestKit;

/// <summary>The end of a stream, pulled by hand: asks for one element at a time, and cancels or breaks off when told.</summary>
public sealed class SinkProbe<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource cancel = new();
    private readonly IAsyncEnumerator<T> enumerator;
    private Task<bool>? request;
    private bool disposed;

    public SinkProbe(Source<T> source) => enumerator = source.Enumerate(cancel.Token).GetAsyncEnumerator(cancel.Token);

    /// <summary>Asks for an element without waiting for it. One request at a time.</summary>
    public void Request()
    {
        Assert.Null(request);
        request = Task.Run(() => enumerator.MoveNextAsync().AsTask());
    }

    /// <summary>Asks, unless it has asked already, and waits for the element.</summary>
    public async Task<T> ExpectNextAsync()
    {
        Assert.True(await AnswerAsync("the next element"), "the stream finished where an element was expected");
        return enumerator.Current;
    }

    /// <summary>As above; the element must be this one.</summary>
    public async Task ExpectNextAsync(T expected) => Assert.Equal(expected, await ExpectNextAsync());

    /// <summary>These elements, in this order.</summary>
    public async Task ExpectNextAsync(params T[] expected)
    {
        foreach (var element in expected)
        {
            Assert.Equal(element, await ExpectNextAsync());
        }
    }

    /// <summary>
    /// Asserts that a request under way has no answer once <paramref name="barrier"/> has ended: something that happens only after the
    /// stream has dealt with all it was given, such as its next demand or its timer's arming. Time proves nothing about silence.
    /// </summary>
    public async Task ExpectNoMessageAfterAsync(Task barrier)
    {
        Assert.NotNull(request);
        await barrier;
        Assert.False(request.IsCompleted, "the stream answered where silence was expected");
    }

    /// <summary>The stream finishes.</summary>
    public async Task ExpectCompleteAsync() =>
        Assert.False(await AnswerAsync("the finish"), "the stream delivered an element where its finish was expected");

    /// <summary>The stream fails with exactly this kind of exception, which is returned.</summary>
    public Task<TException> ExpectErrorAsync<TException>()
        where TException : Exception => Assert.ThrowsAsync<TException>(() => AnswerAsync("the failure"));

    /// <summary>The stream fails with this very object.</summary>
    public async Task ExpectErrorAsync(Exception expected) =>
        Assert.Same(expected, await Assert.ThrowsAnyAsync<Exception>(() => AnswerAsync("the failure")));

    /// <summary>Cancels the run's token, waits for the answer under way and disposes.</summary>
    public async Task CancelAsync()
    {
        await cancel.CancelAsync();
        await DisposeAsync();
    }

    /// <summary>Breaks off the enumeration as <c>break</c> in a loop does: no token, and no request may be under way.</summary>
    public async Task BreakOffAsync()
    {
        Assert.Null(request);
        disposed = true;
        await enumerator.DisposeAsync().Within("the broken-off stream stops");
    }

    /// <summary>Stops the stream if the test hasn't.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await cancel.CancelAsync();
        await (request ?? Task.FromResult(false)).ContinueWith(static _ => { }, TaskScheduler.Default)
            .Within("the cancelled stream answers");
        await enumerator.DisposeAsync().Within("the cancelled stream stops");
        cancel.Dispose();
    }

    private async Task<bool> AnswerAsync(string what)
    {
        if (request is null)
        {
            Request();
        }

        var answer = request!;
        try
        {
            return await answer.Within(what);
        }
        finally
        {
            request = answer.IsCompleted ? null : answer; // one that hangs is still under way when the probe is disposed
        }
    }
}
