using System.Globalization;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Cli.Backup;

/// <summary><c>akkacrypto restore</c>: a backup back into a database, in one transaction, checked against its manifest.</summary>
internal static class RestoreVerb
{
    /// <summary>As the service names its sessions.</summary>
    private const string ServiceSessions = "akkacrypto";

    public static readonly Verb Verb = new(
        "restore",
        "put a backup back, whole and checked, or not at all",
        $"""
        Usage: akkacrypto restore --from FOLDER [--replace yes] [options]

        Puts a backup back in one transaction that ends only if every table has the rows and the hash that the backup says: after a failure
        or a kill the database is as it was. Stop the service first. The next start of the service applies migrations that are newer than
        the backup.

          --from FOLDER   what 'akkacrypto backup' made
          --replace yes   give up what the database holds now; without it only an empty one is restored into
        {ServiceConnection.OptionHelp}

        Exit: 0 restored, 1 refused or failed, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, ["--from", "--replace", .. ServiceConnection.OptionNames]);
        var folder = options.GetValueOrDefault("--from") ?? throw new UsageException("--from is missing: the folder of the backup.");
        var replace = options.GetValueOrDefault("--replace") switch
        {
            null => false,
            "yes" => true,
            var other => throw new UsageException($"--replace {other}: expected yes."),
        };
        try
        {
            var manifest = await DatabaseBackup.ReadManifestAsync(folder, cancellation);
            await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation, mayBegin: true);
            var backup = new DatabaseBackup(service.Settings.Postgres.ConnectionString!, BackupVerb.Schemas, TimeProvider.System);
            await CheckAsync(backup, manifest, replace, cancellation);
            await StepBar.ShowAsync(surroundings, "restore", async show =>
            {
                await backup.RestoreAsync(folder, manifest, BackupVerb.Steps(show), cancellation);
                return manifest;
            });
            await surroundings.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"Restored {manifest.Tables.Count} tables with {manifest.Tables.Sum(table => table.Rows)} rows, "
                + $"as of {manifest.TakenAt:O}"));
            return ExitCode.Done;
        }
        catch (BackupException refused)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task CheckAsync(DatabaseBackup backup, BackupManifest manifest, bool replace, CancellationToken cancellation)
    {
        var known = Directory.EnumerateFiles(Migrations.ShippedDirectory, "*.sql").Select(Path.GetFileName)
            .ToHashSet(StringComparer.Ordinal);
        if (manifest.Migrations.FirstOrDefault(name => !known.Contains(name)) is { } newer)
        {
            throw new BackupException($"The backup is newer than this version: it has the migration {newer}, which is not known here.");
        }

        if (await backup.CountSessionsAsync(ServiceSessions, cancellation) is var sessions and > 0)
        {
            throw new BackupException($"The service is connected to the database ({sessions} sessions): stop it first.");
        }

        if (!replace && await backup.CountRowsAsync(cancellation) is var rows and > 0)
        {
            throw new BackupException($"The database holds {rows} rows: restore into an empty one, or give them up with --replace yes.");
        }
    }
}
