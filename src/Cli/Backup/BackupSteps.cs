using AkkaCrypto.Storage.Postgres;
using Spectre.Console;

namespace AkkaCrypto.Cli.Backup;

/// <summary>Shows how far a backup or a restore is, where somebody looks.</summary>
internal static class BackupSteps
{
    public static async Task<BackupManifest> ShowAsync(
        Surroundings surroundings, string title, Func<IProgress<BackupProgress>, Task<BackupManifest>> run)
    {
        if (Console.IsErrorRedirected || !ReferenceEquals(surroundings.Error, Console.Error))
        {
            return await run(new Steps(_ => { }));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask(title);
            return await run(new Steps(step =>
            {
                bar.Description = Markup.Escape(step.Step);
                bar.MaxValue = step.Of;
                bar.Value = step.Done;
            }));
        });
    }

    /// <summary>Reports at once, on the caller's thread, in order.</summary>
    private sealed class Steps(Action<BackupProgress> show) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) => show(value);
    }
}
