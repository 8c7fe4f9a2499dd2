using System.Globalization;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Kraken;

/// <param name="Key">As replies name it: <c>XXBTZUSD</c>.</param>
/// <param name="Altname">As requests name it: <c>XBTUSD</c>.</param>
/// <param name="WsName">As the socket v1 names it: <c>XBT/USD</c>.</param>
/// <param name="Base">Kraken's code of the asset: <c>XXBT</c>.</param>
/// <param name="Decimals">Of prices in books.</param>
internal sealed record KrakenPair(
    MarketPair Pair, string Key, string Altname, string WsName, string Base, string Quote, int Decimals)
{
    /// <summary>As the socket v2 names it: <c>BTC/USD</c>.</summary>
    public string Symbol => $"{Pair.Target}/{Pair.Quote}".ToUpperInvariant();

    public string Price(decimal value) =>
        value.ToString("F" + Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>What Kraken's twin trades, and how REST and the socket both write it.</summary>
public static class KrakenMarket
{
    internal const string Exchange = "kraken";

    internal static IReadOnlyList<KrakenPair> All { get; } =
    [
        new(new("btc", "usd", "bitcoin", 0.03m, Exchange), "XXBTZUSD", "XBTUSD", "XBT/USD", "XXBT", "ZUSD", 1),
        new(new("eth", "usd", "ethereum", 0.03m, Exchange), "XETHZUSD", "ETHUSD", "ETH/USD", "XETH", "ZUSD", 2),
        new(new("btc", "eur", "bitcoin", 0.02m, Exchange), "XXBTZEUR", "XBTEUR", "XBT/EUR", "XXBT", "ZEUR", 1),
        new(new("doge", "usd", "dogecoin", 0.02m, Exchange), "XDGUSD", "XDGUSD", "XDG/USD", "XXDG", "ZUSD", 5),
        new(new("ada", "usd", "cardano", 0.02m, Exchange), "ADAUSD", "ADAUSD", "ADA/USD", "ADA", "ZUSD", 5),
    ];

    public static IReadOnlyList<MarketPair> Pairs { get; } = [.. All.Select(pair => pair.Pair)];

    internal static KrakenPair? Find(string name) =>
        All.FirstOrDefault(pair => pair.Key == name || pair.Altname == name || pair.WsName == name || pair.Symbol == name);

    internal static string Quantity(decimal value) => value.ToString("F8", CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds since the epoch: no two trades of a pair have the same, and they rise with the number.</summary>
    internal static long NanosecondsOf(NumberedTrade trade)
    {
        var within = int.Parse(trade.Trade.Id.AsSpan(trade.Trade.Id.Length - 3), CultureInfo.InvariantCulture);
        return (trade.Trade.Time * 1_000_000) + (within * 1000) + (trade.Number * 7919 % 1000);
    }

    /// <summary>CRC-32 of the ten best asks and bids, each as its digits without the point and the zeros before them.</summary>
    internal static uint Checksum(KrakenPair pair, MarketBook book)
    {
        var text = string.Concat(book.Asks.Take(10).Concat(book.Bids.Take(10)).SelectMany(
            level => new[] { pair.Price(level.Price), Quantity(level.Quantity) }).Select(Significant));
        var crc = 0xFFFF_FFFFu;
        foreach (var character in text)
        {
            crc ^= character;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB8_8320u & (0u - (crc & 1)));
            }
        }

        return crc ^ 0xFFFF_FFFFu;
    }

    private static string Significant(string number) => number.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
}
