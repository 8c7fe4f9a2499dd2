using System.Globalization;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// How many digits CoinGecko shows. Market caps, volumes and changes come with a binary double's 16 or so; prices are rounded.
/// </summary>
public static class Display
{
    public const int DoubleDigits = 16;

    /// <summary>
    /// Without <paramref name="precision"/> as recorded: 49253, 1498.64, 12.666344 (quoted in a coin), six significant digits below one.
    /// </summary>
    public static decimal Price(decimal price, string currency, string? precision)
    {
        if (precision == "full")
        {
            return Digits.Significant(price, DoubleDigits);
        }

        if (int.TryParse(precision, NumberStyles.None, CultureInfo.InvariantCulture, out var decimals))
        {
            return Math.Round(price, Math.Min(decimals, 18));
        }

        return price switch
        {
            >= 10_000 => Math.Round(price),
            >= 1 when Catalogue.Fiats.Any(f => f.Code == currency) => Math.Round(price, 2),
            >= 1 => Math.Round(price, 6),
            _ => Digits.Significant(price, 6),
        };
    }

    public static decimal Long(decimal value) => Digits.Significant(value, DoubleDigits);

    /// <summary>Change in percent from one value to a later one.</summary>
    public static decimal Change(decimal before, decimal now) => ((now / before) - 1) * 100;

    /// <summary>False for a <c>precision</c> that is neither <c>full</c> nor 0 to 18.</summary>
    public static bool TryPrecision(HttpContext context, out string? precision)
    {
        precision = context.Request.Query["precision"].FirstOrDefault();
        return precision is null or "full"
            || (int.TryParse(precision, NumberStyles.None, CultureInfo.InvariantCulture, out var decimals) && decimals <= 18);
    }

    /// <summary>
    /// CoinGecko refreshes its figures now and then, not with each request: here every ten seconds, some milliseconds past.
    /// </summary>
    public static DateTimeOffset LastUpdate(DateTimeOffset now)
    {
        const long refresh = 10_000;
        const long milliseconds = 867;
        var slot = (now.ToUnixTimeMilliseconds() - milliseconds) / refresh;
        return DateTimeOffset.FromUnixTimeMilliseconds((slot * refresh) + milliseconds);
    }
}
