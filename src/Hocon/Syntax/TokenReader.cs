namespace AkkaCrypto.Hocon.Syntax;

/// <summary>The tokens with one of look-ahead, and the words for what is wrong.</summary>
internal sealed class TokenReader(string text, HoconOrigin start)
{
    private readonly Lexer lexer = new(text, start);
    private Token? ahead;

    public bool SawComment => lexer.SawComment;

    public Token Peek() => ahead ??= lexer.Next();

    public TokenKind Kind => Peek().Kind;

    public Token Take()
    {
        var token = Peek();
        ahead = null;
        return token;
    }

    public bool TakeIf(TokenKind kind)
    {
        if (Kind != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    public void SkipSpace() => TakeIf(TokenKind.Space);

    /// <summary>Skips white space and ends of lines; true when there was an end of a line.</summary>
    public bool SkipLines()
    {
        var lines = false;
        while (Kind is TokenKind.Space or TokenKind.Newline)
        {
            lines |= Take().Kind == TokenKind.Newline;
        }

        return lines;
    }

    public HoconOrigin Origin(int line) => start.At(line);

    public HoconOrigin Here => Origin(Peek().Line);

    public HoconException Expected(string what) => lexer.Error(Peek().Line, $"found {Peek().Shown}, expected {what}");

    public HoconException Error(int line, string reason) => lexer.Error(line, reason);
}
