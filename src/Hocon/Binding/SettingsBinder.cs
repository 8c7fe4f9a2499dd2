using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace AkkaCrypto.Hocon.Binding;

/// <summary>
/// Binds a resolved tree to records by their constructors: the parameter <c>BatchSize</c> is the setting <c>batch-size</c>. Types: text,
/// boolean, numbers, <see cref="TimeSpan"/> (duration), <c>long …Bytes</c> (size), enumerations by kebab-case name, nullables,
/// <c>IReadOnlyList&lt;T&gt;</c>, <c>IReadOnlyDictionary&lt;string, T&gt;</c> (keys as written) and further records. Validation
/// attributes on parameters are checked and <see cref="IValidatableObject"/> records are asked.
/// <para>Faults, all reported at once: a missing setting (there are no defaults in code), an unknown one, a wrong value, null where null
/// isn't allowed.</para>
/// </summary>
public sealed class SettingsBinder
{
    private readonly List<SettingsFault> faults = [];

    private SettingsBinder()
    {
    }

    /// <summary>Binds the object at <paramref name="path"/> of <paramref name="root"/>.</summary>
    public static Bound<T> Bind<T>(HoconObject root, string path)
        where T : class
    {
        var binder = new SettingsBinder();
        var at = HoconPath.Parse(path);
        binder.RefuseMistypedRoot(root, at, [.. typeof(T).GetProperties().Select(property => SettingNames.Kebab(property.Name))]);
        root.TryGet(at, out var value);
        var bound = binder.Bind(value, new Setting(at, typeof(T).Name, typeof(T), false, []), root.Origin);
        return new Bound<T>(binder.faults.Count == 0 ? (T?)bound : null, binder.faults);
    }

    /// <summary>Other roots are nobody's, and free for helper values; one that only just misses ours is a mistake, and so is one of our
    /// own sections without it.</summary>
    private void RefuseMistypedRoot(HoconObject root, HoconPath at, IReadOnlyList<string> sections)
    {
        var name = at.Elements[0];
        foreach (var (key, value) in root.Fields.Where(field => field.Key != name && sections.Contains(field.Key)))
        {
            faults.Add(
                new SettingsFault(new HoconPath([key]).ToString(), "an unknown setting", $"{at}.{key}: did you mean that?", value.Origin));
        }

        foreach (var (key, value) in root.Fields.Where(field => field.Key != name && SettingNames.Nearest(field.Key, [name]) is not null))
        {
            faults.Add(
                new SettingsFault(new HoconPath([key]).ToString(), "an unknown setting", $"{name}: did you mean that?", value.Origin));
        }
    }

    /// <summary>Null when there was a fault, or when the value is null and may be.</summary>
    private object? Bind(HoconValue? value, Setting setting, HoconOrigin parent)
    {
        switch (value)
        {
            case null:
                faults.Add(new SettingsFault(setting.Path.ToString(), null, Expectation.Of(setting), parent));
                return null;
            case HoconNull when setting.Nullable:
                return null;
        }

        var bound = Convert(value, setting);
        if (bound is not null)
        {
            Check(bound, value, setting);
        }

        return bound;
    }

    private object? Convert(HoconValue value, Setting setting)
    {
        if (ScalarReader.Reads(setting.Type))
        {
            var read = value is HoconScalar scalar and not HoconNull ? ScalarReader.Read(scalar, setting) : null;
            return read ?? Fault(value, setting);
        }

        if (SettingTypes.ListElement(setting.Type) is { } item)
        {
            return List(value, setting, item);
        }

        if (value is not HoconObject inner)
        {
            return Fault(value, setting);
        }

        return SettingTypes.MapElement(setting.Type) is { } entry ? Map(inner, setting, entry) : Record(inner, setting);
    }

    private object? Fault(HoconValue value, Setting setting)
    {
        faults.Add(new SettingsFault(setting.Path.ToString(), Shown(value, setting.Path), Expectation.Of(setting), value.Origin));
        return null;
    }

    private void Check(object bound, HoconValue value, Setting setting)
    {
        var context = new ValidationContext(bound) { MemberName = setting.Name };
        if (setting.Rules.Any(rule => rule.GetValidationResult(bound, context) != ValidationResult.Success))
        {
            Fault(value, setting);
        }
    }

    private Array? List(HoconValue value, Setting setting, Type type)
    {
        var items = value is HoconArray array ? array.Items : (value as HoconObject)?.AsList();
        if (items is null)
        {
            Fault(value, setting);
            return null;
        }

        var list = Array.CreateInstance(type, items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            list.SetValue(Bind(items[i], setting.Element($"{i}", type), value.Origin), i);
        }

        return list;
    }

    private object Map(HoconObject value, Setting setting, Type type)
    {
        var map = (System.Collections.IDictionary)
            Activator.CreateInstance(typeof(OrderedDictionary<,>).MakeGenericType(typeof(string), type))!;
        foreach (var (key, field) in value.Fields)
        {
            var element = setting.Element(key, type);
            var before = faults.Count;
            var bound = Bind(field, element, value.Origin);
            if (faults.Count == before)
            {
                map[key] = bound;
            }
        }

        return map;
    }

    private object? Record(HoconObject value, Setting setting)
    {
        var before = faults.Count;
        var constructor = setting.Type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new InvalidOperationException($"{setting.Type} has no public constructor to bind settings to.");
        var settings = constructor.GetParameters().Select(parameter => Setting.Of(parameter, setting.Path)).ToList();
        RefuseUnknown(value, setting.Path, [.. settings.Select(inner => inner.Path.Elements[^1])]);
        var arguments = settings.Select(inner =>
            Bind(value.Fields.GetValueOrDefault(inner.Path.Elements[^1]), inner, value.Origin)).ToArray();
        if (faults.Count > before)
        {
            return null;
        }

        var record = constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        Ask(record, value, setting);
        return record;
    }

    private void RefuseUnknown(HoconObject value, HoconPath path, IReadOnlyList<string> known)
    {
        foreach (var (key, field) in value.Fields.Where(field => !known.Contains(field.Key)))
        {
            var near = SettingNames.Nearest(key, known);
            var expected = near is null ? Expectation.OneOf(known) : $"{near}: did you mean that?";
            faults.Add(new SettingsFault(path.Then(key).ToString(), "an unknown setting", expected, field.Origin));
        }
    }

    /// <summary>Relations between settings, which only the record itself knows.</summary>
    private void Ask(object record, HoconValue value, Setting setting)
    {
        if (record is not IValidatableObject validatable)
        {
            return;
        }

        foreach (var result in validatable.Validate(new ValidationContext(record)))
        {
            var member = result.MemberNames.Select(SettingNames.Kebab).FirstOrDefault();
            var path = member is null ? setting.Path : setting.Path.Then(member);
            var found = member is not null && value is HoconObject inner && inner.Fields.TryGetValue(member, out var field) ? field : value;
            faults.Add(new SettingsFault(path.ToString(), Shown(found, path), result.ErrorMessage ?? "a valid value", found.Origin));
        }
    }

    private static string Shown(HoconValue value, HoconPath path) => value switch
    {
        HoconScalar scalar when SettingSecrets.IsSecret(path, scalar) => HoconJson.Mask,
        HoconString text => HoconJson.Quote(text.Text.Length <= 80 ? text.Text : text.Text[..80] + "…"),
        HoconScalar scalar => scalar.Text.Length <= 80 ? scalar.Text : scalar.Text[..80] + "…",
        _ => value.Kind,
    };
}
