namespace AkkaCrypto.Api.Hosting;

/// <summary>A worker that runs from now until it is disposed, which waits for its end. One that ends by itself has a bug: that is
/// logged.</summary>
public sealed class Background : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public Background(string name, Func<CancellationToken, Task> run, ILogger log) => _running = Task.Run(async () =>
    {
        try
        {
            await run(_stopping.Token);
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Whatever a call under way made of its cancellation.
        }
        catch (Exception bug)
        {
            log.LogCritical(bug, "{Worker} has ended and needs a restart of the service", name);
        }
    }, _stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled before it began, at most
        _stopping.Dispose();
    }
}
