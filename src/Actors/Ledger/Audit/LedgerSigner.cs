using System.Security.Cryptography;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Storage;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// The private key that this process signs its commits with: ECDSA over P-256, which the runtime has by itself. It stands outside the
/// database, so that who can write there can't make seals.
/// </summary>
public sealed class LedgerSigner : IDisposable
{
    private const string Setting = "akkacrypto.ledger.signing-key";
    private static readonly string KeptIn = Path.Combine("ledger", "signing-key.pem");

    private readonly ECDsa key;
    private readonly Lock gate = new();

    private LedgerSigner(ECDsa key)
    {
        this.key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        KeyId = LedgerPublicKey.IdOf(PublicKey);
    }

    public Guid KeyId { get; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] PublicKey { get; }

    /// <summary>A key of this process alone.</summary>
    public static LedgerSigner New() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key of the settings, or the one in the data folder, made there at first.</summary>
    /// <exception cref="SettingsException">It is no such key, or its file can't be used.</exception>
    public static LedgerSigner Find(LedgerSettings settings, string dataDir)
    {
        if (settings is { SigningKey: not null, SigningKeyFile: not null })
        {
            throw Fault(Setting, "***", "either signing-key or signing-key-file");
        }

        var file = settings.SigningKeyFile ?? Path.Combine(dataDir, KeptIn);
        try
        {
            return settings.SigningKey is { } given ? Of(given, Setting)
                : settings.SigningKeyFile is not null ? Of(File.ReadAllText(file), Setting + "-file")
                : Of(SecretFile.ReadOrMake(file, Made), file);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw Fault(Setting + "-file", file, "a file that can be read and written: " + unusable.Message);
        }
    }

    /// <param name="head">Is itself a hash: signed as it is.</param>
    /// <returns>DER, as openssl writes and reads it.</returns>
    public byte[] Sign(byte[] head)
    {
        // The shards commit side by side, and one key of the runtime is not said to stand that.
        lock (gate)
        {
            return key.SignHash(head, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose() => key.Dispose();

    private static string Made()
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return made.ExportPkcs8PrivateKeyPem();
    }

    private static LedgerSigner Of(string pem, string path)
    {
        var read = ECDsa.Create();
        try
        {
            read.ImportFromPem(pem);
            if (read.KeySize == LedgerPublicKey.Bits && read.ExportParameters(includePrivateParameters: true).D is not null)
            {
                return new(read);
            }
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException)
        {
            // Its message could repeat a part of the key.
        }

        read.Dispose();
        throw Fault(path, "***", "a private key of the curve P-256 in PEM");
    }

    private static SettingsException Fault(string path, string found, string expected) =>
        new([new SettingsFault(path, found, expected, null)]);
}

/// <summary>Checks what a <see cref="LedgerSigner"/> has signed.</summary>
public sealed class LedgerPublicKey : IDisposable
{
    /// <summary>Of P-256.</summary>
    internal const int Bits = 256;

    private readonly ECDsa key = ECDsa.Create();

    /// <param name="info">SubjectPublicKeyInfo, DER.</param>
    /// <exception cref="CryptographicException">It is none of the curve P-256.</exception>
    public LedgerPublicKey(byte[] info)
    {
        Info = info;
        Id = IdOf(info);
        key.ImportSubjectPublicKeyInfo(info, out var read);
        if (read != info.Length || key.KeySize != Bits)
        {
            throw new CryptographicException("The key is none of the curve P-256.");
        }
    }

    /// <summary>The first 16 bytes of SHA-256 over <see cref="Info"/>.</summary>
    public Guid Id { get; }

    public byte[] Info { get; }

    public static Guid IdOf(byte[] info) => Digests.Of(info);

    /// <summary>All public keys of a text in PEM; also of private ones, of which only the public part is taken.</summary>
    /// <exception cref="CryptographicException">There is none, or one of another kind.</exception>
    public static IReadOnlyList<LedgerPublicKey> FromPem(string text)
    {
        var keys = new List<LedgerPublicKey>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var found); rest = rest[found.Location.End..])
        {
            using var one = ECDsa.Create();
            try
            {
                one.ImportFromPem(rest[found.Location]);
            }
            catch (ArgumentException other)
            {
                throw new CryptographicException("There is something else than a key of an elliptic curve.", other);
            }

            keys.Add(new(one.ExportSubjectPublicKeyInfo()));
        }

        return keys.Count > 0 ? keys : throw new CryptographicException("There is no key in PEM.");
    }

    /// <summary>What is no signature at all is a wrong one.</summary>
    public bool Verifies(byte[] head, byte[] signature)
    {
        try
        {
            return key.VerifyHash(head, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose() => key.Dispose();
}
