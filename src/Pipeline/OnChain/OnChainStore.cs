using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.OnChain;

/// <summary>
/// On-chain points: another value under the same key appends a revision, the latest revision is served. Of several points of one batch for
/// one key the last in the batch counts, the others are skipped. A revision is never known before the one it follows.
/// </summary>
public sealed class OnChainStore(NpgsqlDataSource database, TimeProvider time)
{
    private const int LockSpace = 0x4F4E; // "ON"
    private const long NanosecondsPerMicrosecond = 1_000;

    private const string Append = """
        INSERT INTO onchain.points (asset, metric, source, interval, time, revision, time_digits, value, known_at)
        SELECT batch.asset, batch.metric, batch.source, batch.interval, batch.time, coalesce(stored.revision + 1, 0), batch.time_digits,
            batch.value, greatest($8, stored.known_at)
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS batch (asset, metric, source, interval, time, time_digits, value)
        LEFT JOIN LATERAL (
            SELECT p.revision, p.value, p.known_at FROM onchain.points p
            WHERE p.asset = batch.asset AND p.metric = batch.metric AND p.source = batch.source AND p.interval = batch.interval
                AND p.time = batch.time
            ORDER BY p.revision DESC LIMIT 1) stored ON true
        WHERE stored.revision IS NULL
            OR (stored.value IS DISTINCT FROM batch.value AND ($9::timestamptz IS NULL OR stored.known_at <= $9))
        RETURNING revision = 0
        """;

    // Of each time the highest revision that was known.
    private const string Forwards = """
        SELECT DISTINCT ON (time) time, time_digits, value FROM onchain.points
        WHERE asset = $1 AND metric = $2 AND source = $3 AND interval = $4 AND time >= $5 AND time < $6
            AND known_at <= coalesce($7, 'infinity')
        ORDER BY time, revision DESC LIMIT $8
        """;

    private const string Backwards = """
        SELECT DISTINCT ON (time) time, time_digits, value FROM onchain.points
        WHERE asset = $1 AND metric = $2 AND source = $3 AND interval = $4 AND time >= $5 AND time < $6
            AND known_at <= coalesce($7, 'infinity')
        ORDER BY time DESC, revision DESC LIMIT $8
        """;

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <param name="seenAt">Of points that were seen long before <paramref name="receivedAt"/>: an interval whose value became known after
    /// it keeps that value. Null: they have just been seen.</param>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<OnChainPoint> points, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken, DateTimeOffset? seenAt = null)
    {
        var rejected = Rejected(points, receivedAt, progress);
        var rows = points.Where(point => Refusal(point) is null).GroupBy(Key).Select(same => same.Last()).ToList();
        return BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            IReadOnlyList<NpgsqlBatchCommand> writes = rows.Count == 0
                ? []
                : [AppendCommand(
                    rows, await SeriesLocks.KnownAtAsync(connection, LockSpace, rows.Select(Series), receivedAt, time, stop), seenAt)];
            var (inserted, revised) = await RowsAndEnd.RunAsync(connection, writes, rejected, new BatchEnd(progress, time.GetUtcNow()),
                stop);
            var skipped = points.Count - rejected.Count - inserted - revised;
            return new IngestCounts(points.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <param name="asOf">As known then; null: now.</param>
    public async Task<Page<OnChainPoint>> ReadAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken)
    {
        var window = PageWindow.Of(page);
        var command = new NpgsqlBatchCommand(window.Forwards ? Forwards : Backwards);
        foreach (var part in (string[])[asset, metric, source, interval])
        {
            command.Parameters.AddValue(part);
        }

        command.Parameters.AddTime(window.From);
        command.Parameters.AddTime(window.To);
        command.Parameters.AddTime(asOf);
        command.Parameters.AddValue((long)page.Limit + 1);
        var points = await SeriesLocks.ReadAsync(
            database, LockSpace, Series(asset, metric, source, interval), asOf, command, Row, cancellationToken);
        return window.ToPage(points, page.Limit, point => (point.Time.UnixNanoseconds, PageWindow.OnlyId));

        OnChainPoint Row(NpgsqlDataReader reader) => new(
            asset, metric, source, interval, ProviderTime.From(new DateTimeOffset(reader.GetDateTime(0)), reader.GetInt16(1)),
            reader.NumberOrNull(2));
    }

    private static (string Asset, string Metric, string Source, string Interval, long TimeNs) Key(OnChainPoint point) =>
        (point.Asset, point.Metric, point.Source, point.Interval, point.Time.UnixNanoseconds);

    private static string Series(OnChainPoint point) => Series(point.Asset, point.Metric, point.Source, point.Interval);

    private static string Series(string asset, string metric, string source, string interval) => $"{asset}/{metric}/{source}/{interval}";

    private static List<DeadLetter> Rejected(
        IReadOnlyList<OnChainPoint> points, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress) =>
    [
        .. points.Select(point => (Point: point, Refusal: Refusal(point)))
            .Where(of => of.Refusal is not null).Select(of => RecordLetters.Rejected(
            of.Point, new SeriesKey(RecordLetters.Provider(progress), "onchain", Series(of.Point)), of.Refusal!, receivedAt)),
    ];

    private static Refusal? Refusal(OnChainPoint point) =>
        !StorableText.Holds(point.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(point.Metric) ? StorableText.Refusal("$.metric")
        : !StorableText.Holds(point.Source) ? StorableText.Refusal("$.source")
        : !StorableText.Holds(point.Interval) ? StorableText.Refusal("$.interval")
        : point.Time.UnixNanoseconds % NanosecondsPerMicrosecond != 0
            ? new Refusal(RefusalCode.OutOfRange, $"The interval's start {point.Time} must not be finer than a microsecond.", "$.time")
            : null;

    private static NpgsqlBatchCommand AppendCommand(List<OnChainPoint> rows, DateTimeOffset knownAt, DateTimeOffset? seenAt)
    {
        var command = new NpgsqlBatchCommand(Append);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Asset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Metric)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Source)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Interval)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.Time.ToDateTimeOffset().UtcDateTime)]);
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => (short)row.Time.Digits)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Value)]);
        parameters.AddTime(knownAt);
        parameters.AddTime(seenAt);
        return command;
    }
}
