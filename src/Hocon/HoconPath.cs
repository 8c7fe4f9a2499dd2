using System.Text;
using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon;

/// <summary>A way through the tree: <c>a."b.c".d</c> has the elements <c>a</c>, <c>b.c</c>, <c>d</c>.</summary>
public sealed class HoconPath(IReadOnlyList<string> elements)
{
    public static readonly HoconPath Root = new([]);

    public IReadOnlyList<string> Elements { get; } = elements;

    public bool IsRoot => Elements.Count == 0;

    /// <summary>Reads a path expression; throws <see cref="HoconException"/> when the text is none.</summary>
    public static HoconPath Parse(string text) => Parser.ParsePath(text);

    public HoconPath Then(string element) => new([.. Elements, element]);

    public HoconPath Then(HoconPath path) => new([.. Elements, .. path.Elements]);

    /// <summary>The path as a path expression: elements that need quotes have them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var element in Elements)
        {
            text.Append(text.Length == 0 ? "" : ".").Append(IsPlain(element) ? element : Quoted(element));
        }

        return text.ToString();
    }

    private static bool IsPlain(string element) =>
        element.Length > 0 && element.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '/')
            && !element.Contains("//", StringComparison.Ordinal);

    private static string Quoted(string element) => HoconJson.Quote(element);
}
