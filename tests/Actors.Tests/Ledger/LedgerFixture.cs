using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>A ledger over a database of its own, and commands with keys of their own.</summary>
public sealed class LedgerFixture(string connectionString, int shards = 4) : IAsyncDisposable
{
    /// <summary>Several tests share a database, one after the other.</summary>
    private readonly string path = $"/{Guid.NewGuid():N}";

    private int keys;

    public FakeTimeProvider Time { get; } = new();

    public ActorSettings Actors { get; set; } = new(
        Mailbox: 10_000, MaxBatch: 500, SendAhead: 768, MaxActive: 10_000, IdleAfter: TimeSpan.FromHours(1),
        Deadline: TimeSpan.FromMinutes(1), MinBackoff: TimeSpan.FromMilliseconds(1), MaxBackoff: TimeSpan.FromMilliseconds(1));

    public LedgerSettings Settings { get; set; } = new(
        Shards: shards, MaxPoolSize: 16, CommitTimeout: TimeSpan.FromSeconds(20), InFlightWait: TimeSpan.FromSeconds(2),
        SettleEvery: TimeSpan.FromSeconds(5), ExpireHoldsEvery: TimeSpan.FromSeconds(1), KeepKeys: TimeSpan.FromHours(24),
        PurgeEvery: TimeSpan.FromMinutes(1), PurgeRows: 100, SigningKey: null, SigningKeyFile: null,
        Currencies: new Dictionary<string, int> { ["USD"] = 2, ["BTC"] = 8, ["KRW"] = 0, ["JPY"] = 0, ["ETH"] = 18 });

    /// <summary>Of every commit.</summary>
    public LedgerSigner Signer { get; } = LedgerSigner.New();

    public NpgsqlDataSource Database { get; private set; } = null!;

    public WalletLedger Ledger { get; private set; } = null!;

    public LedgerReader Reader => Ledger.Reader;

    public LedgerShards Shards => new(Settings.Shards);

    public static async Task<LedgerFixture> StartAsync(DatabaseFixture database, int shards = 4)
    {
        var fixture = new LedgerFixture(database.ConnectionString, shards);
        await fixture.StartAsync();
        return fixture;
    }

    public async Task StartAsync(string? otherConnection = null)
    {
        Database = WalletLedger.OpenDatabase(otherConnection ?? connectionString, Settings);
        Ledger = await WalletLedger.StartAsync(
            Database, () => Actors, () => Settings, Signer, Time, NullLogger<WalletLedger>.Instance, CancellationToken.None);
    }

    public async Task StopAsync()
    {
        await Ledger.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Signer.Dispose();
    }

    /// <summary>Another owner of a shard, as this or another process would be.</summary>
    internal LedgerJournal Journal(int shard) => new(Database, shard, Signer, Time, new StartedLegs(), keepsConnections: true);

    public RequestKey Key(string? key = null, string body = "", string tenant = "acme") =>
        new(tenant, path, key ?? $"k{Interlocked.Increment(ref keys)}", Digests.Of(body));

    public async Task<LedgerReply> AskAsync(LedgerCommand command)
    {
        var asked = await Ledger.AskAsync(command, CancellationToken.None).Within($"an answer to {command}");
        Assert.Equal(AskOutcome.Answered, asked.Outcome);
        return asked.Reply!;
    }

    public async Task<LedgerCode> CodeAsync(LedgerCommand command) => (await AskAsync(command)).Code;

    /// <summary>Opens a wallet, in the shard if one is named, with a deposit if there is one.</summary>
    public async Task<Guid> WalletAsync(Int128 balance = default, string currency = "USD", Int128 overdraft = default, int? shard = null)
    {
        var create = new CreateWallet(Key(), currency, Settings.Currencies[currency], overdraft);
        while (shard is not null && Shards.Of(create.Wallet) != shard)
        {
            create = new CreateWallet(Key(), currency, Settings.Currencies[currency], overdraft);
        }

        Assert.Equal(LedgerCode.Done, await CodeAsync(create));
        if (balance > 0)
        {
            Assert.Equal(LedgerCode.Done, await CodeAsync(new Deposit(create.Wallet, Key(), balance, currency)));
        }

        return create.Wallet;
    }

    public async Task<WalletView> ViewAsync(Guid wallet) => (await Reader.WalletAsync(wallet, null, CancellationToken.None))!;

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The verifier finds nothing wrong.</summary>
    public async Task AssertSoundAsync()
    {
        var report = await LedgerVerifier.RunAsync(Database, null, CancellationToken.None);
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
    }
}
