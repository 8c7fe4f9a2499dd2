using System.Security.Cryptography;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>Where the signing key comes from, and what becomes of a ledger whose key is changed.</summary>
[Collection(ServerFixture.Collection)]
public sealed class SignerSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LedgerFixture unstarted = new("");

    public void Dispose()
    {
        unstarted.Signer.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_key_is_made_once_for_nobody_but_its_owner_and_found_again()
    {
        using var made = LedgerSigner.Find(unstarted.Settings, folder.Path);
        using var found = LedgerSigner.Find(unstarted.Settings, folder.Path);
        Assert.Equal(made.PublicKey, found.PublicKey);
        var file = Path.Combine(folder.Path, "ledger", "signing-key.pem");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        using var mounted = LedgerSigner.Find(unstarted.Settings with { SigningKeyFile = file }, "elsewhere");
        using var given = LedgerSigner.Find(unstarted.Settings with { SigningKey = File.ReadAllText(file) }, "elsewhere");
        Assert.Equal((made.KeyId, made.KeyId), (mounted.KeyId, given.KeyId));
        Assert.Equal(made.KeyId, Assert.Single(LedgerPublicKey.FromPem(File.ReadAllText(file))).Id);
    }

    [Theory]
    [InlineData("no key", "P-256")]
    [InlineData("public", "P-256")]
    [InlineData("rsa", "P-256")]
    [InlineData("p384", "P-256")]
    [InlineData("both", "either signing-key or signing-key-file")]
    [InlineData("missing", "a file that can be read")]
    public void What_is_no_key_stops_the_start_and_is_not_repeated(string what, string told)
    {
        using var rsa = RSA.Create(2048);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = what switch
        {
            "public" => own.ExportSubjectPublicKeyInfoPem(), "rsa" => rsa.ExportPkcs8PrivateKeyPem(),
            "p384" => other.ExportPkcs8PrivateKeyPem(), "missing" => null, _ => "no key",
        };
        var settings = unstarted.Settings with
        {
            SigningKey = text, SigningKeyFile = what is "both" or "missing" ? Path.Combine(folder.Path, "absent") : null,
        };
        var refused = Assert.Throws<SettingsException>(() => LedgerSigner.Find(settings, folder.Path));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.Contains("signing-key", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_goes_on_under_another_key_and_both_are_known()
    {
        var first = await LedgerFixture.StartAsync(database);
        using var key = first.Signer;
        var wallet = await first.WalletAsync(100);
        await first.StopAsync();
        await using var second = await LedgerFixture.StartAsync(database);
        Assert.Equal(LedgerCode.Done, await second.CodeAsync(new Deposit(wallet, second.Key(), 5, "USD")));

        await second.AssertSoundAsync();
        var report = await LedgerVerifier.RunAsync(second.Database, null, CancellationToken.None);
        Assert.Equal(new[] { key.KeyId, second.Signer.KeyId }.Order(), report.SignedBy);
        using var own = new LedgerPublicKey(second.Signer.PublicKey);
        report = await LedgerVerifier.RunAsync(second.Database, new([own], []), null, CancellationToken.None);
        Assert.All(report.Findings, finding => Assert.Equal("signature", finding.Check));
        Assert.NotEmpty(report.Findings);
    }
}
