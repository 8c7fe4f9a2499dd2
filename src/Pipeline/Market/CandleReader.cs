using System.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <param name="OpenMinute">Minutes since 1970 UTC.</param>
/// <param name="DataTimeNs">Of the last trade in it; of a provider's candle its end, or when it was learned if that was before.</param>
internal sealed record CandleRow(
    int OpenMinute, decimal Open, decimal High, decimal Low, decimal Close, decimal? Volume, long DataTimeNs);

/// <summary>What candles of one length to read: those that begin in [<paramref name="From"/>, <paramref name="To"/>).</summary>
/// <param name="Forwards">From the earliest on; else from the latest back.</param>
internal sealed record CandleSpan(int From, int To, bool Forwards, int Limit);

/// <summary>
/// Reads one pair's candles of one length as known now or then: those made of trades, and before the first trade those that the provider
/// gave. A bucket that begins before the first trade is the provider's where it has one, for trades hold only a part of it.
/// </summary>
internal sealed class CandleReader(NpgsqlDataSource database, PairNumbers numbers, int minutes, DateTimeOffset? asOf)
{
    // Rows without values are replaced by those of the level below, down to rows with values; each level's latest known revision counts.
    // covered: the first minute that trades cover, by way of the first day, which every minute has a row for.
    private const string Template = """
        WITH RECURSIVE covered AS (
            SELECT coalesce((
                SELECT first.open_minute
                FROM (
                    SELECT d.open_minute FROM market.candles d
                    WHERE d.exchange_id = $1 AND d.currency_pair_no = $2 AND d.interval_minutes = 1440 AND d.known_at <= $6
                    ORDER BY d.open_minute LIMIT 1) day
                CROSS JOIN LATERAL (
                    SELECT m.open_minute FROM market.candles m
                    WHERE m.exchange_id = $1 AND m.currency_pair_no = $2 AND m.interval_minutes = 1
                        AND m.open_minute >= day.open_minute AND m.open_minute < day.open_minute + 1440 AND m.known_at <= $6
                    ORDER BY m.open_minute LIMIT 1) first), 2147483647) AS since),
        given AS (
            SELECT DISTINCT ON (p.open_minute) p.open_minute, p.open, p.high, p.low, p.close, p.volume,
                least((p.open_minute + $3) * 60000000000, (extract(epoch FROM p.known_at) * 1000000000)::bigint) AS time_ns
            FROM market.provider_candles p
            WHERE p.exchange_id = $1 AND p.currency_pair_no = $2 AND p.interval_minutes = $3
                AND p.open_minute >= $4 AND p.open_minute < least($5, (SELECT since FROM covered)) AND p.known_at <= $6
            ORDER BY p.open_minute {order}, p.revision DESC LIMIT $7),
        made AS (
            SELECT DISTINCT ON (c.open_minute) c.open_minute, c.open, c.high, c.low, c.close, c.volume, c.close_time_ns AS time_ns
            FROM market.candles c
            WHERE c.exchange_id = $1 AND c.currency_pair_no = $2 AND c.interval_minutes = $3
                AND c.open_minute >= $4 AND c.open_minute < $5 AND c.known_at <= $6
            ORDER BY c.open_minute {order}, c.revision DESC LIMIT $7 + 1),
        page AS (
            SELECT * FROM given
            UNION ALL
            SELECT * FROM made WHERE NOT EXISTS (SELECT FROM given WHERE given.open_minute = made.open_minute)
            ORDER BY open_minute {order} LIMIT $7),
        tree AS (
            SELECT page.open_minute AS root, $3::integer AS minutes, page.* FROM page
            UNION ALL
            SELECT tree.root, below.minutes, part.*
            FROM tree
            JOIN (VALUES (1440, 240), (240, 60), (60, 15), (15, 5), (5, 1)) AS below (above, minutes) ON below.above = tree.minutes
            CROSS JOIN LATERAL (
                SELECT DISTINCT ON (c.open_minute) c.open_minute, c.open, c.high, c.low, c.close, c.volume, c.close_time_ns
                FROM market.candles c
                WHERE c.exchange_id = $1 AND c.currency_pair_no = $2 AND c.interval_minutes = below.minutes
                    AND c.open_minute >= tree.open_minute AND c.open_minute < tree.open_minute + tree.minutes AND c.known_at <= $6
                ORDER BY c.open_minute, c.revision DESC) part
            WHERE tree.open IS NULL),
        candle AS (
            SELECT root, (array_agg(open ORDER BY open_minute))[1] AS open, max(high) AS high, min(low) AS low,
                (array_agg(close ORDER BY open_minute DESC))[1] AS close, sum(volume) AS volume, max(time_ns) AS time_ns
            FROM tree WHERE open IS NOT NULL GROUP BY root)
        SELECT root, open, high, low, close, volume::text, time_ns FROM candle ORDER BY root {order}
        """;

    private static readonly string Forwards = Template.Replace("{order}", "ASC", StringComparison.Ordinal);
    private static readonly string Backwards = Template.Replace("{order}", "DESC", StringComparison.Ordinal);

    public int Minutes => minutes;

    /// <summary>In the order of the span.</summary>
    public Task<List<CandleRow>> ReadAsync(CandleSpan span, CancellationToken cancellationToken)
    {
        var command = new NpgsqlBatchCommand(span.Forwards ? Forwards : Backwards);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        command.Parameters.AddValue((short)minutes);
        command.Parameters.AddValue(span.From);
        command.Parameters.AddValue(span.To);
        command.Parameters.AddTime(asOf ?? DateTimeOffset.MaxValue);
        command.Parameters.AddValue((long)span.Limit);
        return SeriesLocks.ReadAsync(
            database, CandleBuilder.LockSpace, CandleBuilder.Series(numbers), asOf, command, Row, cancellationToken);
    }

    private static CandleRow Row(NpgsqlDataReader reader) => new(
        reader.GetInt32(0), reader.GetDecimal(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetDecimal(4), Volume(reader),
        reader.GetInt64(6));

    /// <summary>A sum may have more digits than a record holds: it is rounded half-even to 28 of them, and is null where it is too large
    /// even for that.</summary>
    private static decimal? Volume(NpgsqlDataReader reader) =>
        !reader.IsDBNull(5)
        && DecimalReader.Read(Encoding.ASCII.GetBytes(reader.GetString(5)), out var volume)
            is NumberOutcome.Exact or NumberOutcome.Rounded
            ? volume
            : null;
}
