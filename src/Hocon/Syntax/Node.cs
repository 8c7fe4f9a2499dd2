using AkkaCrypto.Hocon.Resolving;

namespace AkkaCrypto.Hocon.Syntax;

/// <summary>A value as it was written, before substitution.</summary>
internal abstract class Node(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;
}

internal sealed class ScalarNode(HoconScalar value) : Node(value.Origin)
{
    public HoconScalar Value { get; } = value;
}

internal sealed class ArrayNode(IReadOnlyList<Node> items, HoconOrigin origin) : Node(origin)
{
    public IReadOnlyList<Node> Items { get; } = items;
}

/// <summary>
/// <c>${path}</c>. <paramref name="candidates"/> are the paths to try in order: an included file's substitution is first meant relative to
/// the place of the include, then to that of the including file, and at last to the root.
/// </summary>
internal sealed class SubstitutionNode(IReadOnlyList<HoconPath> candidates, bool optional, bool list, HoconOrigin origin) : Node(origin)
{
    public IReadOnlyList<HoconPath> Candidates { get; } = candidates;

    public bool Optional { get; } = optional;

    /// <summary><c>${NAME[]}</c>: the environment gives a list, from NAME_0, NAME_1, …</summary>
    public bool List { get; } = list;

    /// <summary>The path as it was written.</summary>
    public HoconPath Written => Candidates[^1];
}

/// <summary>Values side by side. White space between simple values is a piece of its own (<see cref="SpaceNode"/>).</summary>
internal sealed class ConcatenationNode(IReadOnlyList<Node> pieces, HoconOrigin origin) : Node(origin)
{
    public IReadOnlyList<Node> Pieces { get; } = pieces;
}

internal sealed class SpaceNode(string text, HoconOrigin origin) : Node(origin)
{
    public string Text { get; } = text;
}

/// <summary>What the field held before this assignment, if anything: the left side of <c>+=</c>.</summary>
internal sealed class EarlierNode(HoconOrigin origin) : Node(origin);

/// <summary>A value that is computed elsewhere, in its own surroundings: a field of an object that a substitution brought in.</summary>
internal sealed class SlotNode(Slot slot, HoconOrigin origin) : Node(origin)
{
    public Slot Slot { get; } = slot;
}

/// <summary>
/// Fields in order of first mention, each with its merge stack: all that was assigned to the key, oldest first, as far as a later value
/// doesn't hide it for certain.
/// </summary>
internal sealed class ObjectNode(HoconOrigin origin) : Node(origin)
{
    public OrderedDictionary<string, List<Node>> Fields { get; } = [];

    public void Set(string key, Node value)
    {
        if (!Fields.TryGetValue(key, out var stack))
        {
            Fields[key] = stack = [];
        }

        Push(stack, value);
    }

    public void Set(HoconPath path, Node value)
    {
        var inner = this;
        foreach (var element in path.Elements.SkipLast(1))
        {
            inner.Set(element, new ObjectNode(value.Origin));
            inner = (ObjectNode)inner.Fields[element][^1];
        }

        inner.Set(path.Elements[^1], value);
    }

    /// <summary>Lays <paramref name="later"/> over this object, as if its fields had been written after these.</summary>
    public void Merge(ObjectNode later)
    {
        foreach (var (key, stack) in later.Fields)
        {
            foreach (var value in stack)
            {
                Set(key, value);
            }
        }
    }

    /// <summary>
    /// A scalar or an array hides for certain what came before; two objects in a row are one; anything else waits for its substitutions.
    /// The nodes of a text belong to one tree alone, so merging in place is safe.
    /// </summary>
    public static void Push(List<Node> stack, Node value)
    {
        if (value is ObjectNode later && stack is [.., ObjectNode earlier])
        {
            earlier.Merge(later);
            return;
        }

        if (value is ScalarNode or ArrayNode)
        {
            stack.Clear();
        }

        stack.Add(value);
    }
}
