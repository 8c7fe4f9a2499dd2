using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>A place in the order of commits: after the trade at <paramref name="Index"/> of the commit at
/// <paramref name="Position"/>.</summary>
/// <param name="Index">From 0; -1 is before the first.</param>
public readonly record struct LogPlace(long Position, int Index) : IComparable<LogPlace>
{
    /// <summary>After everything that was committed up to a position.</summary>
    public static LogPlace EndOf(long position) => new(position, int.MaxValue);

    public int CompareTo(LogPlace other) =>
        Position != other.Position ? Position.CompareTo(other.Position) : Index.CompareTo(other.Index);

    public static bool operator <(LogPlace left, LogPlace right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPlace left, LogPlace right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPlace left, LogPlace right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPlace left, LogPlace right) => left.CompareTo(right) >= 0;
}

/// <summary>A trade by its place: within a commit by time and id.</summary>
public sealed record LoggedTrade(LogPlace Place, Trade Trade);

/// <param name="Trades">In the order of their places; none where <paramref name="IsCut"/>.</param>
/// <param name="IsCut">Something after the place that was asked for is no longer in the log.</param>
public sealed record LogPage(IReadOnlyList<LoggedTrade> Trades, bool IsCut);

/// <summary>Reads a pair's trades along the log, from any place, in short statements of which none holds a snapshot for long.</summary>
public sealed class CommitLogReader(NpgsqlDataSource database, PairCatalogue pairs)
{
    /// <summary>Commits that one statement looks at: many of them hold one trade, and some thousands.</summary>
    private const int CommitsAtOnce = 100;

    // Along the index by pair and time, whatever the planner knows of the table; xmin tells the commit's own trades from others.
    private const string ByIndex = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";

    private const string OfRun = """
        trade.currency_pair_no = logged.currency_pair_no AND trade.exchange_id = logged.exchange_id
            AND trade.time_ns >= logged.from_minute * 60000000000 AND trade.time_ns < (logged.to_minute + 1) * 60000000000
            AND trade.xmin = logged.xid::xid
        """;

    private const string LastOfNext = """
        SELECT max(position) FROM (
            SELECT DISTINCT position FROM market.commit_log WHERE currency_pair_no = $1 AND position BETWEEN $2 AND $3
            ORDER BY position LIMIT $4) next
        """;

    private const string End = "SELECT coalesce((SELECT position FROM market.commit_log_ends WHERE currency_pair_no = $1), 0)";

    private const string OfCommits = $"""
        SELECT trade.*, commit.position, trade.index
        FROM (
            SELECT DISTINCT position FROM market.commit_log WHERE currency_pair_no = $1 AND position BETWEEN $2 AND $4
            ORDER BY position) commit
        CROSS JOIN LATERAL (
            SELECT trade.trade_id, trade.price, trade.quantity, trade.taker_side, trade.time_ns, trade.time_digits,
                (row_number() OVER (ORDER BY trade.time_ns, trade.trade_id) - 1)::integer AS index
            FROM market.commit_log logged JOIN market.trades trade ON {OfRun} WHERE logged.position = commit.position) trade
        WHERE (commit.position, trade.index) > ($2, $3) AND (commit.position, trade.index) <= ($4, $5)
        ORDER BY commit.position, trade.index LIMIT $6
        """;

    private const string OfCommit = $"""
        SELECT trade.trade_id, trade.price, trade.quantity, trade.taker_side, trade.time_ns, trade.time_digits
        FROM market.commit_log logged JOIN market.trades trade ON {OfRun}
        WHERE logged.position = $1
        ORDER BY trade.time_ns, trade.trade_id OFFSET $2 LIMIT $3
        """;

    private const string Bounds = $"""
        SELECT min(time_ns), max(time_ns)
        FROM (
            SELECT logged.position, trade.time_ns,
                row_number() OVER (PARTITION BY logged.position ORDER BY trade.time_ns, trade.trade_id) - 1 AS index
            FROM market.commit_log logged JOIN market.trades trade ON {OfRun}
            WHERE logged.currency_pair_no = $1 AND logged.position BETWEEN $2 AND $4) trades
        WHERE (position, index) > ($2, $3) AND (position, index) <= ($4, $5)
        """;

    /// <summary>The trades after a place and up to another, at most <paramref name="limit"/>; fewer only where there are no more.</summary>
    public async Task<LogPage> ReadAsync(
        string exchange, string pair, LogPlace after, LogPlace until, int limit, CancellationToken cancellationToken)
    {
        var trades = new List<LoggedTrade>();
        if (await pairs.FindAsync(exchange, pair, cancellationToken) is not { } numbers)
        {
            return new LogPage(trades, IsCut: false);
        }

        var place = after;
        while (trades.Count < limit)
        {
            var last = await LastOfNextAsync(numbers, place, until, cancellationToken);
            var to = last is { } position && position < until.Position ? LogPlace.EndOf(position) : until;
            // What was cut meanwhile is noticed, for that is asked after the trades.
            if (await ReadIntoAsync(trades, numbers, exchange, pair, (place, to), limit - trades.Count, cancellationToken) > after.Position)
            {
                return new LogPage([], IsCut: true);
            }

            if (last is null || to == until)
            {
                break;
            }

            place = to;
        }

        return new LogPage(trades, IsCut: false);
    }

    /// <summary>Some trades of one commit, by their index.</summary>
    public async Task<List<LoggedTrade>> OfCommitAsync(LoggedCommit commit, int first, int limit, CancellationToken cancellationToken)
    {
        var trades = new List<LoggedTrade>();
        await using var batch = Indexed(OfCommit, commit.Position, (long)first, (long)limit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            trades.Add(new LoggedTrade(
                new LogPlace(commit.Position, first + trades.Count), TradeReader.Row(reader, commit.Exchange, commit.Pair)));
        }

        return trades;
    }

    /// <summary>The times of the earliest and the latest trade after a place and up to another, in nanoseconds since 1970; null where there
    /// is none, or some of them are no longer in the log.</summary>
    public async Task<((long Earliest, long Latest)? Times, bool IsCut)> BoundsAsync(
        string exchange, string pair, LogPlace after, LogPlace until, CancellationToken cancellationToken)
    {
        if (await pairs.FindAsync(exchange, pair, cancellationToken) is not { } numbers)
        {
            return default;
        }

        await using var batch = Indexed(
            Bounds, numbers.CurrencyPairNo, after.Position, after.Index, until.Position, until.Index);
        batch.BatchCommands.Add(EndOf(numbers));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        (long Earliest, long Latest)? times = reader.IsDBNull(0) ? null : (reader.GetInt64(0), reader.GetInt64(1));
        return await EndAsync(reader, cancellationToken) > after.Position ? (null, true) : (times, false);
    }

    /// <summary>Where the pair's part of the log begins, and the first trade in it, if it has any.</summary>
    public async Task<(LogPlace Before, LoggedTrade? First)> OldestAsync(
        string exchange, string pair, CancellationToken cancellationToken)
    {
        while (true)
        {
            var numbers = await pairs.FindAsync(exchange, pair, cancellationToken);
            var end = numbers is null ? 0 : await EndAsync(numbers.Value, cancellationToken);
            var before = LogPlace.EndOf(end);
            var page = await ReadAsync(exchange, pair, before, LogPlace.EndOf(long.MaxValue), 1, cancellationToken);
            if (!page.IsCut) // else it moved on meanwhile
            {
                return (before, page.Trades is [var first] ? first : null);
            }
        }
    }

    /// <returns>The newest position of the pair that is no longer in the log.</returns>
    private async Task<long> ReadIntoAsync(
        List<LoggedTrade> trades, PairNumbers numbers, string exchange, string pair, (LogPlace After, LogPlace Until) range, int limit,
        CancellationToken cancellationToken)
    {
        var (after, until) = range;
        await using var batch = Indexed(
            OfCommits, numbers.CurrencyPairNo, after.Position, after.Index, until.Position, until.Index, (long)limit);
        batch.BatchCommands.Add(EndOf(numbers));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            trades.Add(new LoggedTrade(
                new LogPlace(reader.GetInt64(7), reader.GetInt32(8)), TradeReader.Row(reader, exchange, pair)));
        }

        return await EndAsync(reader, cancellationToken);
    }

    private static NpgsqlBatchCommand EndOf(PairNumbers numbers) =>
        new(End) { Parameters = { new NpgsqlParameter { Value = numbers.CurrencyPairNo } } };

    private static async Task<long> EndAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0);
    }

    private async Task<long> EndAsync(PairNumbers numbers, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(End);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<long?> LastOfNextAsync(
        PairNumbers numbers, LogPlace place, LogPlace until, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(LastOfNext);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        command.Parameters.AddValue(place.Index == int.MaxValue ? place.Position + 1 : place.Position);
        command.Parameters.AddValue(until.Position);
        command.Parameters.AddValue((long)CommitsAtOnce);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.LongOrNull(0);
    }

    private NpgsqlBatch Indexed(string sql, params object[] values)
    {
        var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ByIndex));
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        batch.BatchCommands.Add(command);
        return batch;
    }
}
