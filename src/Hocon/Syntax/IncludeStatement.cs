using System.Text;

namespace AkkaCrypto.Hocon.Syntax;

/// <summary>What follows the word <c>include</c>: <c>"x"</c>, <c>file("x")</c>, <c>url("x")</c>, <c>classpath("x")</c>, each also in
/// <c>required(…)</c>.</summary>
internal static class IncludeStatement
{
    private const string Expected = "a quoted name, or one in file(…), classpath(…), url(…) or required(…), after include";

    public static (IncludeKind Kind, string Name, bool Required) Read(TokenReader tokens)
    {
        tokens.SkipLines();
        var before = Brackets(tokens, "(");
        if (tokens.Kind != TokenKind.Quoted)
        {
            throw tokens.Expected(Expected);
        }

        var name = tokens.Take();
        var required = before.StartsWith("required(", StringComparison.Ordinal);
        IncludeKind? kind = (required ? before["required(".Length..] : before) switch
        {
            "" => IncludeKind.Heuristic,
            "file(" => IncludeKind.File,
            "classpath(" => IncludeKind.Classpath,
            "url(" => IncludeKind.Url,
            _ => null,
        };
        if (kind is null)
        {
            throw tokens.Error(name.Line, $"found '{before}', expected {Expected}");
        }

        Close(tokens, before.Count(c => c == '('));
        return (kind.Value, name.Text, required);
    }

    private static void Close(TokenReader tokens, int open)
    {
        if (open == 0)
        {
            return;
        }

        var closing = Brackets(tokens, ")");
        if (closing != new string(')', open))
        {
            throw tokens.Expected($"{new string(')', open)} after the name of the include, but found '{closing}' and then the rest");
        }
    }

    /// <summary>The text up to the name, or after it, without its white space; only a line's end that brackets still span is passed
    /// over.</summary>
    private static string Brackets(TokenReader tokens, string bracket)
    {
        var text = new StringBuilder();
        while (tokens.Kind is TokenKind.Unquoted or TokenKind.Space
            || (tokens.Kind == TokenKind.Newline && bracket == "(" && text.Length > 0))
        {
            var token = tokens.Take();
            text.Append(token.Kind == TokenKind.Unquoted ? token.Text : "");
        }

        return text.ToString();
    }
}
