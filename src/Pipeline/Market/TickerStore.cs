using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Latest tickers by exchange and pair: the newest by the provider's own time wins, a late one never goes back. Of equal times, and where
/// either has none (some providers' tickers don't say their time), the newest arrival wins. Of several tickers of one batch for one pair
/// only the winner is written, the others are skipped.
/// </summary>
public sealed class TickerStore(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const string Dataset = "ticker";

    // A row that was made by this statement has no deleting transaction (xmax 0); an updated one carries this transaction's lock.
    private const string Upsert = """
        INSERT INTO market.tickers AS stored
            (exchange_id, currency_pair_no, last, bid, ask, high, low, volume, time_ns, time_digits, received_at)
        SELECT row.*, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS row
        ON CONFLICT (exchange_id, currency_pair_no) DO UPDATE SET
            last = excluded.last, bid = excluded.bid, ask = excluded.ask, high = excluded.high, low = excluded.low,
            volume = excluded.volume, time_ns = excluded.time_ns, time_digits = excluded.time_digits, received_at = excluded.received_at
        WHERE stored.time_ns < excluded.time_ns
            OR ((stored.time_ns = excluded.time_ns
                    OR ((stored.time_ns IS NULL OR excluded.time_ns IS NULL) AND stored.received_at <= excluded.received_at))
                AND (stored.last, stored.bid, stored.ask, stored.high, stored.low, stored.volume, stored.time_ns)
                    IS DISTINCT FROM
                    (excluded.last, excluded.bid, excluded.ask, excluded.high, excluded.low, excluded.volume, excluded.time_ns))
        RETURNING stored.xmax = 0
        """;

    private const string Read = """
        SELECT last, bid, ask, high, low, volume, time_ns, time_digits FROM market.tickers
        WHERE exchange_id = $1 AND currency_pair_no = $2
        """;

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public async Task<IngestCounts> AppendAsync(
        IReadOnlyList<Ticker> tickers, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken)
    {
        var rejected = new List<DeadLetter>();
        var newest = new Dictionary<PairNumbers, Ticker>();
        foreach (var ticker in tickers)
        {
            if (!PairCatalogue.CanHold(ticker.Exchange, ticker.Pair))
            {
                var refusal = new Refusal(RefusalCode.InvalidField, $"'{ticker.Pair}' is not a pair like 'btc-krw'.", "$.pair");
                var series = new SeriesKey(RecordLetters.Provider(progress), Dataset, ticker.Pair);
                rejected.Add(RecordLetters.Rejected(ticker, series, refusal, receivedAt));
                continue;
            }

            var numbers = await pairs.GetOrCreateAsync(ticker.Exchange, ticker.Pair, cancellationToken);
            if (!newest.TryGetValue(numbers, out var known) || !(known.Time > ticker.Time))
            {
                newest[numbers] = ticker;
            }
        }

        return await BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            var (inserted, revised) = await RowsAndEnd.RunAsync(
                connection, newest.Count == 0 ? [] : [UpsertCommand(newest, receivedAt)], rejected,
                new BatchEnd(progress, time.GetUtcNow()), stop);
            var skipped = tickers.Count - rejected.Count - inserted - revised;
            return new IngestCounts(tickers.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <summary>The pair's ticker; null where none is stored.</summary>
    public async Task<Ticker?> ReadAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        if (await pairs.FindAsync(exchange, pair, cancellationToken) is not { } numbers)
        {
            return null;
        }

        await using var command = database.CreateCommand(Read);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new Ticker(
                exchange, pair, reader.NumberOrNull(0), reader.NumberOrNull(1), reader.NumberOrNull(2), reader.NumberOrNull(3),
                reader.NumberOrNull(4), reader.NumberOrNull(5),
                reader.IsDBNull(6) ? null : new ProviderTime(reader.GetInt64(6), reader.GetInt16(7)))
            : null;
    }

    /// <summary>In the order of the key, so that writers that meet wait in one order.</summary>
    private static NpgsqlBatchCommand UpsertCommand(Dictionary<PairNumbers, Ticker> newest, DateTimeOffset receivedAt)
    {
        var rows = newest.OrderBy(row => row.Key.ExchangeId).ThenBy(row => row.Key.CurrencyPairNo).ToList();
        var command = new NpgsqlBatchCommand(Upsert);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => row.Key.ExchangeId)]);
        parameters.AddColumn(NpgsqlDbType.Integer, [.. rows.Select(row => row.Key.CurrencyPairNo)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.Last)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.Bid)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.Ask)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.High)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.Low)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value.Volume)]);

        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Value.Time?.UnixNanoseconds)]);
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => (short)(row.Value.Time?.Digits ?? 0))]);
        parameters.AddTime(receivedAt);
        return command;
    }
}
