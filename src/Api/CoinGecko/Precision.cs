using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// Decimal places of a price, as <c>precision</c> asks for them. By default and with <c>full</c> a price keeps every digit that is stored:
/// how CoinGecko rounds without the parameter is not documented.
/// </summary>
/// <param name="Places">0 to 18; null for all.</param>
public readonly record struct Precision(int? Places)
{
    private const int MostPlaces = 18;

    public static bool TryParse(string? text, out Precision precision)
    {
        precision = default;
        if (text is null or "full")
        {
            return true;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var places) && places <= MostPlaces)
        {
            precision = new Precision(places);
            return true;
        }

        return false;
    }

    /// <summary>Halves go away from zero.</summary>
    public decimal Round(decimal price) => Places is { } places ? Math.Round(price, places, MidpointRounding.AwayFromZero) : price;

    public void Write(Utf8JsonWriter json, decimal? price)
    {
        if (price is { } known)
        {
            json.WriteNumberValue(DecimalText.Canonical(Round(known)));
        }
        else
        {
            json.WriteNullValue();
        }
    }

    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, decimal? price)
    {
        json.WritePropertyName(name);
        Write(json, price);
    }

    public override string ToString() => Places?.ToString(CultureInfo.InvariantCulture) ?? "full";
}
