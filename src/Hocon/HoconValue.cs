using System.Diagnostics.CodeAnalysis;

namespace AkkaCrypto.Hocon;

/// <summary>A resolved value: nothing in it refers to anything else any more. Values are immutable and may be shared within a
/// tree.</summary>
public abstract class HoconValue(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;

    /// <summary>What the value is, for messages: <c>an object</c>, <c>a text</c>, …</summary>
    public abstract string Kind { get; }
}

/// <summary>A value that is neither an object nor an array.</summary>
public abstract class HoconScalar(HoconOrigin origin) : HoconValue(origin)
{
    /// <summary>The text that a string concatenation takes from the value: for a number the text as it was written.</summary>
    public abstract string Text { get; }
}

public sealed class HoconNull(HoconOrigin origin) : HoconScalar(origin)
{
    public override string Text => "null";

    public override string Kind => "null";
}

public sealed class HoconBoolean(bool value, HoconOrigin origin) : HoconScalar(origin)
{
    public bool Value { get; } = value;

    public override string Text => Value ? "true" : "false";

    public override string Kind => "a boolean";
}

/// <summary>A JSON number, kept as it was written: <c>1e5</c> stays <c>1e5</c>.</summary>
public sealed class HoconNumber(string text, HoconOrigin origin) : HoconScalar(origin)
{
    public override string Text { get; } = text;

    public override string Kind => "a number";
}

public sealed class HoconString(string text, HoconOrigin origin) : HoconScalar(origin)
{
    public override string Text { get; } = text;

    public override string Kind => "a text";
}

public sealed class HoconArray(IReadOnlyList<HoconValue> items, HoconOrigin origin) : HoconValue(origin)
{
    public IReadOnlyList<HoconValue> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>Fields in the order in which their keys were first written.</summary>
public sealed class HoconObject(OrderedDictionary<string, HoconValue> fields, HoconOrigin origin) : HoconValue(origin)
{
    public IReadOnlyDictionary<string, HoconValue> Fields { get; } = fields;

    public override string Kind => "an object";

    /// <summary>The value at a path such as <c>a.b."c.d"</c>. A path that is no path expression throws
    /// <see cref="HoconException"/>.</summary>
    public bool TryGet(string path, [NotNullWhen(true)] out HoconValue? value) => TryGet(HoconPath.Parse(path), out value);

    public bool TryGet(HoconPath path, [NotNullWhen(true)] out HoconValue? value)
    {
        value = this;
        foreach (var element in path.Elements)
        {
            if (value is not HoconObject inner || !inner.Fields.TryGetValue(element, out value))
            {
                value = null;
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The elements of an object with numeric keys, by number; other keys are left out and gaps close. Null when no key is a number: the
    /// rule of the specification for where a list is wanted and an object is found.
    /// </summary>
    public IReadOnlyList<HoconValue>? AsList()
    {
        var items = NumericKeys.InOrder(Fields.Keys).Select(key => Fields[key]).ToList();
        return items.Count == 0 ? null : items;
    }
}
