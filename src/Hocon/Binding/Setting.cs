using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace AkkaCrypto.Hocon.Binding;

/// <summary>One value to bind: its place, its type, and what its parameter asks of it.</summary>
internal sealed record Setting(HoconPath Path, string Name, Type Type, bool Nullable, IReadOnlyList<ValidationAttribute> Rules)
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static Setting Of(ParameterInfo parameter, HoconPath record)
    {
        var name = parameter.Name!;
        var underlying = System.Nullable.GetUnderlyingType(parameter.ParameterType);
        return new Setting(
            record.Then(SettingNames.Kebab(name)),
            name,
            underlying ?? parameter.ParameterType,
            underlying is not null || AllowsNull(parameter),
            [.. parameter.GetCustomAttributes<ValidationAttribute>()]);
    }

    /// <summary>An element of a list, or an entry of a map.</summary>
    public Setting Element(string key, Type type)
    {
        var underlying = System.Nullable.GetUnderlyingType(type);
        return new Setting(Path.Then(key), Name, underlying ?? type, underlying is not null, []);
    }

    public bool IsSize => Type == typeof(long) && Name.EndsWith("Bytes", StringComparison.Ordinal);

    private static bool AllowsNull(ParameterInfo parameter)
    {
        lock (Nullability)
        {
            return !parameter.ParameterType.IsValueType && Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
        }
    }
}
