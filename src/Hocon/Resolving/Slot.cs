using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Resolving;

/// <summary>
/// A place in the tree with its merge stack, oldest first. It is evaluated once, newest assignment first; while assignment <see cref="At"/>
/// is being evaluated, whoever looks at this slot sees only the assignments before it: that is the look-back rule of the specification.
/// </summary>
internal sealed class Slot(Slot? parent, string key, IReadOnlyList<Node> assignments, int count)
{
    private const int NotEvaluating = -1;
    private Dictionary<int, Slot>? earlier;

    public Slot(Slot? parent, string key, IReadOnlyList<Node> assignments)
        : this(parent, key, assignments, assignments.Count)
    {
    }

    /// <summary>How many of the assignments count here: earlier views of a slot share its list.</summary>
    public int Count => count;

    /// <summary>Where the newest assignment stands.</summary>
    public HoconOrigin Origin => assignments[count - 1].Origin;

    public int At { get; set; } = NotEvaluating;

    public bool Done { get; private set; }

    /// <summary>Null when undefined.</summary>
    public Shape? Value { get; private set; }

    /// <summary>The value is no more than what an optional substitution gave: should it turn out to be a cycle, it is as if
    /// missing.</summary>
    public bool ViaOptional { get; set; }

    public Node Assignment(int index) => assignments[index];

    public void Finish(Shape? value)
    {
        Value = value;
        Done = true;
        At = NotEvaluating;
    }

    public bool Evaluating => At != NotEvaluating;

    /// <summary>This slot with only its assignments before <paramref name="index"/>; the same slot each time, so that cycles end.</summary>
    public Slot Earlier(int index)
    {
        earlier ??= [];
        if (!earlier.TryGetValue(index, out var slot))
        {
            earlier[index] = slot = new Slot(parent, key, assignments, index);
        }

        return slot;
    }

    /// <summary>What a substitution that is evaluated now may see of this slot.</summary>
    public Slot Visible()
    {
        var slot = this;
        while (slot.Evaluating)
        {
            slot = slot.Earlier(slot.At);
        }

        return slot;
    }

    public HoconPath Path()
    {
        var elements = new List<string>();
        for (var slot = this; slot.Parent is not null; slot = slot.Parent)
        {
            elements.Insert(0, slot.Key);
        }

        return new HoconPath(elements);
    }

    private Slot? Parent => parent;

    private string Key => key;
}
