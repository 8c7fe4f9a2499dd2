using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AkkaCrypto.Pipeline.History;

/// <summary>What a node does for the feeds' past beside their graphs, until it is disposed: repairs gaps, finds holes, runs
/// schedules.</summary>
public sealed class HistoryUpkeep : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ScheduleRunner _schedules;
    private readonly Task _running;

    private HistoryUpkeep(ScheduleRunner schedules, Func<CancellationToken, Task> run) =>
        (_schedules, _running) = (schedules, run(_stopping.Token));

    /// <param name="publish">Told of every committed page.</param>
    public static HistoryUpkeep Start(
        FeedCatalogue feeds, NpgsqlDataSource database, FeedStores stores, CommittedBatch publish, Func<AkkaCryptoSettings> settings,
        TimeProvider time, ILoggerFactory logs)
    {
        var node = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";
        var intake = new PageIntake(stores, publish);
        var repair = new GapRepair(
            feeds.All, stores.Gaps, new GapClaims(database, node), intake, () => settings().Repair, time, logs.CreateLogger<GapRepair>());
        var holes = new HoleFinder(database, stores.Gaps, time, logs.CreateLogger<HoleFinder>());
        var schedules = new ScheduleRunner(
            feeds.Find, new ScheduleStore(database, node), intake, () => settings().Schedules, time, logs.CreateLogger<ScheduleRunner>());
        return new HistoryUpkeep(schedules, stopping => Task.WhenAll(
            repair.RunAsync(stopping), holes.RunAsync(feeds.All, () => settings().Repair.FindHolesEvery, stopping),
            schedules.RunAsync(stopping)));
    }

    public IReadOnlyList<ScheduleStatus> Schedules() => _schedules.Statuses();

    /// <summary>Stops after the transactions under way. What was not committed is asked for again by the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }
}
