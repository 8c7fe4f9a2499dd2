using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>A transaction's trades of one pair, by their place in the order of commits.</summary>
public sealed record LoggedCommit(long Position, string Exchange, string Pair);

/// <summary>A price, by the place of the commit that made it the newest of its asset and currency.</summary>
public sealed record LoggedPrice(long Position, AssetPrice Price);

/// <param name="Cuts">Pairs of which something after the position that was asked for is no longer in the log, with the last such
/// position.</param>
/// <param name="Commits">At most <see cref="CommitLog.MostRead"/>, in the order of their positions.</param>
/// <param name="Prices">All that became the newest of their series since, in the order of their positions.</param>
public sealed record LogNews(
    IReadOnlyList<LoggedCommit> Cuts, IReadOnlyList<LoggedCommit> Commits, IReadOnlyList<LoggedPrice> Prices);

/// <summary>
/// The order of commits, over all nodes: batches of trades say in their own transaction what they wrote, and whoever calls
/// <see cref="PlaceAsync"/> gives what has been committed its positions, one caller at a time. Positions only grow, in the order in which
/// commits were found; of two transactions that overlapped the older one comes first. What has a position is committed, and what is
/// committed gets one, whoever is killed in between.
/// </summary>
public sealed class CommitLog(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Commits that one read brings.</summary>
    public const int MostRead = 500;

    /// <summary>Rows that one placing takes: a long backlog is placed in several, so that none takes long.</summary>
    private const int MostPlaced = 5000;

    /// <summary>One number for all nodes, from "akka-log".</summary>
    private const string Lock = "SELECT pg_advisory_xact_lock(7019270999716556647)";

    // The numbers are drawn in the order of the inner query, and the lock is held until they are committed.
    private const string PlaceTrades = """
        WITH taken AS (
            DELETE FROM market.unplaced_commits
            WHERE ctid = ANY(ARRAY(SELECT ctid FROM market.unplaced_commits ORDER BY xid LIMIT $1)) RETURNING *),
        placed AS (
            SELECT xid, currency_pair_no, nextval('market.commit_positions') AS position
            FROM (SELECT DISTINCT xid, currency_pair_no FROM taken ORDER BY xid, currency_pair_no) batch)
        INSERT INTO market.commit_log (position, run, xid, exchange_id, currency_pair_no, from_minute, to_minute, placed_at)
        SELECT position, row_number() OVER (PARTITION BY position ORDER BY from_minute), xid, exchange_id, currency_pair_no, from_minute,
            to_minute, $2
        FROM taken JOIN placed USING (xid, currency_pair_no)
        """;

    // One statement sees a price and the word of it together, or neither: the price beside a position is never newer than that.
    private const string PlacePrices = """
        WITH taken AS (DELETE FROM market.unplaced_prices RETURNING asset, currency)
        INSERT INTO market.price_log
            (asset, currency, position, price, market_cap, volume_24h, change_24h, time_ns, time_digits)
        SELECT asset, currency, nextval('market.commit_positions'), price, market_cap, volume_24h, change_24h, time_ns, time_digits
        FROM (SELECT DISTINCT asset, currency FROM taken) news JOIN market.simple_prices USING (asset, currency)
        ON CONFLICT (asset, currency) DO UPDATE SET
            position = excluded.position, price = excluded.price, market_cap = excluded.market_cap, volume_24h = excluded.volume_24h,
            change_24h = excluded.change_24h, time_ns = excluded.time_ns, time_digits = excluded.time_digits
        """;

    private const string Commits = """
        SELECT position, exchange.name, pair.pair
        FROM (SELECT position, min(currency_pair_no) AS currency_pair_no FROM market.commit_log WHERE position > $1
            GROUP BY position ORDER BY position LIMIT $2) logged
        JOIN market.currency_pairs pair USING (currency_pair_no) JOIN market.exchanges exchange USING (exchange_id)
        ORDER BY position
        """;

    private const string Cuts = """
        SELECT ended.position, exchange.name, pair.pair
        FROM market.commit_log_ends ended
        JOIN market.currency_pairs pair USING (currency_pair_no) JOIN market.exchanges exchange USING (exchange_id)
        WHERE ended.position > $1
        """;

    private const string Prices = """
        SELECT position, asset, currency, price, market_cap, volume_24h, change_24h, time_ns, time_digits
        FROM market.price_log WHERE position > $1 ORDER BY position
        """;

    // A position is cut when it is too old, or when there are too many after it.
    private const string Trim = """
        WITH cut AS (
            SELECT greatest(
                (SELECT max(position) FROM market.commit_log WHERE placed_at < $1),
                (SELECT last_value FROM market.commit_positions) - $2) AS position),
        gone AS (
            DELETE FROM market.commit_log WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM market.commit_log WHERE position <= (SELECT position FROM cut) ORDER BY position LIMIT $3))
            RETURNING currency_pair_no, position),
        ends AS (
            INSERT INTO market.commit_log_ends (currency_pair_no, position)
            SELECT currency_pair_no, max(position) FROM gone GROUP BY currency_pair_no
            ON CONFLICT (currency_pair_no) DO UPDATE SET position = greatest(market.commit_log_ends.position, excluded.position))
        SELECT count(*) FROM gone
        """;

    // Old ids must lead to nothing of the new time: its positions begin far beyond them.
    private const string BeginAnew = """
        WITH current AS (
            SELECT system_identifier, 'market.trades'::regclass::oid AS trades_table FROM pg_control_system()),
        moved AS (
            UPDATE market.commit_log_origin origin SET system_identifier = current.system_identifier, trades_table = current.trades_table
            FROM current WHERE (origin.system_identifier, origin.trades_table) <> (current.system_identifier, current.trades_table)
            RETURNING setval('market.commit_positions', (SELECT last_value FROM market.commit_positions) + 1000000000000) AS position),
        unplaced AS (DELETE FROM market.unplaced_commits USING moved),
        gone AS (DELETE FROM market.commit_log USING moved)
        INSERT INTO market.commit_log_ends (currency_pair_no, position)
        SELECT currency_pair_no, moved.position FROM market.currency_pairs, moved
        ON CONFLICT (currency_pair_no) DO UPDATE SET position = excluded.position
        """;

    /// <summary>
    /// To be called when a process starts, before anything is read: a log whose rows were restored from a backup knows its trades no
    /// more, and begins anew.
    /// </summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BeginAnew));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The newest position. Whoever gives positions just now is waited for: what stands up to it is there to be read.</summary>
    public async Task<long> HeadAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM market.commit_positions"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0);
    }

    /// <summary>Gives what has been committed its positions.</summary>
    public async Task PlaceAsync(CancellationToken cancellationToken)
    {
        await using var batch = Placing();
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Places, and reads what then stands after the two positions, in one round trip.</summary>
    public async Task<LogNews> PlaceAndReadAsync(long afterCommit, long afterPrice, CancellationToken cancellationToken)
    {
        await using var batch = Placing();
        var commits = new NpgsqlBatchCommand(Commits);
        commits.Parameters.AddValue(afterCommit);
        commits.Parameters.AddValue((long)MostRead);
        batch.BatchCommands.Add(commits);
        var prices = new NpgsqlBatchCommand(Prices);
        prices.Parameters.AddValue(afterPrice);
        batch.BatchCommands.Add(prices);
        var cuts = new NpgsqlBatchCommand(Cuts);
        cuts.Parameters.AddValue(afterCommit);
        batch.BatchCommands.Add(cuts);

        // Of the statements before them only the lock's has a result.
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var foundCommits = await ListAsync(reader, Commit, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var foundPrices = await ListAsync(reader, row => new LoggedPrice(row.GetInt64(0), Price(row)), cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return new LogNews(await ListAsync(reader, Commit, cancellationToken), foundCommits, foundPrices);
    }

    /// <summary>Deletes what is older than <paramref name="keep"/> or stands before the newest <paramref name="most"/> positions.</summary>
    /// <param name="batch">Rows that one statement deletes.</param>
    /// <returns>Rows deleted; as many as the batch where there may be more.</returns>
    public async Task<long> TrimAsync(TimeSpan keep, long most, int batch, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Trim);
        command.Parameters.AddTime(time.GetUtcNow() - keep);
        command.Parameters.AddValue(most);
        command.Parameters.AddValue((long)batch);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private NpgsqlBatch Placing()
    {
        var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock));
        var trades = new NpgsqlBatchCommand(PlaceTrades);
        trades.Parameters.AddValue((long)MostPlaced);
        trades.Parameters.AddTime(time.GetUtcNow());
        batch.BatchCommands.Add(trades);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PlacePrices));
        return batch;
    }

    private static async Task<List<T>> ListAsync<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static LoggedCommit Commit(NpgsqlDataReader reader) => new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2));

    private static AssetPrice Price(NpgsqlDataReader reader) => new(
        reader.GetString(1), reader.GetString(2), reader.NumberOrNull(3), reader.NumberOrNull(4), reader.NumberOrNull(5),
        reader.NumberOrNull(6), new ProviderTime(reader.GetInt64(7), reader.GetInt16(8)));
}
