using System.Globalization;
using System.Text;

namespace AkkaCrypto.Hocon.Syntax;

/// <summary>
/// Text to tokens, one at a time. Comments vanish here, except that <see cref="SawComment"/> remembers there was one: a variable's value
/// that holds one is not taken as HOCON.
/// </summary>
internal sealed class Lexer(string text, HoconOrigin origin)
{
    private int at;
    private int line = 1;

    public bool SawComment { get; private set; }

    public Token Next()
    {
        SkipComment();
        if (at >= text.Length)
        {
            return new Token(TokenKind.End, "", line);
        }

        var c = text[at];
        if (c == '\n')
        {
            at++;
            return new Token(TokenKind.Newline, "\n", line++);
        }

        if (Characters.IsSpace(c))
        {
            var start = at;
            while (at < text.Length && Characters.IsSpace(text[at]))
            {
                at++;
            }

            return new Token(TokenKind.Space, text[start..at], line);
        }

        return Punctuation(c) ?? (c == '"' ? Quoted() : Unquoted());
    }

    public HoconException Error(int atLine, string reason) => new(origin.At(atLine), reason);

    private Token? Punctuation(char c)
    {
        var (kind, length) = c switch
        {
            '{' => (TokenKind.OpenBrace, 1),
            '}' => (TokenKind.CloseBrace, 1),
            '[' => (TokenKind.OpenBracket, 1),
            ']' => (TokenKind.CloseBracket, 1),
            ',' => (TokenKind.Comma, 1),
            ':' => (TokenKind.Colon, 1),
            '=' => (TokenKind.Equal, 1),
            '+' when Follows("+=") => (TokenKind.PlusEqual, 2),
            '$' when Follows("${?") => (TokenKind.OptionalSubstitution, 3),
            '$' when Follows("${") => (TokenKind.Substitution, 2),
            _ => (TokenKind.End, 0),
        };
        if (length == 0)
        {
            return null;
        }

        at += length;
        return new Token(kind, text.Substring(at - length, length), line);
    }

    private bool Follows(string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private void SkipComment()
    {
        if (at < text.Length && (text[at] == '#' || Follows("//")))
        {
            SawComment = true;
            var end = text.IndexOf('\n', at);
            at = end < 0 ? text.Length : end;
        }
    }

    private Token Unquoted()
    {
        var start = at;
        at += Characters.NumberLength(text.AsSpan(at));
        while (at < text.Length && Characters.IsUnquoted(text[at]) && !Follows("//"))
        {
            at++;
        }

        if (at == start)
        {
            throw Error(line, $"found '{text[at]}', which is reserved: a text that holds it must stand in double quotes");
        }

        return new Token(TokenKind.Unquoted, text[start..at], line);
    }

    private Token Quoted()
    {
        var first = line;
        if (Follows("\"\"\""))
        {
            return new Token(TokenKind.Quoted, TripleQuoted(), first);
        }

        at++;
        var content = new StringBuilder();
        while (true)
        {
            if (at >= text.Length)
            {
                throw Error(first, "found the end of the text within a quoted string, expected '\"'");
            }

            var c = text[at++];
            switch (c)
            {
                case '"':
                    return new Token(TokenKind.Quoted, content.ToString(), first);
                case '\\':
                    AppendEscape(content);
                    break;
                case < ' ':
                    throw Error(first,
                        $"found the control character U+{(int)c:X4} within a quoted string, expected an escape (or triple quotes)");
                default:
                    content.Append(c);
                    break;
            }
        }
    }

    /// <summary>Any sequence of at least three quotes ends it, and quotes beyond three belong to the content.</summary>
    private string TripleQuoted()
    {
        var start = at + 3;
        var end = text.IndexOf("\"\"\"", start, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error(line, "found the end of the text within a triple-quoted string, expected '\"\"\"'");
        }

        while (end + 3 < text.Length && text[end + 3] == '"')
        {
            end++;
        }

        at = end + 3;
        var content = text[start..end];
        line += content.AsSpan().Count('\n');
        return content;
    }

    private void AppendEscape(StringBuilder content)
    {
        var c = at < text.Length ? text[at++] : '\0';
        if (c == 'u')
        {
            AppendUnicode(content);
            return;
        }

        content.Append(c switch
        {
            '"' or '\\' or '/' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => throw Error(line,
                "found an unknown escape within a quoted string, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"),
        });
    }

    private void AppendUnicode(StringBuilder content)
    {
        var unit = HexUnit();
        content.Append(unit);
        if (char.IsHighSurrogate(unit) && Follows("\\u"))
        {
            at += 2;
            var low = HexUnit();
            content.Append(low);
            if (char.IsSurrogatePair(unit, low))
            {
                return;
            }
        }

        if (char.IsSurrogate(unit))
        {
            throw Error(line, $"found \\u{(int)unit:x4} alone, expected a whole surrogate pair");
        }
    }

    private char HexUnit()
    {
        if (at + 4 > text.Length
            || !ushort.TryParse(text.AsSpan(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            throw Error(line, "found \\u without four hexadecimal digits");
        }

        at += 4;
        return (char)unit;
    }
}
