using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Deletes what is older than its dataset's setting: in batches of few rows, each a transaction of its own with a pause after it, along the
/// index that the rows are read by. No lock but on those rows is held, so no writer waits; autovacuum gives the room back to later rows.
/// One node at a time does it, by an advisory lock of its session.
/// </summary>
/// <param name="settings">Read live, before each batch.</param>
public sealed class Retention(NpgsqlDataSource database, Func<RetentionSettings> settings, TimeProvider time, ILogger<Retention> log)
{
    /// <summary>One number for all nodes, from "akka-ret".</summary>
    private const long AdvisoryLock = 0x616B6B612D726574;

    // First the row's lock alone, which waits for writers that have looked at the cut: what they wrote is seen by the next statement.
    private const string Lock = """
        INSERT INTO ops.retention_cuts (dataset, cut, updated_at) VALUES ($1, '-infinity', $2)
        ON CONFLICT (dataset) DO UPDATE SET updated_at = excluded.updated_at
        """;

    private const string Count = "UPDATE ops.retention_cuts SET deleted = deleted + $2 WHERE dataset = $1";

    /// <summary>Rounds until it is cancelled; a database that is away is tried again at the next.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await RoundAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is NpgsqlException)
            {
                log.LogWarning(failure, "What is past its retention could not be deleted; the next round goes on with it");
            }

            await Task.Delay(settings().Every, time, cancellationToken);
        }
    }

    /// <summary>One round over all datasets.</summary>
    /// <returns>Rows deleted by dataset; empty where another node is at it.</returns>
    public async Task<IReadOnlyDictionary<string, long>> RoundAsync(CancellationToken cancellationToken)
    {
        var deleted = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await TryLockAsync(connection, cancellationToken))
        {
            return deleted;
        }

        try
        {
            foreach (var rule in RetentionRules.All)
            {
                if (rule.Keep(settings()) is { } keep)
                {
                    deleted[rule.Dataset] = await CutAsync(connection, rule, WholeMinute(time.GetUtcNow() - keep), cancellationToken);
                }
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", [], CancellationToken.None);
            }
        }

        return deleted;
    }

    /// <summary>Before the first row goes, so that who derives something from the rows, or writes older ones, sees it in time. A cut never
    /// goes back.</summary>
    private static string Announce(RetentionRule rule) => $"""
        WITH reached AS (SELECT least($2, {rule.HeldAt}) AS cut)
        UPDATE ops.retention_cuts SET cut = greatest(ops.retention_cuts.cut, reached.cut) FROM reached WHERE dataset = $1
        RETURNING reached.cut
        """;

    /// <returns>Where the dataset may be cut now: as its setting says, or earlier where something is still to be derived.</returns>
    private async Task<DateTimeOffset> AnnounceAsync(
        NpgsqlConnection connection, RetentionRule rule, DateTimeOffset wanted, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, Lock, [rule.Dataset, time.GetUtcNow().UtcDateTime], cancellationToken);
        await using var announce = Command(connection, Announce(rule), [rule.Dataset, wanted.UtcDateTime]);
        var cut = new DateTimeOffset((DateTime)(await announce.ExecuteScalarAsync(cancellationToken))!);
        await transaction.CommitAsync(cancellationToken);
        if (cut < wanted)
        {
            log.LogInformation("Retention: {Dataset} is cut at {Cut:O} only, for what follows is still to be read", rule.Dataset, cut);
        }

        return cut;
    }

    private async Task<long> CutAsync(
        NpgsqlConnection connection, RetentionRule rule, DateTimeOffset wanted, CancellationToken cancellationToken)
    {
        var cut = await AnnounceAsync(connection, rule, wanted, cancellationToken);
        var all = 0L;
        foreach (var series in await SeriesAsync(connection, rule, cancellationToken))
        {
            while (true)
            {
                var (batch, pause) = (settings().BatchRows, settings().Pause);
                var rows = await ExecuteAsync(connection, rule.Delete, [cut.UtcDateTime, (long)batch, .. series], cancellationToken);
                all += rows;
                if (rows < batch)
                {
                    break;
                }

                await Task.Delay(pause, time, cancellationToken);
            }
        }

        if (all > 0)
        {
            await ExecuteAsync(connection, Count, [rule.Dataset, all], cancellationToken);
            log.LogInformation("Retention: {Rows} rows of {Dataset} older than {Cut:O} are deleted", all, rule.Dataset, cut);
        }

        return all;
    }

    private static async Task<List<object[]>> SeriesAsync(
        NpgsqlConnection connection, RetentionRule rule, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(rule.Series, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var series = new List<object[]>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new object[reader.FieldCount];
            reader.GetValues(key);
            series.Add(key);
        }

        return series;
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({AdvisoryLock})", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, IReadOnlyList<object> parameters, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IReadOnlyList<object> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return command;
    }

    /// <summary>No minute is cut into: the trades of one are there whole, or not at all.</summary>
    private static DateTimeOffset WholeMinute(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerMinute));
}
