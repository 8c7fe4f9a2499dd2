using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using AkkaCrypto.Hocon.Units;

namespace AkkaCrypto.Hocon.Binding;

/// <summary>What a setting has to be, in words: "a whole number from 1 to 100000", "a duration such as 250ms, from 1ms to 1m".</summary>
internal static partial class Expectation
{
    public static string Of(Setting setting)
    {
        var rules = setting.Rules.Select(rule => Rule(rule, setting)).Where(text => text.Length > 0).ToList();
        var alternatives = setting.Rules.OfType<RegularExpressionAttribute>().Select(rule => rule.Pattern)
            .FirstOrDefault(Alternatives().IsMatch);
        var text = alternatives is null ? Kind(setting) + string.Concat(rules) : OneOf(alternatives.Split('|'));
        return setting.Nullable ? text + ", or null" : text;
    }

    public static string OneOf(IEnumerable<string> names) => $"one of {string.Join(", ", names)}";

    private static string Kind(Setting setting)
    {
        var type = setting.Type;
        return type switch
        {
            _ when type == typeof(string) => "a text",
            _ when type == typeof(bool) => "true or false",
            _ when setting.IsSize => "a size such as 4MiB",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(double) || type == typeof(decimal) => "a number",
            _ when type == typeof(TimeSpan) => "a duration such as 250ms",
            _ when type == typeof(HoconPeriod) => "a period such as 30d, 2w, 6mo or 1y",
            { IsEnum: true } => OneOf(Enum.GetNames(type).Select(SettingNames.Kebab)),
            _ when SettingTypes.ListElement(type) is not null => "a list",
            _ => "an object",
        };
    }

    private static string Rule(ValidationAttribute rule, Setting setting) => rule switch
    {
        RangeAttribute range => Between(range, setting),
        RequiredAttribute => setting.Type == typeof(string) ? " that is not empty" : "",
        MinLengthAttribute min => $" of at least {min.Length}",
        MaxLengthAttribute max => $" of at most {max.Length}",
        RegularExpressionAttribute expression => $" that matches {expression.Pattern}",
        _ => $" ({rule.FormatErrorMessage(SettingNames.Kebab(setting.Name))})",
    };

    private static string Between(RangeAttribute range, Setting setting)
    {
        var comma = setting.Type == typeof(TimeSpan) || setting.IsSize ? "," : "";
        return $"{comma} from {Bound(range.Minimum, setting)} to {Bound(range.Maximum, setting)}";
    }

    private static string Bound(object bound, Setting setting) => setting switch
    {
        { Type: var type } when type == typeof(TimeSpan) =>
            HoconDuration.Format(bound as TimeSpan? ?? TimeSpan.Parse((string)bound, CultureInfo.InvariantCulture)),
        { IsSize: true } => HoconSize.Format(Convert.ToInt64(bound, CultureInfo.InvariantCulture)),
        _ => Convert.ToString(bound, CultureInfo.InvariantCulture)!,
    };

    [GeneratedRegex(@"^[\w-]+(\|[\w-]+)+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Alternatives();
}
