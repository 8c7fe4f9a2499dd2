using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Writes batches of latest values, each record counted once: of several records of one batch for one key only the winner is written, the
/// others are skipped; one that can't be stored goes to the dead letters.
/// </summary>
/// <param name="keyOf">The record's key as text: the name of its series in the dead letters.</param>
/// <param name="refusal">Why a record can't be stored; null for a sound one.</param>
/// <param name="timeOf">The provider's time; null for records that have none, of which the last in the batch wins.</param>
internal sealed class LatestStore<T>(
    NpgsqlDataSource database, TimeProvider time, string dataset, LatestTable<T> table, Func<T, string> keyOf, Func<T, Refusal?> refusal,
    Func<T, ProviderTime?> timeOf)
    where T : NormalisedRecord
{
    /// <param name="more">Further statements of the same batch, which return no rows; asked for only where there is a row to
    /// write.</param>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<T> records, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken,
        Func<IReadOnlyList<T>, IEnumerable<NpgsqlBatchCommand>>? more = null)
    {
        var refused = records.Select(record => (Record: record, Refusal: refusal(record))).Where(of => of.Refusal is not null).ToList();
        var rejected = refused.Select(of => RecordLetters.Rejected(
            of.Record, new SeriesKey(RecordLetters.Provider(progress), dataset, keyOf(of.Record)), of.Refusal!, receivedAt)).ToList();
        var rows = Winners(records);
        return BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            IReadOnlyList<NpgsqlBatchCommand> writes = rows.Count == 0 ? [] : [table.Write(rows, receivedAt), .. more?.Invoke(rows) ?? []];
            var (inserted, revised) = await RowsAndEnd.RunAsync(
                connection, writes, rejected, new BatchEnd(progress, time.GetUtcNow()), stop);
            var skipped = records.Count - rejected.Count - inserted - revised;
            return new IngestCounts(records.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <summary>One record for each key, in the order of the key, so that writers that meet wait in one order.</summary>
    private List<T> Winners(IReadOnlyList<T> records)
    {
        var winners = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var record in records.Where(record => refusal(record) is null))
        {
            var key = keyOf(record);
            if (!winners.TryGetValue(key, out var known)
                || timeOf(known).GetValueOrDefault() <= timeOf(record).GetValueOrDefault())
            {
                winners[key] = record;
            }
        }

        return [.. winners.Values];
    }
}
