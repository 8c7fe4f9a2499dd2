namespace AkkaCrypto.Hocon.Syntax;

internal enum TokenKind
{
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Equal,
    PlusEqual,
    Newline,

    /// <summary>White space within a line; <see cref="Token.Text"/> is the white space.</summary>
    Space,

    /// <summary>A run of unquoted text, numbers and literals included: what it is depends on where it stands.</summary>
    Unquoted,

    /// <summary>A quoted or triple-quoted string; <see cref="Token.Text"/> is its content.</summary>
    Quoted,

    /// <summary><c>${</c></summary>
    Substitution,

    /// <summary><c>${?</c></summary>
    OptionalSubstitution,
    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    /// <summary>The token as a message names it, cut so that a long text doesn't drown the message.</summary>
    public string Shown => Kind switch
    {
        TokenKind.Newline => "the end of the line",
        TokenKind.End => "the end of the text",
        TokenKind.Space => "white space",
        TokenKind.Quoted => $"the text \"{Cut(Text)}\"",
        TokenKind.OpenBrace or TokenKind.CloseBrace or TokenKind.OpenBracket or TokenKind.CloseBracket or TokenKind.Comma or TokenKind.Colon
            or TokenKind.Equal or TokenKind.PlusEqual or TokenKind.Unquoted or TokenKind.Substitution or TokenKind.OptionalSubstitution =>
            $"'{Cut(Text)}'",
    };

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
