using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Resolving;

/// <summary>
/// A value known down to its own kind, but not within: an object's fields and an array's elements are slots that nobody has looked into
/// yet. That is what lets an object refer to paths within itself.
/// </summary>
internal abstract class Shape(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;

    public abstract string Kind { get; }
}

internal sealed class ScalarShape(HoconScalar value) : Shape(value.Origin)
{
    public HoconScalar Value { get; } = value;

    public override string Kind => Value.Kind;
}

/// <summary>An object or an array, with what became of it once it was looked into.</summary>
internal abstract class ContainerShape(HoconOrigin origin) : Shape(origin)
{
    public HoconValue? Resolved { get; set; }

    public bool InProgress { get; set; }

    /// <summary>Values and characters of the resolved tree below, repeats counted: what the bounds are checked against.</summary>
    public long Values { get; set; }

    public long Characters { get; set; }

    /// <summary>Containers inside one another from here down: shared parts are looked into once, so depth alone wouldn't bound
    /// them.</summary>
    public int Height { get; set; } = 1;
}

internal sealed class ArrayShape(IReadOnlyList<Slot> items, HoconOrigin origin) : ContainerShape(origin)
{
    public IReadOnlyList<Slot> Items { get; } = items;

    public override string Kind => "a list";
}

internal sealed class ObjectShape(OrderedDictionary<string, Slot> fields, HoconOrigin origin) : ContainerShape(origin)
{
    public OrderedDictionary<string, Slot> Fields { get; } = fields;

    public override string Kind => "an object";
}

/// <summary>
/// One of the objects that make up an object: written in place, or computed by a substitution. A written one takes part with its raw
/// assignments, so that they can look back at the layers below; a computed one with its finished slots, each in its own surroundings.
/// </summary>
internal readonly record struct Layer(ObjectNode? Written, ObjectShape? Computed)
{
    public HoconOrigin Origin => Written?.Origin ?? Computed!.Origin;
}

/// <summary>What an assignment comes to: nothing (undefined), a scalar or array, or the layers of an object, oldest first.</summary>
internal readonly record struct Part(Shape? Shape, IReadOnlyList<Layer> Layers)
{
    public static readonly Part Undefined = new(null, []);

    /// <summary>The earlier value of the field itself is among the layers, so it must not be merged a second time.</summary>
    public bool HasEarlier { get; init; }

    public bool IsUndefined => Shape is null && Layers.Count == 0;

    public bool IsObject => Layers.Count > 0;

    public static Part Of(Shape? shape) => shape switch
    {
        null => Undefined,
        ObjectShape inner => new Part(null, [new Layer(null, inner)]),
        _ => new Part(shape, []),
    };

    public string Kind => Shape?.Kind ?? "an object";
}
