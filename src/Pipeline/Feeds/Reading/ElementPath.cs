using System.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Where an element stands in its reply; text only once something is refused.</summary>
/// <param name="Parent">Path of the element itself, or of its list.</param>
/// <param name="Index">Its place in the list; below zero where it is in none.</param>
internal readonly record struct ElementPath(string Parent, int Index = -1)
{
    public override string ToString() => Index < 0 ? Parent : $"{Parent}[{Index}]";

    /// <summary>Of a field in it: <c>$.transactions[3].price</c>, <c>$['bitcoin-cash'].usd</c>, <c>$.prices[3][1]</c>.</summary>
    public string Of(string field) => this + Step(field);

    /// <summary>One step down, as in RFC 9535: a dot before a plain name, brackets and quotes around any other.</summary>
    public static string Step(string name)
    {
        if (name is ['[', >= '0' and <= '9', ']'])
        {
            return name;
        }

        var plain = name.Length is > 0 and <= ShownText.Most && !char.IsAsciiDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return plain ? $".{name}" : $"['{ShownText.Of(Encoding.UTF8.GetBytes(name)).Replace("'", "\\'", StringComparison.Ordinal)}']";
    }
}

/// <summary>A provider's text as messages show it: shortened, control characters replaced.</summary>
internal static class ShownText
{
    public const int Most = 60;

    /// <param name="most">Bytes shown.</param>
    public static string Of(ReadOnlySpan<byte> utf8, int most = Most)
    {
        var text = Encoding.UTF8.GetString(utf8.Length > most ? utf8[..most] : utf8);
        return string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) + (utf8.Length > most ? "…" : "");
    }
}
