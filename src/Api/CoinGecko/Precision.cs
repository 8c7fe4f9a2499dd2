using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;

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
    public MarketNumber Round(MarketNumber price) => Places is { } places ? price.RoundedTo(places) : price;

    public void Write(Utf8JsonWriter json, MarketNumber? price) => json.WriteNumber(price is { } known ? Round(known) : null);

    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, MarketNumber? price)
    {
        json.WritePropertyName(name);
        Write(json, price);
    }

    public override string ToString() => Places?.ToString(CultureInfo.InvariantCulture) ?? "full";
}
