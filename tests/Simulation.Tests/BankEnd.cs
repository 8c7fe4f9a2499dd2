using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.TestKit;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>What must hold of a bank when its clients have gone home.</summary>
internal static class BankEnd
{
    private const int RepeatedInTheEnd = 200;

    public static async Task AssertAsync(Bank bank, NpgsqlDataSource database, Random random, ITestOutputHelper output)
    {
        output.WriteLine(
            $"{bank.Told.Count} requests, {bank.Repeated} repetitions, {bank.AskedAgain} asked again after a refusal, "
            + $"{bank.Reads} reads that held, "
            + string.Join(", ", bank.Told.GroupBy(told => told.As).Select(told => $"{told.Count()} {told.Key}")));
        bank.AssertFaultless();
        Assert.True(bank.Reads > 0 && bank.Repeated > 0, "Nothing was read, or nothing had to be repeated.");
        Assert.True(bank.AskedAgain > 0, "Nothing that was refused was asked again.");
        foreach (var kind in (short[])[Told.Deposit, Told.Withdrawal, Told.TransferOut, Told.Hold, Told.Capture, Told.Void, Told.Refund])
        {
            Assert.Contains(bank.Told, told => told.Kind == kind && told.As == ToldAs.Done);
        }

        await Eventually.HoldsAsync(() => BankOracle.IsSettledAsync(database), what: "all transfers end");
        var undone = await BankOracle.UndoneAsync(database);
        output.WriteLine($"{undone} transfers were undone");
        Assert.True(undone > 0, "No transfer had to be undone.");
        var faults = await BankOracle.FaultsAsync(database, bank.Told);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        var report = await LedgerVerifier.RunAsync(database, null, CancellationToken.None);
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        output.WriteLine($"the verifier found nothing wrong in {report.Entries} entries of {report.Commits} commits");

        var done = bank.Told.Where(told => told.As == ToldAs.Done).ToArray();
        foreach (var told in random.GetItems(done, RepeatedInTheEnd))
        {
            Assert.True(await bank.IsRepeatedAlikeAsync(told), $"{told.Path} ({told.Key}) is no longer answered as it was.");
        }

        await bank.LookAsync(random);
        bank.AssertFaultless();
    }
}
