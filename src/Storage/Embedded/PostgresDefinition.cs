using System.Globalization;
using Npgsql;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// The private PostgreSQL: its cluster is made by <c>initdb</c> on first use, with a password over loopback as the only way in.
/// </summary>
internal sealed class PostgresDefinition(DataFolder folder) : ServerDefinition(ServerKind.Postgres, folder)
{
    private const string Owner = "akkacrypto";
    private const string Database = "akkacrypto";
    private const string Package = "postgresql";
    private const string PidFile = "postmaster.pid";
    private const string LogFolder = "log";
    private const int LogLinesShown = 10;

    /// <summary>A start time read from the wall clock may differ by this much from the one that the kernel computes.</summary>
    private const long StartTolerance = 5;

    public override string Title => "PostgreSQL";

    /// <summary>
    /// Fast shutdown: sessions are ended, a checkpoint is written. Immediate shutdown: the next start recovers from the log.
    /// </summary>
    public override (Signal InOrder, Signal AtOnce) StopSignals => (Signal.Interrupt, Signal.Quit);

    /// <summary>Names every process of the cluster in its title, so that a backend is known as ours when its postmaster is dead.</summary>
    private string ClusterName => $"akkacrypto-{Folder.Id}";

    public override async Task<IReadOnlyList<string>> PrepareAsync(int port, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Data))
        {
            await MakeClusterAsync(cancellationToken);
        }

        ForgetForeignPid();
        var command = new List<string> { ServerBinaries.Find("postgres", Package), "-D", Data };
        command.AddRange(Settings(port).SelectMany(s => new[] { "-c", $"{s.Name}={s.Value}" }));
        return command;
    }

    public override async Task<bool> IsReadyAsync(int port, CancellationToken cancellationToken)
    {
        var maintenance = await ConnectionAsync(port, "postgres", cancellationToken);
        maintenance.Pooling = false;
        maintenance.Timeout = 2;
        try
        {
            await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var find = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{Database}'", connection);
            if (await find.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
                await create.ExecuteNonQueryAsync(cancellationToken);
            }

            return true;
        }
        catch (Exception e) when (Postgres.PostgresErrors.IsTransient(e))
        {
            return false;
        }
    }

    public override int? LastPort() => ReadPidFile()?.Port;

    public override bool Owns(RunningProcess process)
    {
        var arguments = process.Arguments;
        if (arguments.Count > 0 && arguments[0].StartsWith($"postgres: {ClusterName}:", StringComparison.Ordinal))
        {
            return true;
        }

        var isOnOurs = arguments.Zip(arguments.Skip(1)).Any(pair => pair.First == "-D" && pair.Second == Data);
        return process.Runs("postgres") && (isOnOurs || IsNamedByPidFile(process));
    }

    /// <summary>Once its log collector runs, which is before it opens its port, PostgreSQL says why it ends in the log alone.</summary>
    public override string LogTail()
    {
        var logs = new DirectoryInfo(Path.Combine(Data, LogFolder));
        var newest = logs.Exists ? logs.EnumerateFiles().MaxBy(f => f.LastWriteTimeUtc) : null;
        return newest is null ? "" : string.Join('\n', File.ReadLines(newest.FullName).TakeLast(LogLinesShown));
    }

    public override async Task<string> ConnectionStringAsync(int port, CancellationToken cancellationToken) =>
        (await ConnectionAsync(port, Database, cancellationToken)).ConnectionString;

    private async Task<NpgsqlConnectionStringBuilder> ConnectionAsync(
        int port, string database, CancellationToken cancellationToken) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        Database = database,
        Username = Owner,
        Password = (await Folder.SecretAsync("postgres", cancellationToken)).Secret,
    };

    /// <summary>Made aside and moved to its place when whole, so that a kill during it leaves no half cluster.</summary>
    private async Task MakeClusterAsync(CancellationToken cancellationToken)
    {
        foreach (var leftover in Directory.EnumerateDirectories(Folder.Path, "postgres.new-*"))
        {
            Directory.Delete(leftover, recursive: true);
        }

        var (_, passwordFile) = await Folder.SecretAsync("postgres", cancellationToken);
        // A new name each time: an initdb that outlived its service can't write into the cluster that is kept.
        var draft = await Folder.SubfolderAsync($"postgres.new-{Guid.NewGuid():N}", cancellationToken);
        string[] command =
        [
            ServerBinaries.Find("initdb", Package), "-D", draft, "-U", Owner, "-E", "UTF8", "--locale=C",
            "-A", "scram-sha-256", $"--pwfile={passwordFile}",
        ];
        await Command.RunCheckedAsync(Folder.User.InOwnSession(command), cancellationToken);
        Directory.Move(draft, Data);
    }

    /// <summary>
    /// Given on the command line, so that each start has this version's settings. Nothing here trades durability: fsync,
    /// synchronous_commit and full_page_writes keep their defaults (on).
    /// </summary>
    private (string Name, string Value)[] Settings(int port) =>
    [
        ("listen_addresses", "127.0.0.1"),
        ("port", port.ToString(CultureInfo.InvariantCulture)),
        ("unix_socket_directories", ""),
        ("cluster_name", ClusterName),
        ("max_connections", "200"),
        ("shared_buffers", "256MB"),
        ("max_wal_size", "4GB"),
        // Files of the log that are kept for reuse after quiet times: to make one anew takes a commit longer than to write it.
        ("min_wal_size", "1GB"),
        // All commits here flush the log themselves; the writer of the log would only add a flush each 200 ms.
        ("wal_writer_delay", "10s"),
        ("timezone", "UTC"),
        // A transaction that its client forgot would hold its locks for ever.
        ("idle_in_transaction_session_timeout", "10s"),
        // One file for each hour of the day, overwritten the day after. Statements and their values stay out of it.
        ("logging_collector", "on"),
        ("log_directory", LogFolder),
        ("log_filename", "postgresql-%H.log"),
        ("log_rotation_age", "60"),
        ("log_rotation_size", "0"),
        ("log_truncate_on_rotation", "on"),
        ("log_min_error_statement", "panic"),
        ("log_line_prefix", "%m [%p] "),
    ];

    /// <summary>
    /// PostgreSQL refuses to start when any process of its user has the pid of a left pid file: after a reboot that may be anything.
    /// Whether it belongs to this cluster has been looked at (<see cref="Owns"/>, all of those are gone by now), so the file is removed.
    /// When the pid is free the file stays: PostgreSQL checks by it that no backend still uses the old shared memory.
    /// </summary>
    private void ForgetForeignPid()
    {
        if (ReadPidFile() is { } file && RunningProcess.Find(file.Pid) is { } process && !Owns(process))
        {
            File.Delete(Path.Combine(Data, PidFile));
        }
    }

    /// <summary>
    /// A folder that was moved under a running server: its command line has the old path, but the pid file in the folder names it.
    /// </summary>
    private bool IsNamedByPidFile(RunningProcess process) =>
        ReadPidFile() is { } file && file.Pid == process.Pid
            && Math.Abs(process.StartedUnixSeconds() - file.StartedUnixSeconds) <= StartTolerance;

    /// <summary>postmaster.pid: pid, folder, start in seconds since 1970, port, … one a line (PostgreSQL 15, "pidfile.h").</summary>
    private (int Pid, long StartedUnixSeconds, int Port)? ReadPidFile()
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(Data, PidFile));
            return lines.Length >= 4
                && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && long.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
                && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                    ? (pid, started, port)
                    : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
