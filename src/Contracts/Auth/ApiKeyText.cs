using System.Numerics;

namespace AkkaCrypto.Contracts.Auth;

/// <summary>
/// The form of a stored API key: <c>ak_&lt;env&gt;_&lt;random&gt;_&lt;checksum&gt;</c>, as in <c>ak_live_4fQ…x9_1a2B3c</c>. The random
/// part holds 256 bits; the checksum is the CRC-32C of everything before it, so that any one wrong character and any two swapped
/// neighbours are seen without a look at the keys. A key of another environment is refused the same way.
/// </summary>
public static class ApiKeyText
{
    /// <summary>Digits of the random part and of the checksum, in base 62.</summary>
    public const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>43 × log2(62) is 256 bits.</summary>
    public const int RandomLength = 43;

    private const string Prefix = "ak_";
    private const int ChecksumLength = 6;
    private const int LongestEnvironment = 16;

    /// <param name="environment">1 to 16 of a–z, 0–9.</param>
    /// <param name="random">43 characters of <see cref="Alphabet"/>, from a cryptographic source.</param>
    /// <exception cref="ArgumentException">A part hasn't its form.</exception>
    public static string Compose(string environment, string random)
    {
        if (!IsEnvironment(environment) || random.Length != RandomLength || random.AsSpan().ContainsAnyExcept(Alphabet))
        {
            throw new ArgumentException("A key needs an environment of 1 to 16 of a-z, 0-9 and 43 random characters of base 62.");
        }

        var body = $"{Prefix}{environment}_{random}_";
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(body, checksum);
        return string.Concat(body, checksum);
    }

    /// <summary>Whether a text claims to be such a key.</summary>
    public static bool IsClaimedBy(ReadOnlySpan<char> text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether it is a whole key of the environment whose checksum holds.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text, ReadOnlySpan<char> environment)
    {
        var length = Prefix.Length + environment.Length + 1 + RandomLength + 1 + ChecksumLength;
        if (text.Length != length || !IsClaimedBy(text) || !text[Prefix.Length..].StartsWith(environment, StringComparison.Ordinal))
        {
            return false;
        }

        var random = text.Slice(Prefix.Length + environment.Length + 1, RandomLength);
        if (text[Prefix.Length + environment.Length] != '_' || text[^(ChecksumLength + 1)] != '_' || random.ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(text[..^ChecksumLength], checksum);
        return text[^ChecksumLength..].SequenceEqual(checksum);
    }

    private static bool IsEnvironment(string text) =>
        text.Length is > 0 and <= LongestEnvironment && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    private static void WriteChecksum(ReadOnlySpan<char> body, Span<char> checksum)
    {
        var crc = uint.MaxValue;
        foreach (var c in body)
        {
            crc = BitOperations.Crc32C(crc, (byte)c);
        }

        crc = ~crc;
        for (var i = checksum.Length - 1; i >= 0; i--)
        {
            (crc, var digit) = uint.DivRem(crc, (uint)Alphabet.Length);
            checksum[i] = Alphabet[(int)digit];
        }
    }
}
