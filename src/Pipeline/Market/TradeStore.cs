using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Trades: events, the first write of a key wins. The same key with the same price, quantity, side and time is skipped; with other content
/// it is kept aside in the dead letters. What looks new is copied straight into the table; where a key turns out to be stored, or is
/// expected to be, the batch is compared with what is stored first and only the missing rows are inserted. A trade from before where
/// retention has cut is skipped: it would go at the next round, and the candle of its minute, made of trades that are gone, can't take it
/// in.
/// </summary>
public sealed class TradeStore(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const string Dataset = "trades";
    private const string PrimaryKey = "trades_pkey";

    private readonly FreshnessHints hints = new();
    private readonly TradeReader reader = new(database, pairs);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public async Task<IngestCounts> AppendAsync(
        IReadOnlyList<Trade> trades, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        var batch = await TradeBatch.PrepareAsync(trades, pairs, receivedAt, cancellationToken);
        var written = await TryWriteNewAsync(batch, receivedAt, progress, cancellationToken)
            ?? await WriteMissingAsync(batch, receivedAt, progress, cancellationToken);
        hints.Committed(batch.Rows, wasFresh: written.Inserted == batch.Rows.Count);
        var skipped = trades.Count - written.Inserted - written.Differing.Count - batch.Rejected.Count;
        return new IngestCounts(trades.Count, written.Inserted, skipped, written.Differing.Count, Revised: 0, batch.Rejected.Count);
    }

    /// <summary>A page of a pair's trades by (time, trade id); an unknown pair has none.</summary>
    public Task<Page<Trade>> ReadAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken) =>
        reader.ReadAsync(exchange, pair, page, cancellationToken);

    private sealed record Written(int Inserted, List<Trade> Differing);

    /// <summary>Null where the batch isn't expected to be new, or a row of it turned out not to be; then nothing was written.</summary>
    private async Task<Written?> TryWriteNewAsync(
        TradeBatch batch, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        if (batch.Rows.Count == 0 || !hints.ExpectNew(batch.Rows))
        {
            return null;
        }

        try
        {
            return await BatchTransaction.RunAsync(database, CopyAllAsync, cancellationToken);
        }
        catch (PostgresException conflict) when (conflict.ConstraintName == PrimaryKey)
        {
            return null;
        }

        async Task<Written> CopyAllAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            await LetGoAsync(connection, batch, stop);
            await TradeStatements.CopyAsync(connection, batch.Rows, receivedAt, stop);
            return await EndAsync(connection, batch, batch.Rows, new Written(batch.Rows.Count, []), receivedAt, progress, stop);
        }
    }

    private Task<Written> WriteMissingAsync(
        TradeBatch batch, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        return BatchTransaction.RunAsync(database, CompareAndInsertAsync, cancellationToken);

        async Task<Written> CompareAndInsertAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            await LetGoAsync(connection, batch, stop);
            var (missing, differing) = await TradeStatements.CompareAsync(connection, batch.Rows, stop);
            var inserted = missing.Count == 0 ? 0 : await TradeStatements.InsertAsync(connection, missing, receivedAt, stop);
            if (inserted < missing.Count)
            {
                // Another writer was first with some of them; its rows are visible now, and ours equal themselves.
                differing.AddRange((await TradeStatements.CompareAsync(connection, missing, stop)).Differing);
            }

            return await EndAsync(connection, batch, missing, new Written(inserted, differing), receivedAt, progress, stop);
        }
    }

    private async Task LetGoAsync(NpgsqlConnection connection, TradeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.ReachesBefore(time.GetUtcNow() - RetentionCut.NeverWithin)
            && await RetentionCut.ReadAsync(connection, Dataset, cancellationToken) is { } cut)
        {
            batch.LetGoBefore(cut);
        }
    }

    /// <summary>Compares the batch's repeats with what is stored by now, and writes all that a batch writes besides its rows.</summary>
    /// <param name="rows">The rows that this transaction wrote, and perhaps some that another one was first with.</param>
    private async Task<Written> EndAsync(
        NpgsqlConnection connection, TradeBatch batch, IReadOnlyList<TradeRow> rows, Written written, DateTimeOffset receivedAt,
        IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        var repeats = await TradeStatements.CompareAsync(connection, batch.Repeats, cancellationToken);
        written.Differing.AddRange(repeats.Differing);
        var differing = written.Differing.Select(
            trade => RecordLetters.Differing(trade, TradeBatch.SeriesOf(trade), trade.TradeId, receivedAt));
        var end = new BatchEnd(progress, time.GetUtcNow()) { First = rows.Count == 0 ? null : TouchedMinutes.Command(rows) };
        await end.RunAsync(connection, [.. batch.Rejected, .. differing], cancellationToken);
        return written;
    }
}
