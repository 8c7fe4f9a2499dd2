using System.Globalization;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>What Coinbase trades here, and how it writes it.</summary>
public static class CoinbaseMarket
{
    public const decimal BaseIncrement = 0.00000001m;

    public static IReadOnlyList<MarketPair> Pairs { get; } =
    [
        Pair("btc", "usd", "bitcoin", 0.012m), Pair("eth", "usd", "ethereum", 0.012m), Pair("xrp", "usd", "ripple", 0.006m),
        Pair("sol", "usd", "solana", 0.01m), Pair("ltc", "usd", "litecoin", 0.008m), Pair("btc", "eur", "bitcoin", 0.0012m),
        Pair("eth", "btc", "ethereum", 0.0008m),
    ];

    /// <summary>The pair of a product such as <c>BTC-USD</c>, in any case; null for an unknown one.</summary>
    public static MarketPair? Find(string? product) =>
        Pairs.FirstOrDefault(pair => string.Equals(pair.ToString(), product, StringComparison.OrdinalIgnoreCase));

    /// <summary>Microseconds: the trade's millisecond and its counter within it.</summary>
    public static long MicrosecondsOf(MarketTrade trade) => long.Parse(trade.Id, CultureInfo.InvariantCulture);

    internal static string ProductOf(MarketPair pair) => pair.ToString().ToUpperInvariant();

    /// <summary>The side of the order that rested in the book.</summary>
    internal static string MakerSide(MarketTrade trade) => trade.TakerBought ? "sell" : "buy";

    internal static string Iso(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds).UtcDateTime
        .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    internal static string Iso(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Without trailing zeros, as books and the socket write numbers.</summary>
    internal static string Plain(decimal value) => Contracts.Text.DecimalText.Format(value);

    /// <summary>With eight decimals, as REST writes trades.</summary>
    internal static string Padded(decimal value) => value.ToString("F8", CultureInfo.InvariantCulture);

    private static MarketPair Pair(string target, string quote, string asset, decimal share) =>
        new(target, quote, asset, share, "coinbase");
}
