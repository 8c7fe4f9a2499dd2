using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The bucket of one length that begins at a minute.</summary>
internal readonly record struct CandleBucket(PairNumbers Numbers, int OpenMinute);

/// <summary>The statements that make candles. Each appends a revision where the values are other than the highest revision's.</summary>
internal static class CandleStatements
{
    // Looked up along the keys, whatever the planner knows of tables that were filled a moment ago.
    private const string ByKeyOnly = "SELECT set_config('enable_seqscan', 'off', true)";

    private const string TakeTouched = """
        DELETE FROM market.touched_minutes WHERE ctid = ANY (ARRAY(SELECT ctid FROM market.touched_minutes LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING exchange_id, currency_pair_no, from_minute, to_minute
        """;

    private const string TakeEnded = """
        DELETE FROM market.unfinished_candles WHERE close_minute <= $1
        RETURNING exchange_id, currency_pair_no, interval_minutes, open_minute
        """;

    // Trades of one instant come in the order of their ids, shorter ones first: 999 before 1000. A minute that retention has cut into keeps
    // the candle that its trades made while they were whole.
    private const string MakeMinutes = """
        INSERT INTO market.candles
            (exchange_id, currency_pair_no, interval_minutes, open_minute, revision, known_at, close_time_ns, open, high, low, close, volume)
        SELECT bucket.exchange_id, bucket.currency_pair_no, 1, bucket.open_minute, coalesce(stored.revision + 1, 0),
            greatest($4, stored.known_at), traded.last_ns, first.price, traded.high, traded.low, last.price, traded.volume
        FROM unnest($1, $2, $3) AS bucket (exchange_id, currency_pair_no, open_minute)
        CROSS JOIN LATERAL (
            SELECT min(t.time_ns) AS first_ns, max(t.time_ns) AS last_ns, max(t.price) AS high, min(t.price) AS low,
                sum(t.quantity) AS volume
            FROM market.trades t
            WHERE t.exchange_id = bucket.exchange_id AND t.currency_pair_no = bucket.currency_pair_no
                AND t.time_ns >= bucket.open_minute * 60000000000 AND t.time_ns < (bucket.open_minute + 1) * 60000000000) traded
        CROSS JOIN LATERAL (
            SELECT t.price FROM market.trades t
            WHERE t.exchange_id = bucket.exchange_id AND t.currency_pair_no = bucket.currency_pair_no AND t.time_ns = traded.first_ns
            ORDER BY length(t.trade_id), t.trade_id LIMIT 1) first
        CROSS JOIN LATERAL (
            SELECT t.price FROM market.trades t
            WHERE t.exchange_id = bucket.exchange_id AND t.currency_pair_no = bucket.currency_pair_no AND t.time_ns = traded.last_ns
            ORDER BY length(t.trade_id) DESC, t.trade_id DESC LIMIT 1) last
        LEFT JOIN LATERAL (
            SELECT c.revision, c.known_at, c.open, c.high, c.low, c.close, c.volume FROM market.candles c
            WHERE c.exchange_id = bucket.exchange_id AND c.currency_pair_no = bucket.currency_pair_no AND c.interval_minutes = 1
                AND c.open_minute = bucket.open_minute
            ORDER BY c.revision DESC LIMIT 1) stored ON true
        WHERE (stored.open, stored.high, stored.low, stored.close, stored.volume)
            IS DISTINCT FROM (first.price, traded.high, traded.low, last.price, traded.volume)
            AND NOT EXISTS (
                SELECT FROM ops.retention_cuts cuts
                WHERE cuts.dataset = 'trades' AND bucket.open_minute * 60::bigint < extract(epoch FROM cuts.cut))
        """;

    private const string MakeFromBelow = """
        INSERT INTO market.candles
            (exchange_id, currency_pair_no, interval_minutes, open_minute, revision, known_at, close_time_ns, open, high, low, close, volume)
        SELECT bucket.exchange_id, bucket.currency_pair_no, $5, bucket.open_minute, coalesce(stored.revision + 1, 0),
            greatest($4, stored.known_at), made.close_time_ns, made.open, made.high, made.low, made.close, made.volume
        FROM unnest($1, $2, $3) AS bucket (exchange_id, currency_pair_no, open_minute)
        CROSS JOIN LATERAL (
            SELECT max(part.close_time_ns) AS close_time_ns, (array_agg(part.open ORDER BY part.open_minute))[1] AS open,
                max(part.high) AS high, min(part.low) AS low,
                (array_agg(part.close ORDER BY part.open_minute DESC))[1] AS close, sum(part.volume) AS volume
            FROM (
                SELECT DISTINCT ON (c.open_minute) c.open_minute, c.close_time_ns, c.open, c.high, c.low, c.close, c.volume
                FROM market.candles c
                WHERE c.exchange_id = bucket.exchange_id AND c.currency_pair_no = bucket.currency_pair_no AND c.interval_minutes = $6
                    AND c.open_minute >= bucket.open_minute AND c.open_minute < bucket.open_minute + $5
                ORDER BY c.open_minute, c.revision DESC) part
            HAVING count(*) > 0) made
        LEFT JOIN LATERAL (
            SELECT c.revision, c.known_at, c.open, c.high, c.low, c.close, c.volume FROM market.candles c
            WHERE c.exchange_id = bucket.exchange_id AND c.currency_pair_no = bucket.currency_pair_no AND c.interval_minutes = $5
                AND c.open_minute = bucket.open_minute
            ORDER BY c.revision DESC LIMIT 1) stored ON true
        WHERE (stored.open, stored.high, stored.low, stored.close, stored.volume)
            IS DISTINCT FROM (made.open, made.high, made.low, made.close, made.volume)
        """;

    // One row without values for as long as the bucket's time is not over.
    private const string LeaveUnfinished = """
        WITH begun AS (
            INSERT INTO market.candles (exchange_id, currency_pair_no, interval_minutes, open_minute, revision, known_at)
            SELECT bucket.exchange_id, bucket.currency_pair_no, $5, bucket.open_minute, coalesce(stored.revision + 1, 0),
                greatest($4, stored.known_at)
            FROM unnest($1, $2, $3) AS bucket (exchange_id, currency_pair_no, open_minute)
            LEFT JOIN LATERAL (
                SELECT c.revision, c.known_at, c.open FROM market.candles c
                WHERE c.exchange_id = bucket.exchange_id AND c.currency_pair_no = bucket.currency_pair_no AND c.interval_minutes = $5
                    AND c.open_minute = bucket.open_minute
                ORDER BY c.revision DESC LIMIT 1) stored ON true
            WHERE stored.revision IS NULL OR stored.open IS NOT NULL
            RETURNING exchange_id, currency_pair_no, interval_minutes, open_minute)
        INSERT INTO market.unfinished_candles (close_minute, exchange_id, currency_pair_no, interval_minutes, open_minute)
        SELECT open_minute + interval_minutes, exchange_id, currency_pair_no, interval_minutes, open_minute FROM begun
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Runs that no other process is at; they are given back where the transaction does not commit.</summary>
    public static async Task<List<TouchedRun>> TakeTouchedAsync(
        NpgsqlConnection connection, int most, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TakeTouched, connection);
        command.Parameters.AddValue(most);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var runs = new List<TouchedRun>();
        while (await reader.ReadAsync(cancellationToken))
        {
            runs.Add(new TouchedRun(new PairNumbers(reader.GetInt16(0), reader.GetInt32(1)), reader.GetInt32(2), reader.GetInt32(3)));
        }

        return runs;
    }

    /// <summary>The higher candles without values whose time is over at <paramref name="minute"/>, all of them.</summary>
    public static async Task<List<(int Minutes, CandleBucket Bucket)>> TakeEndedAsync(
        NpgsqlConnection connection, int minute, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TakeEnded, connection);
        command.Parameters.AddValue(minute);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ended = new List<(int, CandleBucket)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var numbers = new PairNumbers(reader.GetInt16(0), reader.GetInt32(1));
            ended.Add((reader.GetInt16(2), new CandleBucket(numbers, reader.GetInt32(3))));
        }

        return ended;
    }

    /// <summary>To be run before the others, in their transaction.</summary>
    public static NpgsqlBatchCommand LookUpByKey() => new(ByKeyOnly);

    public static NpgsqlBatchCommand Minutes(IReadOnlyCollection<CandleBucket> buckets, DateTimeOffset knownAt) =>
        Of(MakeMinutes, buckets, knownAt);

    /// <param name="minutes">Length of the buckets, whose time is over.</param>
    /// <param name="below">Length of the next shorter candles, which are made already.</param>
    public static NpgsqlBatchCommand FromBelow(IReadOnlyCollection<CandleBucket> buckets, int minutes, int below, DateTimeOffset knownAt)
    {
        var command = Of(MakeFromBelow, buckets, knownAt);
        command.Parameters.AddValue((short)minutes);
        command.Parameters.AddValue((short)below);
        return command;
    }

    /// <param name="minutes">Length of the buckets, whose time is not over.</param>
    public static NpgsqlBatchCommand Unfinished(IReadOnlyCollection<CandleBucket> buckets, int minutes, DateTimeOffset knownAt)
    {
        var command = Of(LeaveUnfinished, buckets, knownAt);
        command.Parameters.AddValue((short)minutes);
        return command;
    }

    private static NpgsqlBatchCommand Of(string sql, IReadOnlyCollection<CandleBucket> buckets, DateTimeOffset knownAt)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddColumn(NpgsqlDbType.Smallint, [.. buckets.Select(bucket => bucket.Numbers.ExchangeId)]);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. buckets.Select(bucket => bucket.Numbers.CurrencyPairNo)]);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. buckets.Select(bucket => bucket.OpenMinute)]);
        command.Parameters.AddTime(knownAt);
        return command;
    }
}
