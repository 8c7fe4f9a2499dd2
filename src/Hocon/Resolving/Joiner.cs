using System.Text;
using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Resolving;

/// <summary>Makes one value of several: the pieces of a concatenation, the layers of an object.</summary>
internal sealed class Joiner(Action<HoconOrigin, long> step)
{
    /// <summary>
    /// "String, array and object value concatenation". Undefined pieces are left out; white space counts only between simple values; one
    /// piece alone keeps its type; an object with numeric keys beside a list is a list.
    /// </summary>
    public Part Join(IReadOnlyList<(Node Node, Part Part)> pieces, HoconOrigin origin, Slot slot)
    {
        var defined = pieces.Where(piece => !piece.Part.IsUndefined).ToList();
        var values = defined.Where(piece => piece.Node is not SpaceNode).Select(piece => piece.Part).ToList();
        if (values.Any(value => value.Shape is ArrayShape))
        {
            return JoinLists(values, origin, slot);
        }

        if (values.Any(value => value.IsObject))
        {
            return values.Find(value => value.Shape is not null) is { Shape: not null } odd
                ? throw Mixed(values, odd, origin)
                : new Part(null, [.. values.SelectMany(value => value.Layers)]) { HasEarlier = values.Any(value => value.HasEarlier) };
        }

        return defined.Count switch
        {
            0 => Part.Undefined,
            1 => defined[0].Part,
            _ => Part.Of(new ScalarShape(new HoconString(JoinTexts(defined.Select(piece => piece.Part), origin), origin))),
        };
    }

    /// <summary>Merges layers, oldest first, into one object whose fields are slots with all that was assigned to them.</summary>
    public ObjectShape Compose(IReadOnlyList<Layer> layers, Slot owner)
    {
        if (layers is [{ Computed: { } alone }])
        {
            return alone;
        }

        var stacks = new OrderedDictionary<string, List<Node>>();
        foreach (var layer in layers)
        {
            foreach (var (key, assignments) in Assignments(layer))
            {
                Add(stacks, key, assignments);
            }
        }

        step(layers[^1].Origin, stacks.Count + 1);
        var fields = new OrderedDictionary<string, Slot>(stacks.Count);
        foreach (var (key, stack) in stacks)
        {
            fields[key] = new Slot(owner, key, stack);
        }

        return new ObjectShape(fields, layers[^1].Origin);
    }

    private static IEnumerable<(string Key, IReadOnlyList<Node> Assignments)> Assignments(Layer layer) =>
        layer.Written is { } written
            ? written.Fields.Select(field => (field.Key, (IReadOnlyList<Node>)field.Value))
            : layer.Computed!.Fields.Select(field => (field.Key, (IReadOnlyList<Node>)[new SlotNode(field.Value, layer.Origin)]));

    private static void Add(OrderedDictionary<string, List<Node>> stacks, string key, IReadOnlyList<Node> assignments)
    {
        if (!stacks.TryGetValue(key, out var stack))
        {
            stacks[key] = stack = [];
        }

        if (assignments is [ScalarNode or ArrayNode, ..])
        {
            stack.Clear();
        }

        stack.AddRange(assignments);
    }

    private Part JoinLists(List<Part> values, HoconOrigin origin, Slot slot)
    {
        var items = new List<Slot>();
        foreach (var value in values)
        {
            switch (value)
            {
                case { Shape: ArrayShape array }:
                    items.AddRange(array.Items);
                    break;
                case { IsObject: true } when NumericallyIndexed(value, slot) is { Count: > 0 } indexed:
                    items.AddRange(indexed);
                    break;
                default:
                    throw Mixed(values, value, origin);
            }
        }

        step(origin, items.Count);
        return Part.Of(new ArrayShape(items, origin)) with { HasEarlier = values.Any(value => value.HasEarlier) };
    }

    private List<Slot> NumericallyIndexed(Part value, Slot slot)
    {
        var shape = Compose(value.Layers, slot);
        return [.. NumericKeys.InOrder(shape.Fields.Keys).Select(key => shape.Fields[key])];
    }

    private static HoconException Mixed(List<Part> values, Part odd, HoconOrigin origin) =>
        Concatenation.Mixed(odd.Kind, values.First(value => value.Kind != odd.Kind).Kind, origin);

    private static string JoinTexts(IEnumerable<Part> parts, HoconOrigin origin)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(((ScalarShape)part.Shape!).Value.Text);
            if (text.Length > HoconLimits.ResolvedCharacters)
            {
                throw new HoconException(origin, $"substitutions expand to a text longer than {HoconLimits.ResolvedCharacters} characters");
            }
        }

        return text.ToString();
    }
}
