using AkkaCrypto.Pipeline.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>What one recomputing did.</summary>
/// <param name="Minutes">Distinct minutes of trades that were read again.</param>
/// <param name="IsMoreLeft">It stopped at its bound: more may be waiting.</param>
public readonly record struct CandlesBuilt(int Minutes, bool IsMoreLeft);

/// <summary>
/// Recomputes the candles of the minutes that were touched, on every level, in one transaction: 1m from the stored trades, each higher
/// level from the one below. So neither the order nor the batches in which trades come matter, a late trade corrects every level at once,
/// and at any moment of the past each level says what the one below it said. A higher candle gets values when its time is over, and again
/// with every later change; until then it is a row without values and is read from the level below. So an unfinished 1m candle has at most
/// a revision for each recomputing of its minute, and every higher one has two rows in all, and one more for each late change.
/// </summary>
/// <remarks>
/// Any number of processes may do this at once: each takes other touches, and those that meet on a pair wait for each other. A transaction
/// that does not commit gives its touches back.
/// </remarks>
public sealed class CandleBuilder(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Of <see cref="SeriesLocks"/>, for both tables of candles.</summary>
    internal const int LockSpace = 0x4341; // "CA"

    /// <summary>One transaction, or none where nothing was touched and no candle's time has come to its end.</summary>
    /// <param name="mostRuns">Bounds it: each run is of one batch and at most <see cref="TouchedMinutes.LongestRun"/> minutes
    /// long.</param>
    public Task<CandlesBuilt> BuildAsync(int mostRuns, CancellationToken cancellationToken) =>
        BatchTransaction.RunAsync(database, (connection, stop) => BuildAsync(connection, mostRuns, stop), cancellationToken);

    internal static string Series(PairNumbers numbers) => $"{numbers.ExchangeId}/{numbers.CurrencyPairNo}";

    private async Task<CandlesBuilt> BuildAsync(NpgsqlConnection connection, int mostRuns, CancellationToken cancellationToken)
    {
        var nowMinute = CandleLevels.MinuteOf(time.GetUtcNow());
        var touched = await CandleStatements.TakeTouchedAsync(connection, mostRuns, cancellationToken);
        var ended = await CandleStatements.TakeEndedAsync(connection, nowMinute, cancellationToken);
        if (touched.Count == 0 && ended.Count == 0)
        {
            return default;
        }

        // The clock is read under the locks, so that nothing that was asked for as of an earlier moment changes any more.
        var pairs = touched.Select(run => run.Numbers).Concat(ended.Select(of => of.Bucket.Numbers)).Distinct();
        var knownAt = await SeriesLocks.KnownAtAsync(
            connection, LockSpace, pairs.Select(Series), DateTimeOffset.MinValue, time, cancellationToken);
        var minutes = touched.SelectMany(Expand).ToHashSet();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { CandleStatements.LookUpByKey() } };
        if (minutes.Count > 0)
        {
            batch.BatchCommands.Add(CandleStatements.Minutes(minutes, knownAt));
        }

        AddHigherLevels(batch, minutes, ended, nowMinute, knownAt);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return new CandlesBuilt(minutes.Count, touched.Count == mostRuns);
    }

    /// <summary>Level by level, for each reads what the one before it has written.</summary>
    private static void AddHigherLevels(
        NpgsqlBatch batch, HashSet<CandleBucket> touched, List<(int Minutes, CandleBucket Bucket)> ended, int nowMinute,
        DateTimeOffset knownAt)
    {
        for (var level = 1; level < CandleLevels.Minutes.Count; level++)
        {
            var (length, below) = (CandleLevels.Minutes[level], CandleLevels.Minutes[level - 1]);
            var buckets = touched.Select(minute => minute with { OpenMinute = CandleLevels.Floor(minute.OpenMinute, length) })
                .Concat(ended.Where(of => of.Minutes == length).Select(of => of.Bucket)).ToHashSet();
            var finished = buckets.Where(bucket => bucket.OpenMinute + length <= nowMinute).ToList();
            if (finished.Count > 0)
            {
                batch.BatchCommands.Add(CandleStatements.FromBelow(finished, length, below, knownAt));
            }

            buckets.ExceptWith(finished);
            if (buckets.Count > 0)
            {
                batch.BatchCommands.Add(CandleStatements.Unfinished(buckets, length, knownAt));
            }
        }
    }

    private static IEnumerable<CandleBucket> Expand(TouchedRun run) =>
        Enumerable.Range(run.From, run.To - run.From + 1).Select(minute => new CandleBucket(run.Numbers, minute));
}
