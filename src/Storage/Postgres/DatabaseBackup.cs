using System.Diagnostics;
using System.Text.Json;
using AkkaCrypto.Storage.Embedded;
using Npgsql;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>What one table held when it was backed up.</summary>
/// <param name="Table">With its schema: <c>market.trades</c>.</param>
/// <param name="Hash">Sum of the rows' 64-bit hashes: the same for the same rows in any order.</param>
public sealed record TableContent(string Table, long Rows, string Hash);

/// <summary><c>manifest.json</c> of a backup.</summary>
/// <param name="Format">1.</param>
/// <param name="Migrations">Names of those that the database had, in order.</param>
public sealed record BackupManifest(
    int Format, DateTimeOffset TakenAt, IReadOnlyList<string> Schemas, IReadOnlyList<string> Migrations,
    IReadOnlyList<TableContent> Tables);

/// <summary>What a long step is at: done of all.</summary>
public readonly record struct BackupProgress(string Step, int Done, int Of);

/// <summary>
/// A whole, consistent copy of some schemas as a folder: <c>database.dump</c> (pg_dump's custom format) and <c>manifest.json</c> with the
/// content of every table. Both are taken from one snapshot, so writers go on meanwhile and the two can't disagree. A restore happens in
/// one transaction that ends only if every table has just that content: a kill at any moment leaves the database as it was, or whole.
/// </summary>
public sealed class DatabaseBackup(string connectionString, IReadOnlyList<string> schemas, TimeProvider time)
{
    /// <summary>Tables that hold rows before anything is stored: the history of migrations, and whose the log of commits is.</summary>
    private static readonly string[] OfEveryDatabase = ["ops.schema_migrations", "market.commit_log_origin"];

    private const int Format = 1;
    private const string Package = "postgresql-client";
    private const string Dump = "database.dump";
    private const string Manifest = "manifest.json";

    // What a row's text depends on; hashes must not depend on a server's own settings.
    private const string PlainText =
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Takes the backup into a new folder, which is there whole or not at all.</summary>
    /// <exception cref="BackupException">The folder exists, a program is missing or failed; the message says which and why.</exception>
    public async Task<BackupManifest> TakeAsync(
        string folder, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        folder = Path.GetFullPath(folder);
        if (Path.Exists(folder))
        {
            throw new BackupException($"{folder} exists already: expected a folder that doesn't, its parent made if missing.");
        }

        var draft = $"{folder}.partial-{Guid.NewGuid():N}";
        MakePrivateFolder(draft);
        try
        {
            var manifest = await TakeIntoAsync(draft, progress, cancellationToken);
            await using (var file = MakePrivate(Path.Combine(draft, Manifest)))
            {
                await file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(manifest, Json), cancellationToken);
            }

            Directory.Move(draft, folder);
            return manifest;
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }
    }

    /// <exception cref="BackupException">It is no backup, or one of a newer form.</exception>
    public static async Task<BackupManifest> ReadManifestAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, Manifest);
        try
        {
            var manifest = JsonSerializer.Deserialize<BackupManifest>(await File.ReadAllBytesAsync(file, cancellationToken), Json);
            return manifest is { Format: Format, Schemas: not null, Migrations: not null, Tables: not null }
                && File.Exists(Path.Combine(folder, Dump))
                ? manifest
                : throw new BackupException(
                    $"{folder} is not a backup of form {Format}: expected {Manifest} and {Dump} as 'backup' makes them.");
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new BackupException($"{file} can't be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>How many rows the schemas hold now, but for those that every migrated database has.</summary>
    public async Task<long> CountRowsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var rows = 0L;
        foreach (var table in await TablesAsync(connection, cancellationToken))
        {
            rows += Array.IndexOf(OfEveryDatabase, table) >= 0 ? 0 : (await ContentAsync(connection, table, cancellationToken)).Rows;
        }

        return rows;
    }

    /// <summary>Names of other sessions on the database that would be in the way: the service's.</summary>
    public async Task<int> CountSessionsAsync(string applicationName, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*)::integer FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
            """, connection) { Parameters = { new() { Value = applicationName } } };
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Replaces the schemas by those of the backup.</summary>
    /// <exception cref="BackupException">It failed; the database is as it was.</exception>
    public async Task RestoreAsync(
        string folder, BackupManifest manifest, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        progress.Report(new BackupProgress("restoring", 0, 1));
        using var reading = Start(["pg_restore", "-f", "-", "--no-owner", "--no-privileges", Path.Combine(folder, Dump)]);
        var (target, environment) = Target();
        using var writing = Start(
            ["psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d", target],
            environment);
        var errors = (
            Read: reading.StandardError.ReadToEndAsync(cancellationToken), Write: writing.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await PumpAsync(reading, writing, manifest, cancellationToken);
            await writing.WaitForExitAsync(cancellationToken);
        }
        catch (Exception)
        {
            reading.Kill(entireProcessTree: true);
            writing.Kill(entireProcessTree: true);
            throw;
        }

        if (writing.ExitCode != 0 || reading.ExitCode != 0)
        {
            throw new BackupException($"The restore failed and nothing was changed: {(await errors.Read + await errors.Write).Trim()}");
        }

        progress.Report(new BackupProgress("restoring", 1, 1));
    }

    private async Task<BackupManifest> TakeIntoAsync(string draft, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var export = new NpgsqlCommand("SELECT pg_export_snapshot()", connection, snapshot);
        var name = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        var tables = await TablesAsync(connection, cancellationToken);
        progress.Report(new BackupProgress("dumping", 0, tables.Count + 1));
        var dumping = DumpAsync(name, Path.Combine(draft, Dump), cancellationToken);
        var contents = new List<TableContent>();
        try
        {
            foreach (var table in tables)
            {
                contents.Add(await ContentAsync(connection, table, cancellationToken));
                progress.Report(new BackupProgress($"hashed {table}", contents.Count, tables.Count + 1));
            }
        }
        finally
        {
            await dumping; // it reads from this snapshot, so it ends first in any case
        }

        progress.Report(new BackupProgress("dumped", tables.Count + 1, tables.Count + 1));
        var migrations = await MigrationsAsync(connection, cancellationToken);
        return new BackupManifest(Format, time.GetUtcNow(), schemas, migrations, contents);
    }

    /// <summary>A backup holds what people own and the hashes of their keys: nobody but its owner reads it, whatever the umask.</summary>
    private static FileStream MakePrivate(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(file, options);
    }

    private static void MakePrivateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task DumpAsync(string snapshot, string file, CancellationToken cancellationToken)
    {
        // pg_dump writes into the file that is there, and leaves its mode.
        await MakePrivate(file).DisposeAsync();
        var (target, environment) = Target();
        using var process = Start(
            ["pg_dump", "-Fc", "--no-owner", "--no-privileges", $"--snapshot={snapshot}", "-f", file,
                .. schemas.SelectMany(schema => new[] { "-n", schema }), "-d", target], environment);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new BackupException($"pg_dump ended with exit code {process.ExitCode}: {(await errors).Trim()}");
        }
    }

    /// <summary>
    /// Everything goes through one psql, in one transaction that this ends. Where the input ends without that, because this process was
    /// killed, the server rolls it back.
    /// </summary>
    private async Task PumpAsync(Process reading, Process writing, BackupManifest manifest, CancellationToken cancellationToken)
    {
        var script = writing.StandardInput;
        try
        {
            await script.WriteLineAsync("BEGIN;");
            // Only errors are told, not what is dropped with each schema; and what an open session holds would be waited for without end.
            await script.WriteLineAsync("SET LOCAL client_min_messages = error; SET LOCAL lock_timeout = '30s';");
            await script.WriteLineAsync("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;");
            await script.WriteLineAsync($"DROP SCHEMA IF EXISTS {string.Join(", ", schemas.Select(Quoted))} CASCADE;");
            await script.FlushAsync(cancellationToken);
            await reading.StandardOutput.BaseStream.CopyToAsync(script.BaseStream, cancellationToken);
            await reading.WaitForExitAsync(cancellationToken);
            if (reading.ExitCode != 0)
            {
                await script.WriteLineAsync("DO $$ BEGIN RAISE EXCEPTION 'the dump could not be read to its end'; END $$;");
            }

            await script.WriteLineAsync($"{PlainText};");
            foreach (var table in manifest.Tables)
            {
                await script.WriteLineAsync(Check(table));
            }

            await script.WriteLineAsync("COMMIT;");
            script.Close();
        }
        catch (IOException)
        {
            // psql has ended: its exit code and its error say why.
        }
    }

    private static string Check(TableContent table) =>
        $"""
        DO $check$ DECLARE found record; BEGIN
            {ContentOf(table.Table)} INTO found;
            IF found.rows <> {table.Rows} OR found.hash <> {Literal(table.Hash)} THEN
                RAISE EXCEPTION '% has % rows with hash %, the backup says % with %',
                    {Literal(table.Table)}, found.rows, found.hash, {table.Rows}, {Literal(table.Hash)};
            END IF;
        END $check$;
        """;

    private static string ContentOf(string table) =>
        $"SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS hash FROM {QuotedTable(table)} t";

    private static async Task<TableContent> ContentAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ContentOf(table), connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new TableContent(table, reader.GetInt64(0), reader.GetString(1));
    }

    /// <summary>Tables of the schemas, but not the partitions of one: their rows are the whole's.</summary>
    private async Task<IReadOnlyList<string>> TablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
            """, connection) { Parameters = { new() { Value = schemas.ToArray() } } };
        return await ListAsync(command, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> MigrationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT name FROM ops.schema_migrations ORDER BY name", connection);
        return await ListAsync(command, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var list = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            list.Add(reader.GetString(0));
        }

        return list;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        // A snapshot stays open for as long as the dump takes, idle at times.
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false, Options = "-c idle_in_transaction_session_timeout=0",
        };
        var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(PlainText, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    /// <summary>The database for PostgreSQL's own programs; the password goes by the environment, which no process list shows.</summary>
    private (string Target, Dictionary<string, string> Environment) Target()
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        string?[] parts =
        [
            $"host={Escaped(to.Host)}", $"port={to.Port}", $"dbname={Escaped(to.Database)}", $"user={Escaped(to.Username)}",
            to.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull ? "sslmode=require" : null,
        ];
        var environment = new Dictionary<string, string> { ["PGPASSWORD"] = to.Password ?? "" };
        return (string.Join(' ', parts.OfType<string>()), environment);
    }

    private static Process Start(IReadOnlyList<string> commandLine, IReadOnlyDictionary<string, string>? environment = null)
    {
        try
        {
            var program = ServerBinaries.Find(commandLine[0], Package);
            return Command.Start([program, .. commandLine.Skip(1)], workingDirectory: "/", environment);
        }
        catch (EmbeddedServerException missing)
        {
            throw new BackupException(missing.Message, missing);
        }
    }

    private static string Escaped(string? value) => $"'{value?.Replace("\\", "\\\\").Replace("'", "\\'")}'";

    private static string Quoted(string identifier) => $"\"{identifier.Replace("\"", "\"\"")}\"";

    private static string QuotedTable(string table) => string.Join('.', table.Split('.', 2).Select(Quoted));

    private static string Literal(string text) => $"'{text.Replace("'", "''")}'";
}

/// <summary>A backup or a restore was refused or failed; the message says why.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
