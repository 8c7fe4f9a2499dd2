using System.Globalization;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>Number literals as these exchanges' servers write them.</summary>
internal static class NumberText
{
    /// <summary><c>116208000</c>, <c>0.0009</c>.</summary>
    public static string Plain(decimal value) => DecimalText.Format(value);

    /// <summary><c>7493000.00000000</c>.</summary>
    public static string Padded(decimal value) => value.ToString("F8", CultureInfo.InvariantCulture);

    /// <summary>
    /// As Java's <c>Double.toString</c>: with a point always, and with an exponent from ten million on and below a thousandth:
    /// <c>37625.0</c>, <c>1.16539E8</c>, <c>7.9276E-4</c>.
    /// </summary>
    public static string Java(decimal value)
    {
        if (value == 0 || (value >= 0.001m && value < 10_000_000m))
        {
            var plain = Plain(value);
            return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
        }

        var exponent = 0;
        var mantissa = value;
        for (; mantissa >= 10; mantissa /= 10)
        {
            exponent++;
        }

        for (; mantissa < 1; mantissa *= 10)
        {
            exponent--;
        }

        var digits = Plain(mantissa);
        return string.Create(
            CultureInfo.InvariantCulture, $"{digits}{(digits.Contains('.', StringComparison.Ordinal) ? "" : ".0")}E{exponent}");
    }
}
