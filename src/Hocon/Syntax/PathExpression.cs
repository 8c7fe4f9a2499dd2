using System.Text;

namespace AkkaCrypto.Hocon.Syntax;

/// <summary>
/// "Path expressions": like a string concatenation, but each '.' outside quotes separates two elements. An empty element must be quoted.
/// White space around the whole is dropped, within it is kept.
/// </summary>
internal sealed class PathExpression
{
    private readonly List<string> elements = [];
    private readonly StringBuilder element = new();
    private bool quoted;
    private string space = "";

    /// <summary>Reads tokens up to the first that can't belong to a path; <paramref name="what"/> names the path for messages.</summary>
    public static HoconPath Read(TokenReader tokens, string what)
    {
        var path = new PathExpression();
        var line = tokens.Peek().Line;
        tokens.SkipSpace();
        if (tokens.Kind is not (TokenKind.Unquoted or TokenKind.Quoted))
        {
            throw tokens.Expected(what);
        }

        while (tokens.Kind is TokenKind.Unquoted or TokenKind.Quoted or TokenKind.Space)
        {
            path.Add(tokens.Take(), tokens);
        }

        path.EndElement(tokens, line);
        return path.elements.Count <= HoconLimits.Nesting
            ? new HoconPath(path.elements)
            : throw tokens.Error(line, $"found a path of {path.elements.Count} elements, expected at most {HoconLimits.Nesting}");
    }

    private void Add(Token token, TokenReader tokens)
    {
        if (token.Kind == TokenKind.Space)
        {
            space = token.Text;
            return;
        }

        element.Append(space);
        space = "";
        if (token.Kind == TokenKind.Quoted)
        {
            element.Append(token.Text);
            quoted = true;
            return;
        }

        var parts = token.Text.Split('.');
        element.Append(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            EndElement(tokens, token.Line);
            element.Append(part);
        }
    }

    private void EndElement(TokenReader tokens, int line)
    {
        if (element.Length == 0 && !quoted)
        {
            throw tokens.Error(line,
                "found a path with an empty element, expected a name on both sides of each '.' (an empty name must be quoted)");
        }

        elements.Add(element.ToString());
        element.Clear();
        quoted = false;
    }
}
