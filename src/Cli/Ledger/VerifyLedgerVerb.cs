using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger.Audit;
using Npgsql;

namespace AkkaCrypto.Cli.Ledger;

/// <summary><c>akkacrypto verify-ledger</c>: the whole ledger, against itself.</summary>
internal static class VerifyLedgerVerb
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static readonly Verb Verb = new(
        "verify-ledger",
        "check that nothing in the ledger was changed behind its back",
        $"""
        Usage: akkacrypto verify-ledger [--format text|json] [service options]

        Reads the whole ledger in one snapshot, in constant memory, while the service runs or not: each wallet's chain of hashes, running
        balances and rules; each commit's entries and sums; holds, refunds, transfers under way and kept answers against the entries. Names
        what is wrong, the first first, with what was expected and what was found, in minor units.

          --format F      text (default), or json: one object

        Service options:
        {ServiceConnection.OptionHelp}

        Exit: 0 nothing is wrong, 1 something is or the database can't be read, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, ["--format", .. ServiceConnection.OptionNames]);
        var format = options.GetValueOrDefault("--format", "text");
        if (format is not ("text" or "json"))
        {
            throw new UsageException($"--format {format}: expected text or json.");
        }

        try
        {
            await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation);
            var report = await StepBar.ShowAsync(surroundings, "ledger", show => LedgerVerifier.RunAsync(
                service.Database, new AtOnce<VerifyProgress>(step => show(step.Step, step.Done, step.Of)), cancellation));
            await surroundings.Out.WriteLineAsync(format == "json" ? JsonSerializer.Serialize(report, Json) : Text(report));
            return report.IsClean ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped before the end.");
        }
        catch (NpgsqlException failed)
        {
            await surroundings.Error.WriteLineAsync(failed.Message);
        }

        return ExitCode.Failed;
    }

    private static string Text(LedgerReport report)
    {
        var lines = new List<string>(report.Findings.Select(finding => $"{finding}"));
        if (report.Wrong > lines.Count)
        {
            lines.Add($"… and {report.Wrong - lines.Count} more{(report.Wrong >= Findings.MostCounted ? " at least" : "")}.");
        }

        lines.Add($"{report.Wallets} wallets, {report.Entries} entries, {report.Commits} commits, {report.Holds} holds, "
            + $"{report.Transfers} transfers between shards ({report.Underway} under way), {report.Keys} kept answers.");
        lines.Add(report.IsClean ? "Nothing is wrong." : $"{report.Wrong} wrong, the first: {report.Findings[0]}");
        return string.Join(Environment.NewLine, lines);
    }
}
