using System.Globalization;

namespace AkkaCrypto.Hocon.Syntax;

/// <summary>The character classes of the specification ("Syntax", "Unquoted strings").</summary>
internal static class Characters
{
    /// <summary>Characters that end an unquoted string and mean nothing there: reserved by the specification.</summary>
    private const string Forbidden = "$\"{}[]:=,+#`^?!@*&\\";

    /// <summary>White space within a line: every Unicode separator, the ASCII controls that count as white space, the byte order
    /// mark.</summary>
    public static bool IsSpace(char c) => c switch
    {
        '\n' => false,
        '\t' or '\v' or '\f' or '\r' or (>= '\u001c' and <= '\u001f') or '\uFEFF' => true,
        _ => char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator,
    };

    public static bool IsUnquoted(char c) => c != '\n' && !Forbidden.Contains(c, StringComparison.Ordinal) && !IsSpace(c);

    /// <summary>Length of the JSON number that <paramref name="text"/> begins with; 0 when it begins with none.</summary>
    public static int NumberLength(ReadOnlySpan<char> text)
    {
        var at = text.StartsWith("-") ? 1 : 0;
        var digits = Digits(text[at..]);
        if (digits == 0 || (digits > 1 && text[at] == '0'))
        {
            return 0;
        }

        at += digits;
        if (at < text.Length && text[at] == '.' && Digits(text[(at + 1)..]) is > 0 and var fraction)
        {
            at += 1 + fraction;
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            var sign = at + 1 < text.Length && text[at + 1] is '+' or '-' ? 1 : 0;
            var exponent = Digits(text[(at + 1 + sign)..]);
            at += exponent == 0 ? 0 : 1 + sign + exponent;
        }

        return at;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (count < text.Length && char.IsAsciiDigit(text[count]))
        {
            count++;
        }

        return count;
    }
}
