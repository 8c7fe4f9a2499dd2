using System.Buffers;
using System.Text;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What text of a provider PostgreSQL can hold, and what of it can be part of a key.</summary>
internal static class StorableText
{
    /// <summary>In characters; an index entry of PostgreSQL ends at about 2,700 bytes.</summary>
    public const int LongestText = 255;

    /// <summary>Of a refusal's message, which quotes its payload shortened already.</summary>
    public const int LongestMessage = 4_000;

    /// <summary>1 to <see cref="LongestText"/> characters, no NUL, no half of a surrogate pair: PostgreSQL's text holds neither.</summary>
    public static bool Holds(string text) =>
        text.Length is > 0 and <= LongestText && !text.Contains('\0', StringComparison.Ordinal)
        && (Ascii.IsValid(text) || IsWellFormed(text));

    public static Refusal Refusal(string path) =>
        new(RefusalCode.InvalidField, $"Part of a key: 1 to {LongestText} characters of text without NUL are expected.", path);

    /// <summary>The text as PostgreSQL can hold it, cut at <paramref name="longest"/> characters: NUL and halves of surrogate pairs become
    /// U+FFFD.</summary>
    public static string Clean(string text, int longest)
    {
        if (text.Length <= longest && !text.Contains('\0', StringComparison.Ordinal) && IsWellFormed(text))
        {
            return text;
        }

        var clean = string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
        var end = Math.Min(longest, clean.Length);
        return clean[..(end > 0 && char.IsHighSurrogate(clean[end - 1]) ? end - 1 : end)];
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }
}
