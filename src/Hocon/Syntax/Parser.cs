namespace AkkaCrypto.Hocon.Syntax;

/// <summary>
/// One text to nodes, by recursive descent. Newlines separate fields and elements as commas do, and end a concatenation.
/// <paramref name="start"/> is where the text begins; <paramref name="include"/> reads an included file; null refuses every include.
/// </summary>
internal sealed class Parser(string text, HoconOrigin start, SubstitutionScope scope, Func<Include, ObjectNode>? include)
{
    private readonly TokenReader tokens = new(text, start);
    private readonly List<string> path = [];
    private int depth;
    private int lists;

    /// <summary>A whole file: an object with or without its braces, or an array.</summary>
    public Node ParseFile()
    {
        tokens.SkipLines();
        var origin = tokens.Here;
        Node root = tokens.Kind switch
        {
            TokenKind.OpenBrace => ParseObject(),
            TokenKind.OpenBracket => ParseArray(),
            _ => ParseFields(new ObjectNode(origin), TokenKind.End),
        };
        tokens.SkipLines();
        return tokens.Kind == TokenKind.End ? root : throw tokens.Expected("the end of the text after the root value");
    }

    /// <summary>A single value that takes the whole text, comments excluded: what a variable's text has to be to count as HOCON.</summary>
    public Node ParseOneValue()
    {
        tokens.SkipLines();
        var value = ParseValue();
        tokens.SkipLines();
        return tokens.Kind == TokenKind.End && !tokens.SawComment ? value : throw tokens.Expected("one value and nothing else");
    }

    public static HoconPath ParsePath(string text)
    {
        var reader = new TokenReader(text, new HoconOrigin($"path \"{text}\"", 1));
        var read = PathExpression.Read(reader, "a path such as a.b.c");
        return reader.Kind == TokenKind.End ? read : throw reader.Expected("the end of the path");
    }

    private ObjectNode ParseObject()
    {
        var node = new ObjectNode(tokens.Here);
        tokens.Take();
        Enter(1);
        ParseFields(node, TokenKind.CloseBrace);
        depth--;
        if (!tokens.TakeIf(TokenKind.CloseBrace))
        {
            throw tokens.Expected($"'}}' for the '{{' of line {node.Origin.Line}");
        }

        return node;
    }

    private void Enter(int levels)
    {
        depth += levels;
        if (depth > HoconLimits.Nesting)
        {
            throw tokens.Error(tokens.Peek().Line, $"found values nested deeper than {HoconLimits.Nesting}, expected at most that");
        }
    }

    private ObjectNode ParseFields(ObjectNode node, TokenKind end)
    {
        tokens.SkipLines();
        while (tokens.Kind is not (TokenKind.End or TokenKind.CloseBrace))
        {
            if (tokens.Peek() is { Kind: TokenKind.Unquoted, Text: "include" })
            {
                ParseInclude(node);
            }
            else
            {
                ParseField(node);
            }

            Separate(end, "',', the end of the line or '}' after the value");
        }

        return node;
    }

    /// <summary>Between two fields or elements: at least one newline, or one comma with any newlines around it.</summary>
    private void Separate(TokenKind end, string expected)
    {
        var lines = tokens.SkipLines();
        if (tokens.TakeIf(TokenKind.Comma))
        {
            tokens.SkipLines();
        }
        else if (!lines && tokens.Kind != end && tokens.Kind != TokenKind.End)
        {
            throw tokens.Expected(expected);
        }
    }

    private void ParseField(ObjectNode node)
    {
        var line = tokens.Peek().Line;
        var key = PathExpression.Read(tokens, "a key");
        tokens.SkipLines();
        var append = tokens.Kind == TokenKind.PlusEqual;
        if (tokens.Kind is TokenKind.Colon or TokenKind.Equal or TokenKind.PlusEqual)
        {
            tokens.Take();
            tokens.SkipLines();
        }
        else if (tokens.Kind != TokenKind.OpenBrace)
        {
            throw tokens.Expected($"':', '=', '+=' or '{{' after the key {key}");
        }

        path.AddRange(key.Elements);
        Enter(key.Elements.Count - 1);
        var value = ParseValue();
        depth -= key.Elements.Count - 1;
        node.Set(key, append ? Appended(value, tokens.Origin(line)) : value);
        path.RemoveRange(path.Count - key.Elements.Count, key.Elements.Count);
    }

    /// <summary><c>a += b</c> is <c>a = ${?a} [b]</c>, where the substitution can only look back.</summary>
    private static ConcatenationNode Appended(Node value, HoconOrigin origin) =>
        new([new EarlierNode(origin), new ArrayNode([value], origin)], origin);

    private ArrayNode ParseArray()
    {
        var origin = tokens.Here;
        tokens.Take();
        Enter(1);
        lists++;
        var items = new List<Node>();
        tokens.SkipLines();
        while (tokens.Kind is not (TokenKind.CloseBracket or TokenKind.End))
        {
            items.Add(ParseValue());
            Separate(TokenKind.CloseBracket, "',', the end of the line or ']' after the element");
        }

        lists--;
        depth--;
        return tokens.TakeIf(TokenKind.CloseBracket)
            ? new ArrayNode(items, origin)
            : throw tokens.Expected($"']' for the '[' of line {origin.Line}");
    }

    /// <summary>All that stands side by side on the line, as one value.</summary>
    private Node ParseValue()
    {
        var origin = tokens.Here;
        var pieces = new List<Node>();
        while (true)
        {
            var piece = ParsePiece();
            if (piece is null)
            {
                break;
            }

            pieces.Add(piece);
        }

        if (pieces is [.., SpaceNode])
        {
            pieces.RemoveAt(pieces.Count - 1);
        }

        return pieces switch
        {
            [] => throw tokens.Expected("a value"),
            [var single] => single,
            _ => Concatenation.OfLiterals(pieces, origin) ?? new ConcatenationNode(pieces, origin),
        };
    }

    private Node? ParsePiece()
    {
        var origin = tokens.Here;
        switch (tokens.Kind)
        {
            case TokenKind.Space:
                return new SpaceNode(tokens.Take().Text, origin);
            case TokenKind.Quoted:
                return new ScalarNode(new HoconString(tokens.Take().Text, origin));
            case TokenKind.Unquoted:
                return new ScalarNode(Literal(tokens.Take().Text, origin));
            case TokenKind.OpenBrace:
                return ParseObject();
            case TokenKind.OpenBracket:
                return ParseArray();
            case TokenKind.Substitution:
            case TokenKind.OptionalSubstitution:
                return ParseSubstitution();
            default:
                return null;
        }
    }

    private static HoconScalar Literal(string text, HoconOrigin origin) => text switch
    {
        "true" or "false" => new HoconBoolean(text == "true", origin),
        "null" => new HoconNull(origin),
        _ when Characters.NumberLength(text) == text.Length => new HoconNumber(text, origin),
        _ => new HoconString(text, origin),
    };

    private SubstitutionNode ParseSubstitution()
    {
        var origin = tokens.Here;
        var optional = tokens.Take().Kind == TokenKind.OptionalSubstitution;
        var target = PathExpression.Read(tokens, "a path after '${'");
        var list = tokens.TakeIf(TokenKind.OpenBracket);
        if (list && !tokens.TakeIf(TokenKind.CloseBracket))
        {
            throw tokens.Expected("']' after '[' in a substitution");
        }

        if (!tokens.TakeIf(TokenKind.CloseBrace))
        {
            throw tokens.Expected($"'}}' after ${{{target}");
        }

        var candidates = scope.Candidates(target);
        return candidates.Count > 0
            ? new SubstitutionNode(candidates, optional, list, origin)
            : throw tokens.Error(origin.Line,
                $"found ${{{target}}} in a file included within a list, where it points nowhere: include it outside the list");
    }

    private void ParseInclude(ObjectNode node)
    {
        var origin = tokens.Here;
        tokens.Take();
        var (kind, name, required) = IncludeStatement.Read(tokens);
        if (include is null)
        {
            throw tokens.Error(origin.Line, "found an include, expected none here");
        }

        var place = lists > 0 ? SubstitutionScope.WithinList : scope.At(new HoconPath([.. path]));
        node.Merge(include(new Include(kind, name, required, place, origin)));
    }
}
