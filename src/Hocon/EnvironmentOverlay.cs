using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon;

/// <summary>
/// Settings from environment variables. With the prefix <c>AKKACRYPTO__</c>, <c>AKKACRYPTO__STREAMS__TRADES__BATCH_SIZE=200</c> is
/// <c>akkacrypto.streams.trades.batch-size = 200</c>: <c>__</c> is <c>.</c>, <c>_</c> is <c>-</c>, letters become small, and the case of
/// the prefix doesn't matter.
/// <para>
/// The text is read as HOCON when all of it is one HOCON value: <c>250ms</c>, <c>[api, feeds]</c>, <c>${OTHER}</c>. Any other text stands
/// for itself, so <c>Host=db;Password=a#b</c> needs no quotes; a text with a comment counts as such. A secret
/// (<see cref="SettingSecrets"/>) stands for itself in any case, unless it is one quoted string. An empty variable counts as unset.
/// </para>
/// </summary>
/// <param name="prefix">For example <c>AKKACRYPTO__</c>.</param>
/// <param name="names">Variables with a name of their own and the setting each stands for; their text is never read as HOCON, and the
/// prefixed name of the same setting wins over them.</param>
public sealed class EnvironmentOverlay(string prefix, IReadOnlyDictionary<string, string> names)
{
    internal void LayOver(ObjectNode root, IReadOnlyDictionary<string, string> environment)
    {
        var set = environment.Where(variable => variable.Value.Length > 0)
            .OrderBy(variable => variable.Key, StringComparer.Ordinal).ToList();
        foreach (var (name, setting) in names)
        {
            foreach (var (variable, text) in set.Where(variable => variable.Key.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                root.Set(HoconPath.Parse(setting), Verbatim(text, HoconOrigin.Variable(variable)));
            }
        }

        foreach (var (variable, text) in set.Where(variable => variable.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        {
            var path = PathOf(variable);
            root.Set(path, Read(text, path, variable));
        }
    }

    private HoconPath PathOf(string variable)
    {
        var root = prefix.Replace("__", "", StringComparison.Ordinal);
        var elements = variable[prefix.Length..].Split("__").Prepend(root)
            .Select(part => part.ToLowerInvariant().Replace('_', '-')).ToList();
        return elements.TrueForAll(element => element.Length > 0) && elements.Count <= HoconLimits.Nesting
            ? new HoconPath(elements)
            : throw new HoconException(HoconOrigin.Variable(variable), $"found an unusable name, expected {prefix}SECTION__SETTING_NAME");
    }

    private static Node Read(string text, HoconPath path, string variable)
    {
        var origin = HoconOrigin.Variable(variable);
        var value = TryRead(text, origin);
        if (!SettingSecrets.IsSecretName(path))
        {
            return value ?? Verbatim(text, origin);
        }

        var quoted = value is ScalarNode { Value: HoconString } && text.TrimStart().StartsWith('"');
        return quoted ? value! : Verbatim(text, origin);
    }

    /// <summary>Null when the text isn't one HOCON value.</summary>
    private static Node? TryRead(string text, HoconOrigin origin)
    {
        try
        {
            var parser = new Parser(text, origin, SubstitutionScope.Root, include: null);
            return parser.ParseOneValue();
        }
        catch (HoconException)
        {
            // Not HOCON: by the rule above the text stands for itself.
            return null;
        }
    }

    private static ScalarNode Verbatim(string text, HoconOrigin origin) => new(new HoconString(text, origin));
}
