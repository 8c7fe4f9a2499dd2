using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Resolving;

/// <summary>Environment variables for substitutions that the configuration doesn't answer. Always texts; an empty one is an empty
/// text.</summary>
internal static class EnvironmentValues
{
    public static Shape? Find(IReadOnlyDictionary<string, string> environment, SubstitutionNode substitution, Slot slot)
    {
        var name = string.Join('.', substitution.Written.Elements);
        if (!substitution.List)
        {
            return environment.TryGetValue(name, out var value) ? Text(name, value) : null;
        }

        var items = new List<Slot>();
        while (environment.TryGetValue($"{name}_{items.Count}", out var item))
        {
            items.Add(new Slot(slot, $"{items.Count}", [new ScalarNode(Text($"{name}_{items.Count}", item).Value)]));
        }

        return items.Count == 0 ? null : new ArrayShape(items, HoconOrigin.Variable($"{name}_0"));
    }

    private static ScalarShape Text(string name, string value) => new(new HoconString(value, HoconOrigin.Variable(name)));
}
