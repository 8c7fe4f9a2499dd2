using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Pipeline.Ops;
using Npgsql;
using Spectre.Console;

namespace AkkaCrypto.Cli.History;

/// <summary><c>akkacrypto gaps</c>: the gap register as a table for people, as NDJSON for programs.</summary>
internal static class GapsVerb
{
    /// <summary>Held in memory at once.</summary>
    private const int PageSize = 1000;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly Verb Verb = new(
        "gaps",
        "list what is known to be missing",
        $"""
        Usage: akkacrypto gaps [--provider P] [--dataset D] [--series S] [--state STATE] [--format table|ndjson] [service options]

        Lists the intervals that are known to be missing, in the order in which they were found: everything after one stored record and
        before another.

          --state STATE   {string.Join(", ", GapStates.All)}; without it all that are not filled
          --format F      table, or ndjson: one JSON object a line, as in /admin/gaps. Default: table on a terminal, else ndjson

        Service options:
        {ServiceConnection.OptionHelp}

        Exit: 0 listed, 1 the service's database can't be reached, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments, ["--provider", "--dataset", "--series", "--state", "--format", .. ServiceConnection.OptionNames]);
        var state = options.GetValueOrDefault("--state");
        if (state is not null && !GapStates.All.Contains(state))
        {
            throw new UsageException($"--state {state}: expected one of {string.Join(", ", GapStates.All)}.");
        }

        var format = options.GetValueOrDefault("--format", surroundings.IsTerminal ? "table" : "ndjson");
        if (format is not ("table" or "ndjson"))
        {
            throw new UsageException($"--format {format}: expected table or ndjson.");
        }

        var filter = new GapFilter(
            options.GetValueOrDefault("--provider"), options.GetValueOrDefault("--dataset")?.Replace('-', '_'),
            options.GetValueOrDefault("--series"), state is null ? null : GapStates.Parse(state));
        try
        {
            await using var connection = await ServiceConnection.OpenAsync(options, surroundings, cancellation);
            await (format == "table"
                ? TableAsync(new GapRegister(connection.Database), filter, surroundings.Out, cancellation)
                : LinesAsync(new GapRegister(connection.Database), filter, surroundings.Out, cancellation));
            return ExitCode.Done;
        }
        catch (Exception refused) when (refused is ServiceConnectionException or NpgsqlException)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task LinesAsync(GapRegister gaps, GapFilter filter, TextWriter to, CancellationToken cancellation)
    {
        var line = new ArrayBufferWriter<byte>();
        await ForEachAsync(gaps, filter, async gap =>
        {
            line.ResetWrittenCount();
            await using (var json = new Utf8JsonWriter(line, Plain))
            {
                gap.WriteTo(json);
            }

            await to.WriteLineAsync(Encoding.UTF8.GetString(line.WrittenSpan));
        }, cancellation);
    }

    private static async Task TableAsync(GapRegister gaps, GapFilter filter, TextWriter to, CancellationToken cancellation)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("id", "series", "after", "before", "missing", "state", "tries", "why");
        await ForEachAsync(gaps, filter, gap =>
        {
            var (interval, length) = (gap.Interval, gap.Interval.To.ToDateTimeOffset() - gap.Interval.From.ToDateTimeOffset());
            table.AddRow([.. new[]
            {
                gap.Id.ToString(CultureInfo.InvariantCulture), interval.Series.ToString(), interval.From.ToString(), interval.To.ToString(),
                length.ToString("g", CultureInfo.InvariantCulture), gap.State.Text(), gap.Attempts.ToString(CultureInfo.InvariantCulture),
                gap.LastError ?? interval.Reason,
            }.Select(Markup.Escape)]);
            return Task.CompletedTask;
        }, cancellation);
        if (table.Rows.Count == 0)
        {
            await to.WriteLineAsync("No such gap is known.");
            return;
        }

        table.WriteTo(to);
    }

    private static async Task ForEachAsync(
        GapRegister gaps, GapFilter filter, Func<RegisteredGap, Task> each, CancellationToken cancellation)
    {
        IReadOnlyList<RegisteredGap> page = [];
        do
        {
            page = await gaps.ListAsync(filter, page.Count == 0 ? 0 : page[^1].Id, PageSize, cancellation);
            foreach (var gap in page)
            {
                await each(gap);
            }
        }
        while (page.Count == PageSize);
    }
}
