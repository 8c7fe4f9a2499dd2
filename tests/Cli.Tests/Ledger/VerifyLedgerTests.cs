using System.Security.Cryptography;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Cli.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Pipeline;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Cli.Tests.Ledger;

/// <summary>The verb against the ledger of a service that doesn't run, and against receipts alone.</summary>
[Collection(ServerFixture.Collection)]
public sealed class VerifyLedgerTests(ServerFixture servers) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private Guid _wallet;

    public async Task InitializeAsync()
    {
        var redis = await servers.NewRedisStateAsync();
        (_environment["Redis__State"], _environment["Redis__Cache"]) = (redis, redis);
        _environment["Postgres__ConnectionString"] = await servers.NewDatabaseAsync();
        var settings = ServiceSettings.Load(HoconFolder, "env", null, _environment).OrThrow();
        await using var database = WalletLedger.OpenDatabase(_environment["Postgres__ConnectionString"], settings.Ledger);
        using var signer = LedgerSigner.Find(settings.Ledger, _folder.Path);
        await using var ledger = await WalletLedger.StartAsync(
            database, () => settings.Actors, () => settings.Ledger, signer, TimeProvider.System, NullLogger<WalletLedger>.Instance,
            CancellationToken.None);
        var create = new CreateWallet(new RequestKey("acme", "/wallets", "w", default), "USD", 2, 0);
        _wallet = create.Wallet;
        foreach (var command in (LedgerCommand[])
            [create, new Deposit(_wallet, new RequestKey("acme", $"/wallets/{_wallet}/deposits", "d", default), 1250, "USD")])
        {
            Assert.Equal(LedgerCode.Done, (await ledger.AskAsync(command, CancellationToken.None).Within("an answer")).Reply?.Code);
        }

        var (_, receipt) = await ledger.Reader.ReceiptAsync(_wallet, 1, CancellationToken.None);
        await File.WriteAllBytesAsync(At("receipt.json"), ReceiptJson.Write(receipt!).ToArray());
        await File.WriteAllTextAsync(At("key.pem"), PemEncoding.WriteString("PUBLIC KEY", signer.PublicKey));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(At("other.pem"), other.ExportSubjectPublicKeyInfoPem());
    }

    public Task DisposeAsync()
    {
        _out.Dispose();
        _error.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_sound_ledger_is_told_with_its_heads_and_its_key_and_a_changed_one_with_the_first_wrong_entry()
    {
        var told = await LedgerAsync(ExitCode.Done);
        Assert.Contains("2 wallets, 3 entries, 2 commits", told, StringComparison.Ordinal);
        Assert.Contains("ends with commit 2, head ", told, StringComparison.Ordinal);
        Assert.Contains("--public-key says which to trust", told, StringComparison.Ordinal);
        Assert.EndsWith("Nothing is wrong.\n", told, StringComparison.Ordinal);

        await ExecuteAsync($"UPDATE ledger.entries SET amount = 9999 WHERE wallet_id = '{_wallet}' AND version = 1");
        told = await LedgerAsync(ExitCode.Failed);
        Assert.Contains($"the first: chain: entry 1 of wallet {_wallet}: expected hash ", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_trusted_can_be_given()
    {
        Assert.Contains("keys that were given", await LedgerAsync(ExitCode.Done, "--public-key", At("key.pem")), StringComparison.Ordinal);
        Assert.Contains(
            "signature: commit 1 of shard", await LedgerAsync(ExitCode.Failed, "--public-key", At("other.pem")), StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            At("both.pem"), await File.ReadAllTextAsync(At("other.pem")) + "\n" + await File.ReadAllTextAsync(At("key.pem")));
        await LedgerAsync(ExitCode.Done, "--public-key", At("both.pem"));
    }

    [Fact]
    public async Task The_heads_of_an_earlier_report_must_still_be_there()
    {
        var report = await LedgerAsync(ExitCode.Done, "--format", "json");
        Assert.Equal(3, JsonDocument.Parse(report).RootElement.GetProperty("entries").GetInt32());
        await File.WriteAllTextAsync(At("heads.json"), report);
        await LedgerAsync(ExitCode.Done, "--expect-head", At("heads.json"));

        await ExecuteAsync(string.Concat(
            ((string[])["commits", "entries", "wallets", "request_keys"]).Select(table => $"DELETE FROM ledger.{table};")));
        await LedgerAsync(ExitCode.Done);
        Assert.Contains(
            "head: commit 2 of shard", await LedgerAsync(ExitCode.Failed, "--expect-head", At("heads.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_is_checked_without_any_service()
    {
        _environment.Clear();
        await RunAsync(ExitCode.Done, "--receipt", At("receipt.json"));
        Assert.Contains($"entry 1 of wallet {_wallet}, deposit of 1250 USD", $"{_out}", StringComparison.Ordinal);
        Assert.Contains("taken from the receipt itself", $"{_out}", StringComparison.Ordinal);
        await RunAsync(ExitCode.Done, "--receipt", At("receipt.json"), "--public-key", At("key.pem"));
        Assert.Contains("one of those given", $"{_out}", StringComparison.Ordinal);

        await RunAsync(ExitCode.Failed, "--receipt", At("receipt.json"), "--public-key", At("other.pem"));
        Assert.Contains("none of those that are trusted", $"{_error}", StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(At("receipt.json"));
        await File.WriteAllTextAsync(
            At("changed.json"), text.Replace("\"amount\":\"1250\"", "\"amount\":\"1251\"", StringComparison.Ordinal));
        await RunAsync(ExitCode.Failed, "--receipt", At("changed.json"));
        Assert.Contains("The receipt does not hold. The entry isn't the one that was hashed", $"{_error}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.WrongUsage, "only --public-key goes with --receipt", "--receipt", "x", "--data", "y")]
    [InlineData(ExitCode.WrongUsage, "expected text or json", "--format", "xml")]
    [InlineData(ExitCode.Failed, "--receipt /nowhere", "--receipt", "/nowhere")]
    [InlineData(ExitCode.Failed, "--public-key /nowhere", "--public-key", "/nowhere")]
    [InlineData(ExitCode.Failed, "--expect-head /nowhere", "--expect-head", "/nowhere")]
    public async Task What_cannot_be_used_is_told(int exit, string told, params string[] arguments)
    {
        await RunAsync(exit, arguments);
        Assert.Contains(told, $"{_error}", StringComparison.Ordinal);
    }

    private static string HoconFolder => Path.Combine(AppContext.BaseDirectory, "hocon");

    private string At(string file) => Path.Combine(_folder.Path, file);

    private async Task<string> LedgerAsync(int exit, params string[] arguments)
    {
        await RunAsync(exit, [.. arguments, "--profile", "env", "--data", _folder.Path]);
        return $"{_out}";
    }

    private async Task RunAsync(int exit, params string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var found = await CommandLine.RunAsync(
            [VerifyLedgerVerb.Verb], ["verify-ledger", .. arguments], new Surroundings(_out, _error, _environment, HoconFolder),
            CancellationToken.None);
        Assert.True(exit == found, $"{string.Join(' ', arguments)}: {found} {_out} {_error}");
    }

    /// <summary>Past the triggers.</summary>
    private async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(_environment["Postgres__ConnectionString"]);
        await using var command = database.CreateCommand($"SET session_replication_role = replica; {sql}");
        await command.ExecuteNonQueryAsync();
    }
}
