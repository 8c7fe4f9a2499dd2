using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// Numbered plain SQL files (<c>0001-why-it-is-there.sql</c>), each applied once, in order, in a transaction of its own together with its
/// row in <c>ops.schema_migrations</c>. A shipped file is never edited: its SHA-256 is compared at each start.
/// </summary>
public static partial class Migrations
{
    /// <summary>One number for all nodes, from "akka-mig"; any number of them may start at once, one at a time applies.</summary>
    private const long AdvisoryLock = 0x616B6B612D6D6967;

    private const string History = """
        CREATE SCHEMA IF NOT EXISTS ops;
        CREATE TABLE IF NOT EXISTS ops.schema_migrations (
            name       text COLLATE "C" PRIMARY KEY,
            sha256     bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        """;

    /// <summary>The folder that is shipped beside the program.</summary>
    public static string ShippedDirectory => Path.Combine(AppContext.BaseDirectory, "db");

    /// <returns>The names of the files that this call applied, in order.</returns>
    /// <exception cref="MigrationException">
    /// A shipped file was changed, the database has migrations that this version doesn't know, a file is out of order or misnamed, or one
    /// failed.
    /// </exception>
    /// <exception cref="DatabaseUnavailableException">The database is away; what was applied until then stays, the rest follows with the
    /// next call.</exception>
    public static Task<IReadOnlyList<string>> ApplyAsync(
        NpgsqlDataSource database, string directory, CancellationToken cancellationToken) =>
        PostgresErrors.TranslatedAsync("the migrations", async () =>
        {
            var files = await ReadAsync(directory, cancellationToken);
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
            try
            {
                await ExecuteAsync(connection, History, cancellationToken);
                return await ApplyMissingAsync(connection, files, cancellationToken);
            }
            finally
            {
                // Where the connection is lost the lock is gone with it; the pool's reset would free it too, but only when the connection
                // is next used.
                if (connection.State == System.Data.ConnectionState.Open)
                {
                    await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
                }
            }
        });

    private static async Task<List<Migration>> ReadAsync(string directory, CancellationToken cancellationToken)
    {
        var files = new List<Migration>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.sql").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!FileName().IsMatch(name))
            {
                throw new MigrationException($"The migration {path} must be named like 0001-why-it-is-there.sql.");
            }

            if (files.Count > 0 && files[^1].Number == Migration.NumberOf(name))
            {
                throw new MigrationException($"The migrations {files[^1].Name} and {name} in {directory} have the same number.");
            }

            files.Add(new Migration(name, await File.ReadAllBytesAsync(path, cancellationToken)));
        }

        return files.Count > 0 ? files : throw new MigrationException($"No migration (0001-….sql) in {directory}.");
    }

    private static async Task<IReadOnlyList<string>> ApplyMissingAsync(
        NpgsqlConnection connection, List<Migration> files, CancellationToken cancellationToken)
    {
        var applied = await AppliedAsync(connection, cancellationToken);
        Check(applied, files);
        var missing = files.Skip(applied.Count).ToList();
        foreach (var file in missing)
        {
            await ApplyAsync(connection, file, cancellationToken);
        }

        return [.. missing.Select(m => m.Name)];
    }

    /// <summary>What the database has must be how the list of files begins.</summary>
    private static void Check(List<(string Name, byte[] Sha256)> applied, List<Migration> files)
    {
        if (applied.Find(a => !files.Exists(f => f.Name == a.Name)) is { Name: { } unknown })
        {
            throw new MigrationException(
                $"The database is newer than this version: it has the migration {unknown}, the newest known here is {files[^1].Name}.");
        }

        for (var i = 0; i < applied.Count; i++)
        {
            var (name, sha256) = applied[i];
            if (files[i].Name != name)
            {
                throw new MigrationException(
                    $"The migration {files[i].Name} is not applied, but the later {name} is: number it after the last one.");
            }

            if (!files[i].Sha256.AsSpan().SequenceEqual(sha256))
            {
                throw new MigrationException(
                    $"The migration {name} was changed after it had been applied (SHA-256 {Convert.ToHexStringLower(sha256)} then, "
                    + $"{Convert.ToHexStringLower(files[i].Sha256)} now): restore it and put the change into a new file.");
            }
        }
    }

    private static async Task<List<(string Name, byte[] Sha256)>> AppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT name, sha256 FROM ops.schema_migrations ORDER BY name", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new List<(string, byte[])>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add((reader.GetString(0), await reader.GetFieldValueAsync<byte[]>(1, cancellationToken)));
        }

        return applied;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration file, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, file.Sql, cancellationToken);
            await using var record = new NpgsqlCommand("INSERT INTO ops.schema_migrations (name, sha256) VALUES ($1, $2)", connection)
            {
                Parameters = { new() { Value = file.Name }, new() { Value = file.Sha256 } },
            };
            await record.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException e) when (!PostgresErrors.IsTransient(e))
        {
            throw new MigrationException(
                $"The migration {file.Name} failed at character {e.Position}, nothing of it was kept: {e.MessageText}", e);
        }
    }

    /// <summary>
    /// Without the usual bound on a statement: the lock is held as long as another node's migration runs, and that may be long.
    /// </summary>
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [GeneratedRegex("^[0-9]{4}-[a-z0-9]+(-[a-z0-9]+)*\\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    private sealed record Migration(string Name, byte[] Content)
    {
        public byte[] Sha256 { get; } = SHA256.HashData(Content);

        public string Sql => Encoding.UTF8.GetString(Content);

        public string Number => NumberOf(Name);

        public static string NumberOf(string name) => name[..4];
    }
}
