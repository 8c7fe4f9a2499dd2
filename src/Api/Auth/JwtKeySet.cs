using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using Microsoft.IdentityModel.Tokens;

namespace AkkaCrypto.Api.Auth;

/// <summary>A key that tokens may be signed with, by one algorithm and no other: a public key is never taken for a secret.</summary>
/// <param name="Kid">Null: for tokens without a kid.</param>
public sealed record JwtKey(string? Kid, string Algorithm, SecurityKey Key);

/// <summary>The keys of tokens at a moment.</summary>
public sealed class JwtKeySet
{
    private const int ShortestSecretBytes = 32;
    private const int ShortestRsaBits = 2048;
    private const string P256 = "1.2.840.10045.3.1.7";
    private readonly List<JwtKey> _keys;

    private JwtKeySet(List<JwtKey> keys) => _keys = keys;

    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Reads the keys of the settings, and the files that they name.</summary>
    /// <param name="read">The text of a file.</param>
    /// <exception cref="FormatException">A key can't be used; the message says which and why, and not the key.</exception>
    public static JwtKeySet Of(JwtSettings settings, Func<string, string> read)
    {
        var keys = new List<JwtKey>();
        Add(keys, "akkacrypto.auth.jwt", null, settings.Secret, settings.PublicKeyFile, read);
        foreach (var key in settings.Keys)
        {
            var path = $"akkacrypto.auth.jwt.keys, kid '{key.Kid}'";
            if (key.Secret is null == key.PublicKeyFile is null)
            {
                throw new FormatException(path + ": either secret or public-key-file is expected");
            }

            Add(keys, path, key.Kid, key.Secret, key.PublicKeyFile, read);
        }

        var twice = keys.GroupBy(key => (key.Kid, key.Kid is null ? key.Algorithm : "")).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? new JwtKeySet(keys)
            : throw new FormatException($"akkacrypto.auth.jwt: two keys have the kid '{twice.Key.Kid}'");
    }

    /// <summary>The one key that a token with this header can be signed with; null: none.</summary>
    /// <param name="kid">Null: the token has none.</param>
    public SecurityKey? Find(string algorithm, string? kid) => _keys.Find(key =>
        string.Equals(key.Algorithm, algorithm, StringComparison.Ordinal) && string.Equals(key.Kid, kid, StringComparison.Ordinal))?.Key;

    private static void Add(
        List<JwtKey> keys, string path, string? kid, string? secret, string? file, Func<string, string> read)
    {
        if (secret is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(secret);
            keys.Add(bytes.Length >= ShortestSecretBytes
                ? new JwtKey(kid, SecurityAlgorithms.HmacSha256, new SymmetricSecurityKey(bytes))
                : throw new FormatException($"{path}.secret: at least {ShortestSecretBytes} bytes are expected"));
        }

        if (file is null)
        {
            return;
        }

        try
        {
            var text = read(file);
            keys.AddRange(text.TrimStart().StartsWith('{') ? Jwks(text, kid) : [Pem(text, kid)]);
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException or FormatException or JsonException
            or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}.public-key-file {file}: {bad.Message}", bad);
        }
    }

    private static JwtKey Pem(string text, string? kid)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new FormatException("a public key is expected, and this is a private one");
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(text);
            return Of(rsa, kid);
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            var ec = ECDsa.Create();
            ec.ImportFromPem(text);
            return Of(ec, kid);
        }
    }

    /// <summary>Keys of other uses and kinds are left out, as RFC 7517 wants it.</summary>
    private static IEnumerable<JwtKey> Jwks(string text, string? only)
    {
        using var document = JsonDocument.Parse(text);
        var keys = new List<JwtKey>();
        foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (key.TryGetProperty("d", out _))
            {
                throw new FormatException("public keys are expected, and one of these is a private one");
            }

            var kid = Text(key, "kid") ?? throw new FormatException("each key needs a kid");
            var isOther = Text(key, "use") is { } use && use != "sig";
            if (!isOther && (only is null || only == kid) && Key(key, kid) is { } known
                && (Text(key, "alg") is not { } algorithm || algorithm == known.Algorithm))
            {
                keys.Add(known);
            }
        }

        return keys.Count > 0 ? keys : throw new FormatException("no key for RS256 or ES256 is in it");
    }

    private static JwtKey? Key(JsonElement key, string kid) => Text(key, "kty") switch
    {
        "RSA" => Of(RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }), kid),
        "EC" when Text(key, "crv") == "P-256" => Of(
            ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") },
            }), kid),
        _ => null,
    };

    private static JwtKey Of(RSA key, string? kid) => key.KeySize >= ShortestRsaBits
        ? new JwtKey(kid, SecurityAlgorithms.RsaSha256, new RsaSecurityKey(key) { KeyId = kid })
        : throw new FormatException($"an RSA key of at least {ShortestRsaBits} bits is expected, this one has {key.KeySize}");

    private static JwtKey Of(ECDsa key, string? kid) => key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256
        ? new JwtKey(kid, SecurityAlgorithms.EcdsaSha256, new ECDsaSecurityKey(key) { KeyId = kid })
        : throw new FormatException("an EC key of the curve P-256 is expected");

    private static string? Text(JsonElement key, string name) => key.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string name) => Base64Url.DecodeFromChars(key.GetProperty(name).GetString());
}
