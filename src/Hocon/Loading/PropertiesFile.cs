using System.Globalization;
using System.Text;
using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Loading;

/// <summary>
/// Java properties (java.util.Properties#load) as "Java properties mapping" of the specification has it: keys are split at every '.',
/// values are always texts, and where a key is both a text and an object the object wins.
/// </summary>
internal static class PropertiesFile
{
    public static ObjectNode Parse(string text, string source)
    {
        var root = new ObjectNode(new HoconOrigin(source, 1));
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var origin = new HoconOrigin(source, i + 1);
            var line = lines[i].Trim(' ', '\t', '\f', '\r');
            while (EndsWithBackslash(line) && i + 1 < lines.Length)
            {
                line = line[..^1] + lines[++i].Trim(' ', '\t', '\f', '\r');
            }

            if (line.Length > 0 && line[0] is not ('#' or '!'))
            {
                Set(root, line, origin);
            }
        }

        return root;
    }

    private static bool EndsWithBackslash(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    private static void Set(ObjectNode root, string line, HoconOrigin origin)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
        {
            end += line[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, line.Length);
        var value = line[end..].TrimStart(' ', '\t', '\f');
        value = value is ['=' or ':', ..] ? value[1..].TrimStart(' ', '\t', '\f') : value;
        var path = Unescape(line[..end], origin).Split('.');
        if (path.Length > HoconLimits.Nesting)
        {
            throw new HoconException(origin, $"found a key of {path.Length} elements, expected at most {HoconLimits.Nesting}");
        }

        SetUnlessObject(root, path, new ScalarNode(new HoconString(Unescape(value, origin), origin)));
    }

    private static void SetUnlessObject(ObjectNode root, string[] path, ScalarNode value)
    {
        var inner = root;
        foreach (var element in path[..^1])
        {
            inner = inner.Fields.TryGetValue(element, out var stack) && stack is [.., ObjectNode next]
                ? next : Enter(inner, element, value.Origin);
        }

        if (!(inner.Fields.TryGetValue(path[^1], out var known) && known is [.., ObjectNode]))
        {
            inner.Set(path[^1], value);
        }
    }

    private static ObjectNode Enter(ObjectNode outer, string element, HoconOrigin origin)
    {
        var inner = new ObjectNode(origin);
        outer.Set(element, inner);
        return inner;
    }

    private static string Unescape(string text, HoconOrigin origin)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            var c = text[++i];
            plain.Append(c switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', 'u' => Unicode(text, i, origin), _ => c });
            i += c == 'u' ? 4 : 0;
        }

        return plain.ToString();
    }

    private static char Unicode(string text, int at, HoconOrigin origin)
    {
        if (at + 5 > text.Length
            || !ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            || char.IsSurrogate((char)unit))
        {
            throw new HoconException(origin, "found \\u without four hexadecimal digits of one whole character");
        }

        return (char)unit;
    }
}
