using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using Npgsql;

namespace AkkaCrypto.Cli.Ledger;

/// <summary><c>akkacrypto verify-ledger</c>: the whole ledger against itself, or one receipt without any database.</summary>
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
        Usage: akkacrypto verify-ledger [--public-key FILE] [--expect-head FILE] [--format text|json] [service options]
               akkacrypto verify-ledger --receipt FILE [--public-key FILE]

        Reads the whole ledger in one snapshot, in constant memory, while the service runs or not: each wallet's chain of hashes, running
        balances and rules; each commit's entries, sums, Merkle root, place in its shard's chain and signature; holds, refunds, transfers
        under way and kept keys against the entries. Names what is wrong, the first first, with what was expected and what was found, in
        minor units.

          --public-key F  PEM: the only keys that may have signed. Without it those that the database names are trusted
          --expect-head F an earlier report in JSON: its heads must still be there. Commits that were cut off at the end of a shard, or all
                          made anew, show in nothing else
          --format F      text (default), or json: one object
          --receipt F     check this receipt alone, with no database and no configuration; without --public-key its own key is trusted

        Service options:
        {ServiceConnection.OptionHelp}

        Exit: 0 nothing is wrong, 1 something is or can't be read, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments, ["--receipt", "--public-key", "--expect-head", "--format", .. ServiceConnection.OptionNames]);
        var format = options.GetValueOrDefault("--format", "text");
        if (format is not ("text" or "json"))
        {
            throw new UsageException($"--format {format}: expected text or json.");
        }

        try
        {
            var keys = await VerifyOptions.KeysAsync(options.GetValueOrDefault("--public-key"), cancellation);
            return options.GetValueOrDefault("--receipt") is { } file
                ? await ReceiptAsync(options, file, keys, surroundings, cancellation)
                : await LedgerAsync(options, keys, format, surroundings, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped before the end.");
        }
        catch (Exception failed) when (failed is NpgsqlException or VerifyFileException)
        {
            await surroundings.Error.WriteLineAsync(failed.Message);
        }

        return ExitCode.Failed;
    }

    private static async Task<int> ReceiptAsync(
        IReadOnlyDictionary<string, string> options, string file, IReadOnlyList<LedgerPublicKey>? keys, Surroundings surroundings,
        CancellationToken cancellation)
    {
        if (options.Keys.FirstOrDefault(name => name is not ("--receipt" or "--public-key")) is { } other)
        {
            throw new UsageException($"{other} says nothing of a receipt: only --public-key goes with --receipt.");
        }

        var receipt = await VerifyOptions.ReceiptAsync(file, cancellation);
        if (receipt.Fault(keys) is { } fault)
        {
            await surroundings.Error.WriteLineAsync($"The receipt does not hold. {fault}");
            return ExitCode.Failed;
        }

        var (entry, commit) = (receipt.Entry, receipt.Commit);
        await surroundings.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            The receipt holds: entry {entry.Version} of wallet {entry.Wallet}, {EntryNames.Of(entry.Kind)} of {entry.Amount} {entry.Currency} to a
            balance of {entry.Balance} with {entry.Held} held (minor units), {entry.Time:O}.
            Commit {commit.Number} of shard {commit.Shard}, head {Convert.ToHexStringLower(receipt.Head)}, signed by key {receipt.Key}.
            {(keys is null
                ? "That key was taken from the receipt itself: --public-key tells whether it is the ledger's."
                : "That key is one of those given.")}
            """));
        return ExitCode.Done;
    }

    private static async Task<int> LedgerAsync(
        IReadOnlyDictionary<string, string> options, IReadOnlyList<LedgerPublicKey>? keys, string format, Surroundings surroundings,
        CancellationToken cancellation)
    {
        var trust = new LedgerTrust(keys, await VerifyOptions.HeadsAsync(options.GetValueOrDefault("--expect-head"), cancellation));
        await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation);
        var report = await StepBar.ShowAsync(surroundings, "ledger", show => LedgerVerifier.RunAsync(
            service.Database, trust, new AtOnce<VerifyProgress>(step => show(step.Step, step.Done, step.Of)), cancellation));
        await surroundings.Out.WriteLineAsync(format == "json" ? JsonSerializer.Serialize(report, Json) : Text(report, trust));
        return report.IsClean ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Text(LedgerReport report, LedgerTrust trust)
    {
        var lines = new List<string>(report.Findings.Select(finding => $"{finding}"));
        if (report.Wrong > lines.Count)
        {
            lines.Add($"… and {report.Wrong - lines.Count} more{(report.Wrong >= Findings.MostCounted ? " at least" : "")}.");
        }

        lines.Add($"{report.Wallets} wallets, {report.Entries} entries, {report.Commits} commits, {report.Holds} holds, "
            + $"{report.Transfers} transfers between shards ({report.Underway} under way), {report.Keys} kept keys.");
        if (report.Unsealed > 0)
        {
            lines.Add($"{report.Unsealed} commits are from before commits were signed: nothing but their chain speaks for them.");
        }

        if (report.WithoutTerms > 0)
        {
            lines.Add($"{report.WithoutTerms} wallets are older than the hash over tenant, currency, decimals and overdraft.");
        }

        lines.AddRange(report.Heads.Select(head => $"Shard {head.Shard} ends with commit {head.Number}, head {head.Head}"));
        if (report.SignedBy.Count > 0)
        {
            lines.Add($"Signed by {string.Join(", ", report.SignedBy)}: "
                + (trust.Keys is null
                    ? "keys that the database itself names; --public-key says which to trust."
                    : "keys that were given."));
        }

        lines.Add(report.IsClean ? "Nothing is wrong." : $"{report.Wrong} wrong, the first: {report.Findings[0]}");
        return string.Join(Environment.NewLine, lines);
    }
}
