using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace AkkaCrypto.Cli.Load;

/// <summary><c>akkacrypto loadgen</c>: bounded load on a running service, and how it took it.</summary>
internal static class LoadgenVerb
{
    private static readonly TimeSpan ShownEvery = TimeSpan.FromMilliseconds(200);

    private static readonly (string Name, double Percent)[] Percentiles =
        [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100)];

    public static readonly Verb Verb = new(
        "loadgen",
        "put bounded load on a running service",
        """
        Usage: akkacrypto loadgen [--url U] [--key K] [--paths LIST] [--callers N] [--requests N] [--seconds N] [--rate N] [--remote yes]
                                  [--format table|json]

        Asks a running service as many callers at once would, and tells the answers by status and their latencies. Ends at --requests or
        --seconds, whichever comes first.

          --url U         default http://127.0.0.1:8080; another machine's needs --remote yes
          --key K         sent as X-API-Key; default demo-pro-key, the demo's with 60,000 requests a minute
          --paths LIST    what is asked in turn, separated by spaces; default a mix of prices, charts, trades, candles, books, on-chain data
          --callers N     each waits for its answer before it asks again; default 16, at most 1000
          --requests N    default 10000
          --seconds N     default 30, at most 3600
          --rate N        requests a second of all callers together; a latency then counts from the moment at which a request was due.
                          Default: as fast as they are answered
          --format F      table, or json. Default: table on a terminal, else json

        Exit: 0 every request was answered below 500 (429 too: that is the quota), 1 not so, or stopped, 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(arguments, surroundings, NewTransport, TimeProvider.System, cancellation));

    /// <param name="transport">Makes the transport to the service.</param>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Surroundings surroundings, Func<HttpMessageHandler> transport, TimeProvider time,
        CancellationToken cancellation)
    {
        var options = LoadOptions.Of(
            Options.Parse(arguments, LoadOptions.OptionNames), surroundings.IsTerminal ? "table" : "json");
        using var handler = transport();
        var run = new LoadRun(options, handler, time);
        await (surroundings.IsTerminal ? ShowAsync(run, surroundings, time, cancellation) : run.RunAsync(cancellation));
        await surroundings.Out.WriteLineAsync(options.IsJson ? Json(run) : Table(run));
        if (cancellation.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped.");
        }

        return run.Result.Failed == 0 && run.Result.Done > 0 && !cancellation.IsCancellationRequested ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task ShowAsync(LoadRun run, Surroundings surroundings, TimeProvider time, CancellationToken cancellation)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(surroundings.Out) });
        await console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("asking", maxValue: 1);
                var running = run.RunAsync(cancellation);
                while (await Task.WhenAny(running, Task.Delay(ShownEvery, time, CancellationToken.None)) != running)
                {
                    bar.Description($"{run.Result.Done} answered, {run.Result.Failed} failed").Value(run.Progress());
                }

                await running;
                bar.Value(1);
            });
    }

    private static double Rate(LoadRun run) => run.Elapsed > TimeSpan.Zero ? run.Result.Done / run.Elapsed.TotalSeconds : 0;

    private static string Json(LoadRun run)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("requests", run.Result.Done);
            json.WriteNumber("failed", run.Result.Failed);
            json.WriteNumber("seconds", Math.Round(run.Elapsed.TotalSeconds, 3));
            json.WriteNumber("per_second", Math.Round(Rate(run), 1));
            json.WriteStartObject("outcomes");
            foreach (var (outcome, count) in run.Result.Outcomes)
            {
                json.WriteNumber(outcome, count);
            }

            json.WriteEndObject();
            json.WriteStartObject("latency_ms");
            foreach (var (name, percent) in Percentiles)
            {
                json.WriteNumber(name, Math.Round(run.Result.Percentile(percent).TotalMilliseconds, 3));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Table(LoadRun run)
    {
        var lines = new StringBuilder();
        lines.Append(
            CultureInfo.InvariantCulture, $"{run.Result.Done} requests in {run.Elapsed.TotalSeconds:0.0} s, {Rate(run):0} a second\n\n");
        foreach (var (outcome, count) in run.Result.Outcomes)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{outcome,-10} {count,12}\n");
        }

        lines.Append('\n');
        foreach (var (name, percent) in Percentiles)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{name,-10} {run.Result.Percentile(percent).TotalMilliseconds,9:0.000} ms\n");
        }

        return lines.ToString().TrimEnd();
    }

    private static SocketsHttpHandler NewTransport() => new()
    {
        AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false,
    };
}
