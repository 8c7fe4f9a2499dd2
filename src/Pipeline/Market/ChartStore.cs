using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>One served bucket of a chart.</summary>
/// <param name="KnownAt">When this system learned the value that is served.</param>
public sealed record ChartBucket(
    DateTimeOffset Start, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume, DateTimeOffset KnownAt)
{
    /// <summary>The provider's own, off-grid time of the value.</summary>
    public ProviderTime Time { get; init; } = ProviderTime.From(Start, 0);
}

/// <summary>
/// Chart points by bucket: other values in a bucket append a revision, the latest revision is served. The order of arrival decides, not the
/// provider's time: the closing point that a provider gives for yesterday is older than yesterday's last "now" point, and right.
/// A revision is never known before the one it follows.
/// <para>A day's value goes on moving until the day has ended, and then is its opening one: the provider's daily points lie at 00:00 UTC.
/// So that today's is not lost under what follows it, the points of exactly that time are also kept in a table of their own, and read as
/// interval <see cref="Midnight"/>; they count once, as daily ones.</para>
/// </summary>
public sealed class ChartStore(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Not written by itself: what of a daily chart lies at exactly 00:00:00 UTC.</summary>
    public const string Midnight = "midnight";

    /// <summary>Points of the last day, some minutes apart.</summary>
    public const string FiveMinutes = "5m";

    private const int LockSpace = 0x4348; // "CH"
    private const string Points = "market.chart_points";
    private const string Midnights = "market.chart_midnights";

    private static string Append(string table) => $"""
        INSERT INTO {table}
            (asset, currency, interval, bucket_start, revision, provider_time_ns, time_digits, price, market_cap, volume, known_at)
        SELECT batch.asset, batch.currency, $9, batch.bucket_start, coalesce(stored.revision + 1, 0), batch.provider_time_ns, batch.time_digits,
            batch.price, batch.market_cap, batch.volume, greatest($10, stored.known_at)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
            AS batch (asset, currency, bucket_start, provider_time_ns, time_digits, price, market_cap, volume)
        LEFT JOIN LATERAL (
            SELECT p.revision, p.price, p.market_cap, p.volume, p.known_at FROM {table} p
            WHERE p.asset = batch.asset AND p.currency = batch.currency AND p.interval = $9 AND p.bucket_start = batch.bucket_start
            ORDER BY p.revision DESC LIMIT 1) stored ON true
        WHERE stored.revision IS NULL
            OR ((stored.price, stored.market_cap, stored.volume) IS DISTINCT FROM (batch.price, batch.market_cap, batch.volume)
                AND ($11::timestamptz IS NULL OR stored.known_at <= $11))
        """;

    private static string Read(string table) => $"""
        SELECT DISTINCT ON (bucket_start) bucket_start, price, market_cap, volume, known_at, provider_time_ns, time_digits
        FROM {table}
        WHERE asset = $1 AND currency = $2 AND interval = $3 AND bucket_start >= coalesce($4, '-infinity')
            AND known_at <= coalesce($5, 'infinity')
        ORDER BY bucket_start, revision DESC
        LIMIT $6
        """;

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <param name="interval"><c>daily</c>, <c>hourly</c> or <c>5m</c>. Of several points of one batch in one bucket, the last by the
    /// provider's time counts.</param>
    /// <param name="seenAt">Of points that were seen long before <paramref name="receivedAt"/>: a bucket whose value became known after it
    /// keeps that value. Null: they have just been seen.</param>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        string interval, IReadOnlyList<ChartPoint> points, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken, DateTimeOffset? seenAt = null)
    {
        var bucket = Bucket(interval);
        var rejected = Rejected(interval, points, receivedAt, progress);
        var rows = LastOfEachBucket(points, bucket);
        var midnights = interval == "daily" ? LastOfEachBucket([.. points.Where(IsAtMidnight)], bucket) : [];
        return BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            List<NpgsqlBatchCommand> writes = [];
            if (rows.Count > 0)
            {
                var knownAt = await SeriesLocks.KnownAtAsync(connection, LockSpace, rows.Select(Series), receivedAt, time, stop);
                writes.Add(AppendCommand(Append(Points) + " RETURNING revision = 0", rows, bucket, interval, knownAt, seenAt));
                if (midnights.Count > 0)
                {
                    writes.Add(AppendCommand(Append(Midnights), midnights, bucket, "daily", knownAt, seenAt));
                }
            }

            var (inserted, revised) = await RowsAndEnd.RunAsync(connection, writes, rejected, new BatchEnd(progress, time.GetUtcNow()),
                stop);
            var skipped = points.Count - rejected.Count - inserted - revised;
            return new IngestCounts(points.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <summary>Buckets from <paramref name="from"/> (null: the first), oldest first; as known at <paramref name="asOf"/> (null:
    /// now).</summary>
    /// <param name="interval">One that is written, or <see cref="Midnight"/>.</param>
    public Task<IReadOnlyList<ChartBucket>> ReadAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        ReadAsync(asset, currency, interval, from, asOf, most: null, cancellationToken);

    /// <inheritdoc cref="ReadAsync(string, string, string, DateTimeOffset?, DateTimeOffset?, CancellationToken)"/>
    /// <param name="most">So many of them; null: all.</param>
    public async Task<IReadOnlyList<ChartBucket>> ReadAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int? most,
        CancellationToken cancellationToken)
    {
        var isMidnight = interval == Midnight;
        var command = new NpgsqlBatchCommand(Read(isMidnight ? Midnights : Points));
        command.Parameters.AddValue(asset);
        command.Parameters.AddValue(currency);
        command.Parameters.AddValue(isMidnight ? "daily" : interval);
        command.Parameters.AddTime(from);
        command.Parameters.AddTime(asOf);
        command.Parameters.Add(new NpgsqlParameter { Value = most ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        return await SeriesLocks.ReadAsync(database, LockSpace, Series(asset, currency), asOf, command, Row, cancellationToken);
    }

    private static ChartBucket Row(NpgsqlDataReader reader) => new(
        new DateTimeOffset(reader.GetDateTime(0)), reader.NumberOrNull(1), reader.NumberOrNull(2), reader.NumberOrNull(3),
        new DateTimeOffset(reader.GetDateTime(4)))
    {
        Time = new ProviderTime(reader.GetInt64(5), reader.GetInt16(6)),
    };

    /// <summary>Length of a bucket: of <c>daily</c>, <c>hourly</c> or <c>5m</c>.</summary>
    internal static TimeSpan Bucket(string interval) => interval switch
    {
        "daily" => TimeSpan.FromDays(1),
        "hourly" => TimeSpan.FromHours(1),
        FiveMinutes => TimeSpan.FromMinutes(5),
        _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "A chart's interval is daily, hourly or 5m."),
    };

    /// <summary>Whether both lie in one bucket of <c>daily</c>, <c>hourly</c> or <c>5m</c>.</summary>
    public static bool IsOneStep(string interval, ProviderTime left, ProviderTime right)
    {
        var length = Bucket(interval).Ticks * 100;
        return Math.Floor((decimal)left.UnixNanoseconds / length) == Math.Floor((decimal)right.UnixNanoseconds / length);
    }

    private static bool IsAtMidnight(ChartPoint point) => point.Time.UnixNanoseconds % (TimeSpan.TicksPerDay * 100) == 0;

    internal static DateTimeOffset BucketStart(ChartPoint point, TimeSpan bucket)
    {
        var ticks = point.Time.ToDateTimeOffset().UtcTicks;
        return new DateTimeOffset(ticks - (ticks % bucket.Ticks), TimeSpan.Zero);
    }

    private static string Series(ChartPoint point) => Series(point.Asset, point.Currency);

    private static string Series(string asset, string currency) => $"{asset}/{currency}";

    // A point alone does not say its chart's interval.
    private static List<DeadLetter> Rejected(
        string interval, IReadOnlyList<ChartPoint> points, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress) =>
    [
        .. points.Select(point => (Point: point, Refusal: Refusal(point)))
            .Where(of => of.Refusal is not null).Select(of => RecordLetters.Rejected(
            of.Point, new SeriesKey(RecordLetters.Provider(progress), "market_chart", Series(of.Point)), of.Refusal!, receivedAt) with
            {
                Context = new ReplyContext(Interval: interval),
            }),
    ];

    private static Refusal? Refusal(ChartPoint point) =>
        !StorableText.Holds(point.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(point.Currency) ? StorableText.Refusal("$.currency")
        : null;

    private static List<ChartPoint> LastOfEachBucket(IReadOnlyList<ChartPoint> points, TimeSpan bucket)
    {
        var last = new Dictionary<(string Asset, string Currency, DateTimeOffset Start), ChartPoint>();
        foreach (var point in points.Where(point => Refusal(point) is null))
        {
            var key = (point.Asset, point.Currency, BucketStart(point, bucket));
            if (!last.TryGetValue(key, out var known) || known.Time <= point.Time)
            {
                last[key] = point;
            }
        }

        return [.. last.Values];
    }

    private static NpgsqlBatchCommand AppendCommand(
        string statement, List<ChartPoint> rows, TimeSpan bucket, string interval, DateTimeOffset knownAt, DateTimeOffset? seenAt)
    {
        var command = new NpgsqlBatchCommand(statement);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Asset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Currency)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => BucketStart(row, bucket).UtcDateTime)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Time.UnixNanoseconds)]);
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => (short)row.Time.Digits)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Price)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.MarketCap)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Volume)]);
        parameters.AddValue(interval);
        parameters.AddTime(knownAt);
        parameters.AddTime(seenAt);
        return command;
    }
}
