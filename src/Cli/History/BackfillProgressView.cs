using System.Globalization;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.History;
using Spectre.Console;

namespace AkkaCrypto.Cli.History;

/// <summary>Shows how backfills come on: bars on a terminal, else a line at the start, at every tenth, at trouble and at the end.</summary>
internal sealed class BackfillProgressView : IAsyncDisposable
{
    private readonly Surroundings _surroundings;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<SeriesKey, ProgressTask> _bars = [];
    private readonly Dictionary<SeriesKey, int> _tenths = [];
    private readonly Task _shown;

    private BackfillProgressView(Surroundings surroundings, IEnumerable<SeriesKey> series)
    {
        _surroundings = surroundings;
        _shown = surroundings.IsTerminal ? ShowBars([.. series]) : Task.CompletedTask;
    }

    public static BackfillProgressView Of(Surroundings surroundings, IEnumerable<SeriesKey> series) => new(surroundings, series);

    public void Report(BackfillReport report)
    {
        if (_bars.TryGetValue(report.Series, out var bar))
        {
            bar.Description(Markup.Escape(report.Trouble is { } trouble ? $"{report.Series}: {trouble}" : TextOf(report)));
            bar.Value(report.Done);
            if (report.Finished)
            {
                bar.StopTask();
            }

            return;
        }

        var tenth = (int)(report.Done * 10);
        if (report.Trouble is { } told)
        {
            _surroundings.Error.WriteLine($"{report.Series}: {told}; it is tried again");
        }
        else if (report.Finished || !_tenths.TryGetValue(report.Series, out var before) || tenth > before)
        {
            _tenths[report.Series] = tenth;
            _surroundings.Out.WriteLine(TextOf(report));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _shown;
    }

    // The bars are there before this returns: the progress runs its action at once, up to the first wait.
    private Task ShowBars(IReadOnlyList<SeriesKey> series)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_surroundings.Out) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                foreach (var key in series)
                {
                    _bars[key] = progress.AddTask(Markup.Escape(key.ToString()), maxValue: 1);
                }

                await _ended.Task;
            });
    }

    private static string TextOf(BackfillReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Series}: {report.Done * 100:0} %, {report.Pages} pages, {report.Counts.Attempted} records, {report.Counts.Inserted} new, "
        + $"{report.Counts.Skipped} stored before{(report.Outside > 0 ? $", {report.Outside} outside the range" : "")}"
        + $"{(report.Finished ? ", done" : "")}");
}
