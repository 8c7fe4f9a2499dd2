using System.Globalization;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Cli.Backup;

/// <summary><c>akkacrypto backup</c>: everything that is durable, from one moment, while the service goes on.</summary>
internal static class BackupVerb
{
    /// <summary>All that this system keeps in a database, whether or not a version has it yet.</summary>
    public static readonly IReadOnlyList<string> Schemas = ["market", "onchain", "ledger", "auth", "ops"];

    public static readonly Verb Verb = new(
        "backup",
        "copy the database, consistently, while the service runs",
        $"""
        Usage: akkacrypto backup --to FOLDER [options]

        Copies all tables of the service as of one moment into a new folder: database.dump (pg_dump's custom format) and manifest.json,
        which names each table's rows and their hash. Writers go on meanwhile. The folder is there whole or not at all, and only its
        owner can read it (mode 0700, the files 0600). It holds no secret of the data folder (keep auth/pepper or AKKACRYPTO_KEY_PEPPER too:
        stored API keys hold under it alone), and nothing of Redis: what is there can be lost, or comes anew.

          --to FOLDER     folder that does not exist yet
        {ServiceConnection.OptionHelp}

        Exit: 0 taken, 1 refused or failed, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, ["--to", .. ServiceConnection.OptionNames]);
        var folder = options.GetValueOrDefault("--to") ?? throw new UsageException("--to is missing: the folder to make.");
        await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation);
        var backup = new DatabaseBackup(service.Settings.Postgres.ConnectionString!, Schemas, TimeProvider.System);
        try
        {
            var manifest = await StepBar.ShowAsync(
                surroundings, "backup", show => backup.TakeAsync(folder, Steps(show), cancellation));
            await surroundings.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFullPath(folder)}: {manifest.Tables.Count} tables, {manifest.Tables.Sum(table => table.Rows)} rows"));
            return ExitCode.Done;
        }
        catch (BackupException refused)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }
    /// <summary>A backup's or a restore's progress as steps of a bar.</summary>
    internal static IProgress<BackupProgress> Steps(Action<string, long, long> show) =>
        new AtOnce<BackupProgress>(step => show(step.Step, step.Done, step.Of));
}
