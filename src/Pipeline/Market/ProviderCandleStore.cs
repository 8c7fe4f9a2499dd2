using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Candles as providers give them, kept apart from those made of trades: another value under the same key appends a revision. Of several
/// candles of one batch under one key the last in the batch counts, the others are skipped. What can't stand beside candles made of trades
/// is rejected: another interval, or a bucket that does not begin where ours do (a day by local time, say).
/// </summary>
public sealed class ProviderCandleStore(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const string Dataset = "candles";

    private const string Append = """
        INSERT INTO market.provider_candles
            (exchange_id, currency_pair_no, interval_minutes, open_minute, revision, known_at, open, high, low, close, volume)
        SELECT batch.exchange_id, batch.currency_pair_no, batch.interval_minutes, batch.open_minute, coalesce(stored.revision + 1, 0),
            greatest($10, stored.known_at), batch.open, batch.high, batch.low, batch.close, batch.volume
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            AS batch (exchange_id, currency_pair_no, interval_minutes, open_minute, open, high, low, close, volume)
        LEFT JOIN LATERAL (
            SELECT c.revision, c.known_at, c.open, c.high, c.low, c.close, c.volume FROM market.provider_candles c
            WHERE c.exchange_id = batch.exchange_id AND c.currency_pair_no = batch.currency_pair_no
                AND c.interval_minutes = batch.interval_minutes AND c.open_minute = batch.open_minute
            ORDER BY c.revision DESC LIMIT 1) stored ON true
        WHERE stored.revision IS NULL
            OR ((stored.open, stored.high, stored.low, stored.close, stored.volume)
                    IS DISTINCT FROM (batch.open, batch.high, batch.low, batch.close, batch.volume)
                AND ($11::timestamptz IS NULL OR stored.known_at <= $11))
        RETURNING revision = 0
        """;

    private readonly record struct Key(PairNumbers Numbers, int Minutes, int OpenMinute);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <param name="seenAt">Of candles that were seen long before <paramref name="receivedAt"/>: a bucket whose values became known after
    /// it keeps them. Null: they have just been seen.</param>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public async Task<IngestCounts> AppendAsync(
        IReadOnlyList<Candle> candles, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken, DateTimeOffset? seenAt = null)
    {
        var rejected = new List<DeadLetter>();
        var rows = new Dictionary<Key, Candle>();
        foreach (var candle in candles)
        {
            if (Refusal(candle) is { } refusal)
            {
                var series = new SeriesKey(RecordLetters.Provider(progress), Dataset, $"{candle.Pair}/{candle.Interval}");
                rejected.Add(RecordLetters.Rejected(candle, series, refusal, receivedAt));
            }
            else
            {
                rows[await KeyOfAsync(candle, cancellationToken)] = candle;
            }
        }

        return await BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            var series = rows.Keys.Select(key => CandleBuilder.Series(key.Numbers));
            IReadOnlyList<NpgsqlBatchCommand> writes = rows.Count == 0
                ? []
                : [AppendCommand(
                    rows, await SeriesLocks.KnownAtAsync(connection, CandleBuilder.LockSpace, series, receivedAt, time, stop), seenAt)];
            var (inserted, revised) = await RowsAndEnd.RunAsync(
                connection, writes, rejected, new BatchEnd(progress, time.GetUtcNow()), stop);
            var skipped = candles.Count - rejected.Count - inserted - revised;
            return new IngestCounts(candles.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    private async Task<Key> KeyOfAsync(Candle candle, CancellationToken cancellationToken) => new(
        await pairs.GetOrCreateAsync(candle.Exchange, candle.Pair, cancellationToken), CandleLevels.MinutesOf(candle.Interval)!.Value,
        CandleLevels.MinuteOf(candle.OpenTime.UnixNanoseconds));

    private static Refusal? Refusal(Candle candle)
    {
        if (!PairCatalogue.CanHold(candle.Exchange, candle.Pair))
        {
            return new Refusal(RefusalCode.InvalidField, $"'{candle.Pair}' is not a pair like 'btc-krw'.", "$.pair");
        }

        if (CandleLevels.MinutesOf(candle.Interval) is not { } minutes)
        {
            return new Refusal(
                RefusalCode.InvalidField, $"'{candle.Interval}' is not one of {string.Join(", ", CandleLevels.Names)}.", "$.interval");
        }

        var minute = CandleLevels.MinuteOf(candle.OpenTime.UnixNanoseconds);
        return CandleLevels.NanosecondsOf(CandleLevels.Floor(minute, minutes)) == candle.OpenTime.UnixNanoseconds
            ? null
            : new Refusal(
                RefusalCode.OutOfRange, $"{candle.OpenTime} is not where a bucket of {candle.Interval} begins: they are counted in UTC.",
                "$.open_time");
    }

    private static NpgsqlBatchCommand AppendCommand(Dictionary<Key, Candle> rows, DateTimeOffset knownAt, DateTimeOffset? seenAt)
    {
        var command = new NpgsqlBatchCommand(Append);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Keys.Select(key => key.Numbers.ExchangeId)]);
        parameters.AddColumn(NpgsqlDbType.Integer, [.. rows.Keys.Select(key => key.Numbers.CurrencyPairNo)]);
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Keys.Select(key => (short)key.Minutes)]);
        parameters.AddColumn(NpgsqlDbType.Integer, [.. rows.Keys.Select(key => key.OpenMinute)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Values.Select(row => row.Open)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Values.Select(row => row.High)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Values.Select(row => row.Low)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Values.Select(row => row.Close)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Values.Select(row => row.Volume)]);
        parameters.AddTime(knownAt);
        parameters.AddTime(seenAt);
        return command;
    }
}
