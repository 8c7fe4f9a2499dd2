using System.Net;
using System.Text;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// An owner of the wallets is stopped (SIGSTOP) under load, another one on the same database takes its shards, and the first goes on:
/// nothing of it lands any more, it refuses, and all that was acknowledged by either is there once.
/// </summary>
[Collection(ServerFixture.Collection)]
public sealed class TakeoverSpec(ServerFixture servers, ITestOutputHelper output)
{
    private const int Clients = 16;
    private const int LeastAnswered = 2 * Clients;

    /// <summary>After their entries and before their wallets are written.</summary>
    private const string HoldCommits = "LOCK TABLE ledger.entries IN SHARE MODE";

    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(3);

    [Fact]
    public Task A_stopped_owner_lands_nothing_after_another_has_taken_its_shards() => RunAsync(rounds: 2);

    [Fact]
    [Trait("Category", "Soak")]
    public Task A_stopped_owner_lands_nothing_after_another_has_taken_its_shards_thirty_times() => RunAsync(rounds: 30);

    private async Task RunAsync(int rounds)
    {
        var seed = Seed.Next(output, nameof(TakeoverSpec));
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var connection = await servers.NewDatabaseAsync();
        await using var database = TestDatabase.Open(connection);
        var settings = $$"""
            akkacrypto {
              node.roles = [api, wallets]
              postgres.connection-string = "{{connection}}"
              redis { state = "{{await servers.NewRedisStateAsync()}}", cache = "{{await servers.NewRedisCacheAsync()}}" }
              ledger { settle-every = 500ms, expire-holds-every = 200ms }
              actors { max-backoff = 500ms, send-ahead = 2 }
            }
            """;
        Task<ServiceProcess> StartAsync(int number) =>
            ServiceProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder.Path, $"{number}")).FullName, settings);

        var bank = new Bank(await StartAsync(0)) { AnswerTimeout = TimeSpan.FromSeconds(3) };
        try
        {
            await using var clients = await BankClients.StartAsync(bank, Clients, seed);
            for (var round = 1; round <= rounds; round++)
            {
                // In turn: as it comes, and with commits held in the middle.
                await using var old = bank.Service;
                await using var held = round % 2 == 0 ? null : await HeldLock.TakeAsync(database, HoldCommits);
                await (held is null
                    ? Eventually.AfterAsync(TimeSpan.FromSeconds(random.NextDouble()))
                    : Eventually.HoldsAsync(held.IsBlockingAsync, Recovery, "a commit is held in its middle"));
                var epoch = await NewestEpochAsync(database);
                old.Send("STOP");
                var stoppedAt = await CommitsUpToAsync(database, epoch);
                bank.Service = await StartAsync(round);
                await Eventually.HoldsAsync(() => AreTakenAsync(database, epoch), Recovery, "the shards are taken");
                var takenAt = await CommitsUpToAsync(database, epoch);
                await (held?.LetAsync() ?? Task.CompletedTask);
                await clients.HaveGoneOnAsync(LeastAnswered, Recovery);
                old.Send("CONT");
                await AssertRefusesAsync(old, bank);
                await clients.HaveGoneOnAsync(LeastAnswered, Recovery);
                output.WriteLine($"round {round}: {bank.Answered} answered, {stoppedAt} commits at the stop, {takenAt} at the taking");
                Assert.Equal(takenAt, await CommitsUpToAsync(database, epoch));
                Assert.True(held is null || takenAt == stoppedAt, "A commit that hung in the middle has landed.");
            }

            await clients.StopAsync();
            await BankEnd.AssertAsync(bank, database, random, output);
        }
        finally
        {
            await bank.Service.DisposeAsync();
        }
    }

    /// <summary>Its shards are found to be another's with the first command to each, and then for ever.</summary>
    private static async Task AssertRefusesAsync(ServiceProcess old, Bank bank)
    {
        foreach (var wallet in bank.UsdWallets.Concat(bank.UsdWallets))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/wallets/{wallet}/deposits");
            request.Headers.Add("X-Idempotency-Key", $"late-{Guid.NewGuid()}");
            request.Content = new StringContent(Bank.Body(1, "USD"), Encoding.UTF8, "application/json");
            using var response = await old.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(
                response.StatusCode == HttpStatusCode.ServiceUnavailable && text.Contains("\"unavailable\"", StringComparison.Ordinal),
                $"The old owner answered {(int)response.StatusCode} {text}");
        }
    }

    private static async Task<long[]> NewestEpochAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT array_agg(epoch ORDER BY shard) FROM ledger.shards");
        return (long[])(await command.ExecuteScalarAsync())!;
    }

    private static async Task<bool> AreTakenAsync(NpgsqlDataSource database, long[] since) =>
        (await NewestEpochAsync(database)).Zip(since).All(epochs => epochs.First > epochs.Second);

    /// <summary>How many were decided under these epochs or earlier ones.</summary>
    private static async Task<long> CommitsUpToAsync(NpgsqlDataSource database, long[] epochs)
    {
        await using var command = database.CreateCommand("SELECT count(*) FROM ledger.commits WHERE epoch <= ($1::bigint[])[shard + 1]");
        command.Parameters.Add(new() { Value = epochs });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
