namespace AkkaCrypto.Hocon.Resolving;

/// <summary>
/// Looks into every shape and makes the immutable tree. What a substitution repeats is made once and shared, but counted wherever it
/// stands, so that the tree's size when written out is bounded too.
/// </summary>
internal sealed class DeepResolver(Func<Slot, Shape?> evaluate)
{
    private readonly List<Slot> way = [];

    /// <summary>Null when the slot is undefined.</summary>
    public HoconValue? Resolve(Slot slot, int depth) => evaluate(slot) switch
    {
        null => null,
        ScalarShape scalar => scalar.Value,
        ContainerShape { InProgress: true } => slot.ViaOptional ? null : throw Cycle(slot),
        ContainerShape { Resolved: { } resolved } known when depth + known.Height <= HoconLimits.Nesting => resolved,
        ContainerShape { Resolved: null } container when depth < HoconLimits.Nesting => LookInto(container, slot, depth),
        ContainerShape deep => throw new HoconException(deep.Origin, $"substitutions nest values deeper than {HoconLimits.Nesting}"),
        var other => throw new InvalidOperationException($"No rule for {other.GetType().Name}."),
    };

    private HoconValue LookInto(ContainerShape shape, Slot slot, int depth)
    {
        shape.InProgress = true;
        way.Add(slot);
        HoconValue value = shape is ObjectShape inner ? Object(inner, depth) : Array((ArrayShape)shape, depth);
        way.RemoveAt(way.Count - 1);
        shape.InProgress = false;
        shape.Resolved = value;
        return value;
    }

    private HoconObject Object(ObjectShape shape, int depth)
    {
        var fields = new OrderedDictionary<string, HoconValue>(shape.Fields.Count);
        foreach (var (key, slot) in shape.Fields)
        {
            if (Resolve(slot, depth + 1) is { } value)
            {
                Count(shape, slot, key.Length);
                fields[key] = value;
            }
        }

        return new HoconObject(fields, shape.Origin);
    }

    private HoconArray Array(ArrayShape shape, int depth)
    {
        var items = new List<HoconValue>(shape.Items.Count);
        foreach (var slot in shape.Items)
        {
            if (Resolve(slot, depth + 1) is { } value)
            {
                Count(shape, slot, 0);
                items.Add(value);
            }
        }

        return new HoconArray(items, shape.Origin);
    }

    private static void Count(ContainerShape shape, Slot slot, int keyLength)
    {
        var (values, characters) = slot.Value switch
        {
            ContainerShape inner => (inner.Values + 1, inner.Characters),
            ScalarShape scalar => (1L, scalar.Value.Text.Length),
            _ => (0L, 0L),
        };
        shape.Height = Math.Max(shape.Height, slot.Value is ContainerShape below ? below.Height + 1 : 1);
        shape.Values += values;
        shape.Characters += characters + keyLength;
        if (shape.Values > HoconLimits.ResolvedValues || shape.Characters > HoconLimits.ResolvedCharacters)
        {
            throw new HoconException(
                shape.Origin,
                $"substitutions expand to more than {HoconLimits.ResolvedValues} values or {HoconLimits.ResolvedCharacters} characters");
        }
    }

    private HoconException Cycle(Slot slot)
    {
        var first = way.FindIndex(on => ReferenceEquals(on.Value, slot.Value));
        var cycle = way.Skip(first).Append(slot).Append(way[first]).Select(on => on.Path().ToString());
        return new HoconException(slot.Origin, $"the value contains itself: {string.Join(" → ", cycle)}");
    }
}
