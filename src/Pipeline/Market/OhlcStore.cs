using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>A candle of an asset over all exchanges: the asset and the currency are the request's, the candle says neither.</summary>
public sealed record AssetCandle(string Asset, string Currency, Candle Candle)
{
    internal string Series => OhlcStore.Series(Asset, Currency, Candle.Interval);
}

/// <summary>One served candle.</summary>
/// <param name="KnownAt">When this system learned the values that are served.</param>
public sealed record OhlcPoint(
    DateTimeOffset OpenTime, MarketNumber Open, MarketNumber High, MarketNumber Low, MarketNumber Close, DateTimeOffset KnownAt);

/// <summary>
/// Candles of assets by their open time: other values append a revision, the latest is served. Of several candles of one batch for one key
/// the last in the batch counts, the others are skipped. A revision is never known before the one it follows.
/// </summary>
public sealed class OhlcStore(NpgsqlDataSource database, TimeProvider time)
{
    private const int LockSpace = 0x4F48; // "OH"
    private const long NanosecondsPerMicrosecond = 1_000;

    private const string Append = """
        INSERT INTO market.ohlc_points (asset, currency, interval, open_time, revision, open, high, low, close, known_at)
        SELECT batch.asset, batch.currency, batch.interval, batch.open_time, coalesce(stored.revision + 1, 0), batch.open, batch.high,
            batch.low, batch.close, greatest($9, stored.known_at)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS batch (asset, currency, interval, open_time, open, high, low, close)
        LEFT JOIN LATERAL (
            SELECT p.revision, p.open, p.high, p.low, p.close, p.known_at FROM market.ohlc_points p
            WHERE p.asset = batch.asset AND p.currency = batch.currency AND p.interval = batch.interval AND p.open_time = batch.open_time
            ORDER BY p.revision DESC LIMIT 1) stored ON true
        WHERE stored.revision IS NULL
            OR ((stored.open, stored.high, stored.low, stored.close) IS DISTINCT FROM (batch.open, batch.high, batch.low, batch.close)
                AND ($10::timestamptz IS NULL OR stored.known_at <= $10))
        RETURNING revision = 0
        """;

    private const string Read = """
        SELECT DISTINCT ON (open_time) open_time, open, high, low, close, known_at FROM market.ohlc_points
        WHERE asset = $1 AND currency = $2 AND interval = $3 AND open_time >= coalesce($4, '-infinity')
            AND known_at <= coalesce($5, 'infinity')
        ORDER BY open_time, revision DESC
        """;

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <param name="seenAt">Of candles that were seen long before <paramref name="receivedAt"/>: a key whose values became known after it
    /// keeps them. Null: they have just been seen.</param>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<AssetCandle> candles, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken, DateTimeOffset? seenAt = null)
    {
        var refused = candles.Select(candle => (Of: candle, Refusal: Refusal(candle))).Where(of => of.Refusal is not null).ToList();
        var rejected = refused.Select(of => RecordLetters.Rejected(
            of.Of.Candle, new SeriesKey(RecordLetters.Provider(progress), "ohlc", of.Of.Series), of.Refusal!, receivedAt)).ToList();
        var rows = candles.Where(candle => Refusal(candle) is null)
            .GroupBy(candle => (candle.Asset, candle.Currency, candle.Candle.Interval, candle.Candle.OpenTime.UnixNanoseconds))
            .Select(same => same.Last()).ToList();
        return BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            IReadOnlyList<NpgsqlBatchCommand> writes = rows.Count == 0
                ? []
                : [AppendCommand(
                    rows,
                    await SeriesLocks.KnownAtAsync(connection, LockSpace, rows.Select(row => row.Series), receivedAt, time, stop),
                    seenAt)];
            var (inserted, revised) = await RowsAndEnd.RunAsync(
                connection, writes, rejected, new BatchEnd(progress, time.GetUtcNow()), stop);
            var skipped = candles.Count - rejected.Count - inserted - revised;
            return new IngestCounts(candles.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <summary>Candles from <paramref name="from"/> (null: the first), oldest first; as known at <paramref name="asOf"/> (null:
    /// now).</summary>
    public async Task<IReadOnlyList<OhlcPoint>> ReadAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var command = new NpgsqlBatchCommand(Read);
        command.Parameters.AddValue(asset);
        command.Parameters.AddValue(currency);
        command.Parameters.AddValue(interval);
        command.Parameters.AddTime(from);
        command.Parameters.AddTime(asOf);
        return await SeriesLocks.ReadAsync(
            database, LockSpace, Series(asset, currency, interval), asOf, command, Point, cancellationToken);

        static OhlcPoint Point(NpgsqlDataReader reader) => new(
            new DateTimeOffset(reader.GetDateTime(0)), reader.Number(1), reader.Number(2), reader.Number(3), reader.Number(4),
            new DateTimeOffset(reader.GetDateTime(5)));
    }

    internal static string Series(string asset, string currency, string interval) => $"{asset}/{currency}/{interval}";

    private static Refusal? Refusal(AssetCandle candle) =>
        !StorableText.Holds(candle.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(candle.Currency) ? StorableText.Refusal("$.currency")
        : !StorableText.Holds(candle.Candle.Interval) ? StorableText.Refusal("$.interval")
        : candle.Candle.OpenTime.UnixNanoseconds % NanosecondsPerMicrosecond != 0
            ? new Refusal(RefusalCode.OutOfRange, "A candle's open time must not be finer than a microsecond.", "$.open_time")
            : null;

    private static NpgsqlBatchCommand AppendCommand(List<AssetCandle> rows, DateTimeOffset knownAt, DateTimeOffset? seenAt)
    {
        var command = new NpgsqlBatchCommand(Append);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Asset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Currency)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Candle.Interval)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.Candle.OpenTime.ToDateTimeOffset().UtcDateTime)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Candle.Open)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Candle.High)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Candle.Low)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Candle.Close)]);
        parameters.AddTime(knownAt);
        parameters.AddTime(seenAt);
        return command;
    }
}
