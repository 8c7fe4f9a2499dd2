using System.Globalization;

namespace AkkaCrypto.Hocon.Binding;

/// <summary>
/// Values in the form that their settings are bound to: the text <c>no</c> of a boolean setting is <c>false</c>, the text <c>1000</c> of a
/// number is 1000. What doesn't fit its setting, or is none, stays as it is written.
/// </summary>
public static class SettingForm
{
    /// <summary>The form of what lies at <paramref name="path"/> of the object that <typeparamref name="T"/> is bound from.</summary>
    public static HoconValue Of<T>(HoconValue value, HoconPath path)
        where T : class
    {
        var type = typeof(T);
        foreach (var element in path.Elements.SkipLast(1))
        {
            if (IsScalar(type) || !Settings(type).TryGetValue(element, out var inner))
            {
                return value;
            }

            type = inner.Type;
        }

        return path.IsRoot ? Of(value, type)
            : IsScalar(type) || !Settings(type).TryGetValue(path.Elements[^1], out var setting) ? value
            : Of(value, setting.Type);
    }

    private static HoconValue Of(HoconValue value, Type type) => value switch
    {
        HoconString text when type == typeof(bool) => ScalarReader.Read(text, Bare(type)) is bool flag
            ? new HoconBoolean(flag, text.Origin)
            : text,
        HoconString text when type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal) =>
            ScalarReader.Read(text, Bare(type)) is IFormattable number
                ? new HoconNumber(number.ToString(null, CultureInfo.InvariantCulture), text.Origin)
                : text,
        HoconObject tree when !IsScalar(type) => Record(tree, Settings(type)),
        _ => value,
    };

    private static HoconObject Record(HoconObject tree, Dictionary<string, Setting> settings)
    {
        var fields = new OrderedDictionary<string, HoconValue>(StringComparer.Ordinal);
        foreach (var (key, value) in tree.Fields)
        {
            fields.Add(key, settings.TryGetValue(key, out var setting) ? Of(value, setting.Type) : value);
        }

        return new HoconObject(fields, tree.Origin);
    }

    /// <summary>Also lists and maps: they are shown as they are written.</summary>
    private static bool IsScalar(Type type) => ScalarReader.Reads(type) || type.IsGenericType;

    private static Setting Bare(Type type) => new(HoconPath.Root, "", type, false, []);

    private static Dictionary<string, Setting> Settings(Type record) => record.GetConstructors()
        .MaxBy(candidate => candidate.GetParameters().Length)!.GetParameters()
        .Select(parameter => Setting.Of(parameter, HoconPath.Root))
        .ToDictionary(setting => setting.Path.Elements[^1], StringComparer.Ordinal);
}
