using System.Globalization;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>A line for each feed at the bottom of a terminal, once a second: its state, rows stored, rows a second, lag.</summary>
public sealed class FeedProgress : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private FeedProgress(Func<CancellationToken, Task> run) => _running = run(_stopping.Token);

    /// <summary>Draws until it is disposed, which takes the lines away.</summary>
    public static FeedProgress Start(TerminalBoard board, Func<IReadOnlyList<FeedStatus>> feeds, TimeProvider time) =>
        new(stopping => RunAsync(board, feeds, time, stopping));

    /// <summary>The lines of all feeds, at most <paramref name="height"/> of at most <paramref name="width"/> characters.</summary>
    /// <param name="before">How they were, <paramref name="elapsed"/> ago.</param>
    public static IReadOnlyList<string> Lines(
        IReadOnlyList<FeedStatus> before, IReadOnlyList<FeedStatus> now, TimeSpan elapsed, int width, int height)
    {
        var past = before.ToDictionary(feed => (feed.Provider, feed.Dataset));
        var running = now.Where(feed => feed.State != FeedState.Disabled).ToList();
        var name = running.Select(feed => feed.Provider.Length + feed.Dataset.Length + 1).DefaultIfEmpty().Max();
        var shown = running.Count <= height ? running.Count : Math.Max(0, height - 1);
        var lines = running.Take(shown).Select(feed => Line(
            feed, past.GetValueOrDefault((feed.Provider, feed.Dataset)), elapsed, name)).ToList();
        if (shown < running.Count)
        {
            lines.Add($"… and {running.Count - shown} more");
        }

        return [.. lines.Take(height).Select(line => line.Length <= width ? line : line[..width])];
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private static async Task RunAsync(
        TerminalBoard board, Func<IReadOnlyList<FeedStatus>> feeds, TimeProvider time, CancellationToken stopping)
    {
        var (before, at) = (feeds(), time.GetTimestamp());
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(Period, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (now, read) = (feeds(), time.GetTimestamp());
            board.Draw(Lines(before, now, time.GetElapsedTime(at, read), Math.Max(20, Console.WindowWidth) - 1, Console.WindowHeight - 2));
            (before, at) = (now, read);
        }

        board.Draw([]);
    }

    private static string Line(FeedStatus feed, FeedStatus? before, TimeSpan elapsed, int name)
    {
        var rate = before is null || elapsed <= TimeSpan.Zero ? 0 : (Rows(feed) - Rows(before)) / elapsed.TotalSeconds;
        var lag = feed.Lag is { } behind ? $"lag {behind.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : "";
        var state = feed.State switch
        {
            FeedState.Running => "running",
            FeedState.Paused => "paused",
            FeedState.BackingOff => "waiting",
            FeedState.Disabled => "disabled",
        };
        var reason = feed.State == FeedState.BackingOff ? $"  {Printable(feed.Reason)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{$"{feed.Provider}/{feed.Dataset}".PadRight(name)}  {state,-7}  {Rows(feed),11:N0} rows  {rate,9:N1}/s  {lag,-14}{reason}");
    }

    private static long Rows(FeedStatus feed) => feed.Counts.Inserted + feed.Counts.Revised;

    /// <summary>A provider's words must not move the cursor.</summary>
    private static string Printable(string? text) => string.Concat((text ?? "").Select(c => char.IsControl(c) ? ' ' : c));
}
