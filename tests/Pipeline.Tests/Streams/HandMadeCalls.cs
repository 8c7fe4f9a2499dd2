using System.Collections.Concurrent;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Streams;

/// <summary>Calls that the test answers by hand, and that take their time to obey a cancellation.</summary>
public sealed class HandMadeCalls
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<int>> answers = new();
    private int running;

    public int Running => Volatile.Read(ref running);

    /// <summary>Numbers of the calls whose token was cancelled.</summary>
    public ConcurrentBag<int> Cancelled { get; } = [];

    public TaskCompletionSource<int> Answer(int element) =>
        answers.GetOrAdd(element, static _ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));

    public async Task<int> CallAsync(int element, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref running);
        try
        {
            return await Answer(element).Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(element);
            await Task.Yield();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    public Task ExpectRunningAsync(int count) => Eventually.HoldsAsync(() => Running == count, what: $"{count} calls in flight");
}
