namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// More threads for the pool while the process starts. Nearly all code is compiled then, and on as many threads as there are processors
/// that keeps what servers have answered waiting until their callers give them up. Afterwards the runtime's own number, which is best
/// under load.
/// </summary>
public static class StartThreads
{
    private const int WhileStarting = 32;
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(20);

    /// <summary>Ends, with all as it was, when the start is over or the process is told to stop.</summary>
    public static async Task LendAsync(TimeProvider time, CancellationToken stopping)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, WhileStarting), completions);
        await Task.Delay(Start, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ThreadPool.SetMinThreads(workers, completions);
    }
}
