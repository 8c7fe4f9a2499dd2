using System.ComponentModel.DataAnnotations;
using System.Globalization;
using AkkaCrypto.Hocon.Units;

namespace AkkaCrypto.Hocon.Binding;

/// <summary>Scalars to the types of settings, with the conversions that the specification allows ("Automatic type conversions").</summary>
internal static class ScalarReader
{
    public static bool Reads(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int)
            || type == typeof(long) || type == typeof(double)
        || type == typeof(decimal) || type == typeof(TimeSpan) || type == typeof(HoconPeriod);

    /// <summary>Null when the value doesn't fit the type.</summary>
    public static object? Read(HoconScalar value, Setting setting)
    {
        var (text, type) = (value.Text, setting.Type);
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(bool))
        {
            return Boolean(value);
        }

        if (value is HoconBoolean)
        {
            return null;
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<object>().FirstOrDefault(name => SettingNames.Kebab(name.ToString()!) == text);
        }

        if (type == typeof(TimeSpan))
        {
            return HoconDuration.TryParse(text, out var duration) && AllowsSign(duration, setting) ? duration : null;
        }

        if (type == typeof(HoconPeriod))
        {
            return HoconPeriod.TryParse(text, out var period) ? period : null;
        }

        return setting.IsSize ? (HoconSize.TryParse(text, out var bytes) ? bytes : null) : Number(text, type);
    }

    /// <summary>A negative duration means nothing, so only a range that allows one lets it pass.</summary>
    private static bool AllowsSign(TimeSpan duration, Setting setting) =>
        duration >= TimeSpan.Zero || setting.Rules.Any(rule => rule is RangeAttribute);

    private static object? Boolean(HoconScalar value) => value switch
    {
        HoconBoolean flag => flag.Value,
        HoconString { Text: "true" or "yes" or "on" } => true,
        HoconString { Text: "false" or "no" or "off" } => false,
        _ => null,
    };

    private static object? Number(string text, Type type)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (type == typeof(double))
        {
            return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null;
        }

        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        return type == typeof(decimal) ? number : Whole(number, type);
    }

    private static object? Whole(decimal number, Type type)
    {
        var (least, most) = type == typeof(int) ? (int.MinValue, int.MaxValue) : (long.MinValue, long.MaxValue);
        if (!decimal.IsInteger(number) || number < least || number > most)
        {
            return null;
        }

        return type == typeof(int) ? (int)number : (object)(long)number;
    }
}
