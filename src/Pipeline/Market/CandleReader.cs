using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <param name="OpenMinute">Minutes since 1970 UTC.</param>
/// <param name="DataTimeNs">Of the last trade in it; of a provider's candle its end, or when it was learned if that was before.</param>
internal sealed record CandleRow(
    int OpenMinute, MarketNumber Open, MarketNumber High, MarketNumber Low, MarketNumber Close, MarketNumber? Volume, long DataTimeNs);

/// <summary>What candles of one length to read: those that begin in [<paramref name="From"/>, <paramref name="To"/>).</summary>
/// <param name="Forwards">From the earliest on; else from the latest back.</param>
internal sealed record CandleSpan(int From, int To, bool Forwards, int Limit);

/// <summary>
/// Reads one pair's candles of one length as known now or then: those made of trades, and before the first trade those that the provider
/// gave. Where trades hold only a part of a bucket, for they begin in it or it touches a known gap, the candle of the larger volume is
/// read: it has seen more.
/// </summary>
internal sealed class CandleReader(
    NpgsqlDataSource database, CandleQuery query, PairNumbers numbers, int minutes)
{
    /// <summary>
    /// Minutes that may lack trades, both inclusive. What was known then goes by the bounds that a gap was found with, and leaves out
    /// the last minute: who registers or fills one may still be about to commit.
    /// </summary>
    private const string Holes = """
        SELECT floor(CASE WHEN $4 THEN found_from_ns ELSE from_time_ns END / 60000000000.0)::integer AS first,
            floor(CASE WHEN $4 THEN found_to_ns ELSE to_time_ns END / 60000000000.0)::integer AS last
        FROM ops.gaps
        WHERE provider = $1 AND dataset = 'trades' AND series = $2
            AND CASE WHEN $4 THEN detected_at <= $3 - interval '1 minute' AND (filled_at IS NULL OR filled_at > $3 - interval '1 minute')
                ELSE filled_at IS NULL END
        """;

    // Rows without values are replaced by those of the level below, down to rows with values; each level's latest known revision counts.
    // covered: the first minute that trades cover, by way of the first day, which every minute has a row for.
    // stretch: where the page lies at most. partly: where buckets begin that trades hold nothing or only a part of.
    private const string Template = $$"""
        WITH RECURSIVE covered AS (
            SELECT coalesce((
                SELECT first.open_minute
                FROM (
                    SELECT d.open_minute FROM market.candles d
                    WHERE d.exchange_id = $5 AND d.currency_pair_no = $6 AND d.interval_minutes = 1440 AND d.known_at <= $3
                    ORDER BY d.open_minute LIMIT 1) day
                CROSS JOIN LATERAL (
                    SELECT m.open_minute FROM market.candles m
                    WHERE m.exchange_id = $5 AND m.currency_pair_no = $6 AND m.interval_minutes = 1
                        AND m.open_minute >= day.open_minute AND m.open_minute < day.open_minute + 1440 AND m.known_at <= $3
                    ORDER BY m.open_minute LIMIT 1) first), 2147483647) AS since),
        made AS (
            SELECT DISTINCT ON (c.open_minute) c.open_minute, c.open, c.high, c.low, c.close, c.volume, c.close_time_ns AS time_ns
            FROM market.candles c
            WHERE c.exchange_id = $5 AND c.currency_pair_no = $6 AND c.interval_minutes = $7
                AND c.open_minute >= $8 AND c.open_minute < $9 AND c.known_at <= $3
            ORDER BY c.open_minute {order}, c.revision DESC LIMIT $10 + 1),
        stretch AS (
            SELECT CASE WHEN count(*) > $10 AND NOT $11 THEN min(open_minute) ELSE $8 END AS first,
                CASE WHEN count(*) > $10 AND $11 THEN max(open_minute) ELSE $9 END AS last
            FROM made),
        partly AS (
            SELECT $8 AS first, since AS last FROM covered
            UNION ALL
            SELECT hole.first - $7 + 1, hole.last FROM ({{Holes}}) hole JOIN stretch
                ON hole.last >= stretch.first AND hole.first - $7 < stretch.last),
        given AS (
            SELECT DISTINCT ON (one.open_minute) one.*
            FROM partly CROSS JOIN LATERAL (
                SELECT DISTINCT ON (p.open_minute) p.open_minute, p.open, p.high, p.low, p.close, p.volume,
                    least((p.open_minute + $7) * 60000000000, (extract(epoch FROM p.known_at) * 1000000000)::bigint) AS time_ns
                FROM market.provider_candles p
                WHERE p.exchange_id = $5 AND p.currency_pair_no = $6 AND p.interval_minutes = $7
                    AND p.open_minute >= greatest($8, partly.first) AND p.open_minute < $9 AND p.open_minute <= partly.last
                    AND p.known_at <= $3
                ORDER BY p.open_minute {order}, p.revision DESC LIMIT $10) one
            ORDER BY one.open_minute {order} LIMIT $10),
        page AS (
            SELECT open_minute FROM given UNION SELECT open_minute FROM made ORDER BY open_minute {order} LIMIT $10),
        tree AS (
            SELECT made.open_minute AS root, $7::integer AS minutes, made.* FROM made JOIN page USING (open_minute)
            UNION ALL
            SELECT tree.root, below.minutes, part.*
            FROM tree
            JOIN (VALUES (1440, 240), (240, 60), (60, 15), (15, 5), (5, 1)) AS below (above, minutes) ON below.above = tree.minutes
            CROSS JOIN LATERAL (
                SELECT DISTINCT ON (c.open_minute) c.open_minute, c.open, c.high, c.low, c.close, c.volume, c.close_time_ns
                FROM market.candles c
                WHERE c.exchange_id = $5 AND c.currency_pair_no = $6 AND c.interval_minutes = below.minutes
                    AND c.open_minute >= tree.open_minute AND c.open_minute < tree.open_minute + tree.minutes AND c.known_at <= $3
                ORDER BY c.open_minute, c.revision DESC) part
            WHERE tree.open IS NULL),
        candle AS (
            SELECT root AS open_minute, (array_agg(open ORDER BY open_minute))[1] AS open, max(high) AS high, min(low) AS low,
                (array_agg(close ORDER BY open_minute DESC))[1] AS close, sum(volume) AS volume, max(time_ns) AS time_ns
            FROM tree WHERE open IS NOT NULL GROUP BY root
            UNION ALL
            SELECT given.* FROM given JOIN page USING (open_minute))
        SELECT DISTINCT ON (open_minute) open_minute, open, high, low, close, volume, time_ns
        FROM candle ORDER BY open_minute {order}, candle.volume DESC NULLS FIRST, time_ns DESC
        """;

    private const string HolesOfSpan = $"SELECT first, last FROM ({Holes}) hole WHERE last >= $5 AND first < $6";

    private static readonly string Forwards = Template.Replace("{order}", "ASC", StringComparison.Ordinal);
    private static readonly string Backwards = Template.Replace("{order}", "DESC", StringComparison.Ordinal);

    public int Minutes => minutes;

    /// <summary>In the order of the span.</summary>
    public Task<List<CandleRow>> ReadAsync(CandleSpan span, CancellationToken cancellationToken)
    {
        var command = OfGaps(span.Forwards ? Forwards : Backwards);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        command.Parameters.AddValue((short)minutes);
        command.Parameters.AddValue(span.From);
        command.Parameters.AddValue(span.To);
        command.Parameters.AddValue((long)span.Limit);
        command.Parameters.AddValue(span.Forwards);
        return LockedAsync(command, Row, cancellationToken);
    }

    /// <summary>Minutes, both inclusive, of the known gaps that touch those from <paramref name="from"/> to before <paramref name="to"/>.
    /// </summary>
    public Task<List<(int First, int Last)>> ReadHolesAsync(int from, int to, CancellationToken cancellationToken)
    {
        var command = OfGaps(HolesOfSpan);
        command.Parameters.AddValue(from);
        command.Parameters.AddValue(to);
        return LockedAsync(command, row => (row.GetInt32(0), row.GetInt32(1)), cancellationToken);
    }

    private NpgsqlBatchCommand OfGaps(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddValue(query.Exchange);
        command.Parameters.AddValue(query.Pair);
        command.Parameters.AddTime(query.AsOf ?? DateTimeOffset.MaxValue);
        command.Parameters.AddValue(query.AsOf is not null);
        return command;
    }

    private Task<List<T>> LockedAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        SeriesLocks.ReadAsync(
            database, CandleBuilder.LockSpace, CandleBuilder.Series(numbers), query.AsOf, command, read, cancellationToken);

    private static CandleRow Row(NpgsqlDataReader reader) => new(
        reader.GetInt32(0), reader.Number(1), reader.Number(2), reader.Number(3), reader.Number(4), Volume(reader), reader.GetInt64(6));

    /// <summary>A sum may be larger than any number that is read back: it is unknown then.</summary>
    private static MarketNumber? Volume(NpgsqlDataReader reader) =>
        reader.NumberOrNull(5) is { IsInRange: true } volume ? volume : null;
}
