using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline;

/// <summary>Runs the graph of every enabled feed until it is disposed, and tells how they are.</summary>
public sealed class FeedHost : IAsyncDisposable
{
    private readonly FeedCatalogue _feeds;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private FeedHost(FeedCatalogue feeds, Func<CancellationToken, Task> run) => (_feeds, _running) = (feeds, run(_stopping.Token));

    /// <summary>Starts the graphs; they run until the host is disposed.</summary>
    public static FeedHost Start(FeedCatalogue feeds, IngestPipeline pipeline, ILogger<FeedHost> log) => new(feeds, stopping =>
        Task.WhenAll(feeds.All.Where(feed => feed.Health.IsEnabled).Select(feed => RunAsync(feed, pipeline, log, stopping))));

    /// <summary>All feeds, disabled ones too.</summary>
    public IReadOnlyList<FeedStatus> Statuses() => [.. _feeds.All.Select(feed => feed.Status())];

    /// <summary>Stops asking and returns when every graph has ended. What was not committed is asked for again by the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static async Task RunAsync(Feed feed, IngestPipeline pipeline, ILogger log, CancellationToken stopping)
    {
        try
        {
            await pipeline.Of(feed).RunAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception cut) when (stopping.IsCancellationRequested)
        {
            // Whatever a call under way made of its cancellation: what it did not commit is asked for again by the next start.
            log.LogDebug(cut, "{Feed} has stopped", feed);
        }
        catch (Exception bug)
        {
            // A graph restarts itself after any failure on its way; what gets here is a failure of what runs around it.
            feed.Health.Failed($"it has ended and needs a restart of the service: {bug.Message}");
            log.LogCritical(bug, "{Feed} has ended", feed);
        }
    }
}
