namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Calls that a stage has in flight.</summary>
internal static class Calls
{
    /// <summary>Starts a call; what it throws before its first await fails its task like what it throws after.</summary>
    public static Task<TOut> Start<T, TOut>(Func<T, CancellationToken, Task<TOut>> call, T element, CancellationToken cancellationToken)
    {
        try
        {
            return call(element, cancellationToken);
        }
        catch (Exception exception)
        {
            return Task.FromException<TOut>(exception);
        }
    }

    /// <summary>Waits until a call has ended, however it ended.</summary>
    public static async Task EndedAsync(Task call) => await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
