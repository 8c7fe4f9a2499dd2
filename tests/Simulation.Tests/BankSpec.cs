using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Clients move money while the service and its PostgreSQL are killed again and again: at every read all money is there and no wallet owes,
/// and in the end all that was acknowledged is there once, and all else once or not at all.
/// </summary>
public sealed class BankSpec(ITestOutputHelper output)
{
    private const int Clients = 64;
    private const int Lookers = 2;

    /// <summary>Of each life, before it may be ended: all clients have come back, and some have gone on.</summary>
    private const int LeastAnswered = 2 * Clients;

    private const int RepeatedInTheEnd = 200;

    private const string Settings = """
        akkacrypto {
          node.roles = [api, wallets]
          ledger { settle-every = 500ms, expire-holds-every = 200ms, commit-timeout = 5s }
          actors.max-backoff = 500ms
        }
        """;

    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(3);

    [Fact]
    public Task Four_kills_leave_all_money_and_each_acknowledged_change_once() => RunAsync(4, TimeSpan.FromSeconds(3));

    [Fact]
    [Trait("Category", "Soak")]
    public Task A_hundred_kills_leave_all_money_and_each_acknowledged_change_once() => RunAsync(100, TimeSpan.FromSeconds(6));

    private async Task RunAsync(int kills, TimeSpan longestLife)
    {
        var seed = Seed.Next(output, nameof(BankSpec));
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var bank = new Bank(await ServiceProcess.StartAsync(folder.Path, Settings));
        using var stopping = new CancellationTokenSource();
        var clients = Task.CompletedTask;
        try
        {
            await bank.OpenAsync();
            clients = Task.WhenAll([
                .. Enumerable.Range(1, Clients).Select(number =>
                    Task.Run(() => new BankClient(bank, seed + number).RunAsync(stopping.Token))),
                .. Enumerable.Range(1, Lookers).Select(number => LookAsync(bank, new Random(-seed - number), stopping.Token)),
            ]);
            for (var kill = 0; kill < kills; kill++)
            {
                await Eventually.AfterAsync(longestLife * random.NextDouble());
                await KillAsync(bank, folder.Path, kill < 2 ? kill == 0 : random.Next(2) == 0);
                await HasAnsweredAsync(bank);
            }

            await stopping.CancelAsync();
            await clients;
            output.WriteLine($"{kills} kills, {bank.Told.Count} requests, {bank.Repeated} repeated, {bank.Reads} reads that held, "
                + string.Join(", ", bank.Told.GroupBy(told => told.As).Select(told => $"{told.Count()} {told.Key}")));
            await AssertEndAsync(bank, random);
        }
        finally
        {
            await stopping.CancelAsync();
            await bank.Service.DisposeAsync();
            await clients;
        }
    }

    private async Task KillAsync(Bank bank, string folder, bool isService)
    {
        output.WriteLine($"{bank.Answered} answered; kill -9 of {(isService ? "the service" : "PostgreSQL")}");
        if (isService)
        {
            await bank.Service.KillAsync();
            await bank.Service.DisposeAsync();
            bank.Service = await ServiceProcess.StartAsync(folder, Settings);
        }
        else
        {
            Signals.Send(bank.Service.PostgresPids()[0], "KILL");
        }
    }

    private async Task HasAnsweredAsync(Bank bank)
    {
        var (before, since) = (bank.Answered, TimeProvider.System.GetTimestamp());
        await Eventually.HoldsAsync(
            () => !bank.Faults.IsEmpty || bank.Answered >= before + LeastAnswered, Recovery,
            $"the clients go on after the kill; the service said:\n{bank.Service.Output}");
        Assert.True(bank.Faults.IsEmpty, string.Join('\n', bank.Faults.Take(5)));
        output.WriteLine($"all clients went on {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s after it");
    }

    private static async Task LookAsync(Bank bank, Random random, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await bank.LookAsync(random);
            await Eventually.AfterAsync(TimeSpan.FromMilliseconds(20));
        }
    }

    private static async Task AssertEndAsync(Bank bank, Random random)
    {
        Assert.True(bank.Faults.IsEmpty, string.Join('\n', bank.Faults.Take(5)));
        Assert.True(bank.Reads > 0 && bank.Repeated > 0, "Nothing was read, or nothing had to be repeated.");
        foreach (var kind in (short[])[Told.Deposit, Told.Withdrawal, Told.TransferOut, Told.Hold, Told.Capture, Told.Void, Told.Refund])
        {
            Assert.Contains(bank.Told, told => told.Kind == kind && told.As == ToldAs.Done);
        }

        await using var database = bank.Service.OpenDatabase();
        await Eventually.HoldsAsync(() => BankOracle.IsSettledAsync(database), Recovery, "all transfers end");
        var faults = await BankOracle.FaultsAsync(database, bank.Told);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        var done = bank.Told.Where(told => told.As == ToldAs.Done).ToArray();
        foreach (var told in random.GetItems(done, RepeatedInTheEnd))
        {
            Assert.True(await bank.IsRepeatedAlikeAsync(told), $"{told.Path} ({told.Key}) is no longer answered as it was.");
        }

        await bank.LookAsync(random);
        Assert.True(bank.Faults.IsEmpty, string.Join('\n', bank.Faults));
    }
}
