using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Keeps the log of commits bounded on every node, also where nobody follows it: gives positions to what waits for one, and takes away what
/// is past its keep, in batches of few rows.
/// </summary>
/// <param name="settings">Read live.</param>
public sealed class CommitLogKeeper(
    CommitLog log, Func<StreamingSettings> settings, TimeProvider time, ILogger<CommitLogKeeper> logger)
{
    private const int BatchRows = 5000;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Rounds until it is cancelled; a database that is away is tried again at the next.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await log.PlaceAsync(cancellationToken);
                while (await log.TrimAsync(settings().Keep, settings().KeepCommits, BatchRows, cancellationToken) == BatchRows)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
            catch (Exception failure) when (PostgresErrors.IsTransient(failure))
            {
                logger.LogDebug(failure, "The log of commits could not be kept; the next round goes on with it");
            }

            await Task.Delay(Every, time, cancellationToken);
        }
    }
}
