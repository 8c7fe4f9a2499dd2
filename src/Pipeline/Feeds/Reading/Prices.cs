using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Prices that a ticker may be without.</summary>
internal static class Prices
{
    /// <summary>A price of 0 is an exchange's way to say that there is none: a market without trades, an empty side of the book.</summary>
    public static bool TryRead(in Element ticker, int field, out MarketNumber? price)
    {
        var read = ticker.OptionalDecimal(field, Sign.NotNegative, out price);
        price = price == 0 ? null : price;
        return read;
    }
}
