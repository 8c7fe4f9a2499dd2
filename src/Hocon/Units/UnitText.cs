using System.Globalization;

namespace AkkaCrypto.Hocon.Units;

/// <summary>"Units format": white space, a number, white space, a unit name of letters or none, white space.</summary>
internal static class UnitText
{
    public static bool TrySplit(string text, out decimal number, out string unit)
    {
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.Length;
        while (end > 0 && char.IsLetter(trimmed[end - 1]))
        {
            end--;
        }

        unit = trimmed[end..].ToString();
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return decimal.TryParse(trimmed[..end].TrimEnd(), Style, CultureInfo.InvariantCulture, out number);
    }
}
