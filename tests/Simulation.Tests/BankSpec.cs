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

    /// <summary>Of each life, before it may be ended: all clients have come back, and some have gone on.</summary>
    private const int LeastAnswered = 2 * Clients;

    private const string Settings = """
        akkacrypto {
          node.roles = [api, wallets]
          ledger { settle-every = 500ms, expire-holds-every = 200ms, commit-timeout = 5s }
          actors { max-backoff = 500ms, send-ahead = 2 }
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
        try
        {
            await using var clients = await BankClients.StartAsync(bank, Clients, seed);
            for (var kill = 0; kill < kills; kill++)
            {
                await Eventually.AfterAsync(longestLife * random.NextDouble());
                await KillAsync(bank, folder.Path, kill < 2 ? kill == 0 : random.Next(2) == 0);
                var since = TimeProvider.System.GetTimestamp();
                await clients.HaveGoneOnAsync(LeastAnswered, Recovery);
                output.WriteLine($"all clients went on {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s after it");
            }

            await clients.StopAsync();
            await using var database = bank.Service.OpenDatabase();
            await BankEnd.AssertAsync(bank, database, random, output);
        }
        finally
        {
            await bank.Service.DisposeAsync();
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
            Signals.Send("KILL", bank.Service.PostgresPid());
        }
    }
}
