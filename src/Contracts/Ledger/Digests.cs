using System.Security.Cryptography;
using System.Text;

namespace AkkaCrypto.Contracts.Ledger;

/// <summary>Ids that follow from their content: the same parts give the same id, on every node and after every restart.</summary>
public static class Digests
{
    private const int Longest = 1024;

    [ThreadStatic]
    private static OpenSslSha256? sha256;

    /// <summary>The first 16 bytes of SHA-256 over the parts, each with its length before it.</summary>
    public static Guid Of(params ReadOnlySpan<string> parts)
    {
        var needed = 0;
        foreach (var part in parts)
        {
            needed += 4 + Encoding.UTF8.GetMaxByteCount(part.Length);
        }

        Span<byte> buffer = needed <= Longest ? stackalloc byte[Longest] : new byte[needed];
        var used = 0;
        foreach (var part in parts)
        {
            var length = Encoding.UTF8.GetBytes(part, buffer[(used + 4)..]);
            BitConverter.TryWriteBytes(buffer[used..], length);
            used += 4 + length;
        }

        return Of(buffer[..used]);
    }

    /// <summary>The first 16 bytes of SHA-256.</summary>
    public static Guid Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Sha256(content, hash);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>SHA-256. A ledger hashes four times for each mutation, so what this costs is a part of what they cost.</summary>
    /// <param name="content">What is hashed.</param>
    /// <param name="hash">Takes the 32 bytes; may be where the content is.</param>
    public static void Sha256(ReadOnlySpan<byte> content, Span<byte> hash)
    {
        if (OpenSslSha256.IsThere)
        {
            (sha256 ??= OpenSslSha256.Create()).Hash(content, hash);
        }
        else
        {
            SHA256.HashData(content, hash);
        }
    }
}
