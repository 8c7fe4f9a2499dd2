namespace AkkaCrypto.Hocon.Syntax;

/// <summary>"Value concatenation" as far as it can be settled while parsing.</summary>
internal static class Concatenation
{
    /// <summary>
    /// The joined value when no substitution is among the pieces, null when joining has to wait. Kinds that can never be joined are
    /// refused here, even where a later value would hide them.
    /// </summary>
    public static Node? OfLiterals(IReadOnlyList<Node> pieces, HoconOrigin origin)
    {
        if (pieces.All(piece => piece is ScalarNode or SpaceNode))
        {
            return new ScalarNode(new HoconString(string.Concat(pieces.Select(Text)), origin));
        }

        var simple = pieces.OfType<ScalarNode>().FirstOrDefault();
        var arrays = pieces.OfType<ArrayNode>().ToList();
        var objects = pieces.OfType<ObjectNode>().ToList();
        if (simple is not null && arrays.Count + objects.Count > 0)
        {
            throw Mixed(simple.Value.Kind, arrays.Count > 0 ? "a list" : "an object", simple.Origin);
        }

        if (pieces.Any(piece => piece is SubstitutionNode) || (arrays.Count > 0 && objects.Count > 0))
        {
            return null;
        }

        return arrays.Count > 0 ? new ArrayNode([.. arrays.SelectMany(array => array.Items)], origin) : Merged(objects, origin);
    }

    public static HoconException Mixed(string one, string other, HoconOrigin origin) =>
        new(origin,
            $"found {one} beside {other}, expected values of one kind: texts join with texts, lists with lists, objects with objects");

    private static ObjectNode Merged(IEnumerable<ObjectNode> objects, HoconOrigin origin)
    {
        var merged = new ObjectNode(origin);
        foreach (var piece in objects)
        {
            merged.Merge(piece);
        }

        return merged;
    }

    private static string Text(Node piece) => piece is ScalarNode scalar ? scalar.Value.Text : ((SpaceNode)piece).Text;
}
