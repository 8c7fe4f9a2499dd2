using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Storage;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>
/// The secret that stored keys are hashed under (HMAC-SHA-256). It stands outside the database, so that a copy of the database opens
/// nothing and its hashes can't be made by who can write to it.
/// </summary>
public sealed class KeyPepper
{
    private const int ShortestLength = 32;
    private const int GeneratedBytes = 32;
    private const string Folder = "auth";
    private const string File = "pepper";
    private const string CheckedText = "AkkaCrypto: is this the pepper of the stored keys?";
    private readonly byte[] _secret;

    private KeyPepper(byte[] secret) => _secret = secret;

    /// <summary>Says nothing of the pepper, and tells another one apart.</summary>
    public byte[] Check => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(CheckedText));

    /// <summary>The pepper of the settings, or the one in the data folder, made there at first.</summary>
    /// <param name="dataDir">Null where the database is not this service's own: then nothing is made.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="SettingsException">It is too short, or its file can't be used.</exception>
    public static KeyPepper? Find(StoredKeySettings settings, string? dataDir)
    {
        const string Path = "akkacrypto.auth.keys.pepper";
        if (settings is { Pepper: not null, PepperFile: not null })
        {
            throw Fault(Path, "***", "either pepper or pepper-file");
        }

        try
        {
            return settings.Pepper is { } given ? Of(given, Path)
                : settings.PepperFile is { } file ? Of(System.IO.File.ReadAllText(file).Trim(), Path + "-file")
                : dataDir is not null ? Of(Kept(dataDir), "<data-dir>/auth/pepper")
                : null;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw Fault(Path + "-file", settings.PepperFile ?? dataDir ?? "", "a file that can be read and written: " + unusable.Message);
        }
    }

    /// <summary>The hash under which a key is stored.</summary>
    /// <param name="key">ASCII, of the form of <see cref="ApiKeyText"/>.</param>
    public KeyDigest Digest(ReadOnlySpan<char> key)
    {
        Span<byte> text = stackalloc byte[key.Length];
        var length = Encoding.ASCII.GetBytes(key, text);
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, text[..length], digest);
        return KeyDigest.Of(digest);
    }

    private static KeyPepper Of(string text, string path) => text.Length >= ShortestLength
        ? new KeyPepper(Encoding.UTF8.GetBytes(text))
        : throw Fault(path, "***", $"at least {ShortestLength} characters");

    private static string Kept(string dataDir) => SecretFile.ReadOrMake(
        System.IO.Path.Combine(dataDir, Folder, File), () => RandomNumberGenerator.GetHexString(GeneratedBytes * 2, lowercase: true));

    private static SettingsException Fault(string path, string found, string expected) =>
        new([new SettingsFault(path, found, expected, null)]);
}
