namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>
/// Has every governor look at the shared state every few seconds, also while its feeds are idle: so nodes know of each other, of holds and
/// of what is used, and what was used while the state was away is told soon after it is back.
/// </summary>
public sealed class GovernorHeartbeat : IAsyncDisposable
{
    /// <summary>Well below <see cref="SharedBudget.NodeTtl"/>.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _beating;

    private GovernorHeartbeat(IReadOnlyList<UpstreamGovernor> governors, TimeProvider time) => _beating = BeatAsync(governors, time);

    public static GovernorHeartbeat Start(IEnumerable<UpstreamGovernor> governors, TimeProvider time) => new([.. governors], time);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task BeatAsync(IReadOnlyList<UpstreamGovernor> governors, TimeProvider time)
    {
        try
        {
            using var timer = new PeriodicTimer(Every, time);
            do
            {
                await Task.WhenAll(governors.Select(governor => governor.RefreshAsync())).WaitAsync(_stopping.Token).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }
}
