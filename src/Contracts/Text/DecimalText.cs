using System.Globalization;

namespace AkkaCrypto.Contracts.Text;

/// <summary>Decimals as the outside sees them: no exponent, no trailing zeros, e.g. <c>0.00000001</c>.</summary>
public static class DecimalText
{
    // Dividing by one with 28 decimals is the runtime's own way to drop a decimal's trailing zeros.
    private const decimal One = 1.0000000000000000000000000000m;

    public static decimal Canonical(decimal value) => value / One;

    public static string Format(decimal value) => Canonical(value).ToString(CultureInfo.InvariantCulture);
}
