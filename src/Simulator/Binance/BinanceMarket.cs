using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>What Binance's twin trades, and how its REST replies and its events both write it.</summary>
public static class BinanceMarket
{
    internal const string Exchange = "binance";

    /// <summary>The exchange's whole book, levels a side: what the streams tell the changes of.</summary>
    public const int BookLevels = 500;

    /// <summary>Ids of single trades and of aggregate ones are two counts.</summary>
    public const long BeforeFirstTradeId = 3_000_000_000;

    public static IReadOnlyList<MarketPair> Pairs { get; } =
    [
        new("btc", "usdt", "bitcoin", 0.12m, Exchange), new("eth", "usdt", "ethereum", 0.12m, Exchange),
        new("xrp", "usdt", "ripple", 0.1m, Exchange), new("bnb", "usdt", "binancecoin", 0.3m, Exchange),
        new("eth", "btc", "ethereum", 0.01m, Exchange),
    ];

    internal static string Symbol(MarketPair pair) => (pair.Target + pair.Quote).ToUpperInvariant();

    internal static MarketPair? Find(string? symbol) => Pairs.FirstOrDefault(pair => Symbol(pair) == symbol);

    /// <summary>Always eight decimals: <c>"92000.00000000"</c>.</summary>
    internal static string Eight(decimal value) => value.ToString("F8", CultureInfo.InvariantCulture);

    /// <summary>The book's number counts its seconds; a thousand changes fit in each.</summary>
    internal static long UpdateIdOf(MarketBook book) => book.Time / 1000 * 1000;

    internal static void WriteLevels(Utf8JsonWriter json, string name, IEnumerable<MarketLevel> levels)
    {
        json.WriteStartArray(name);
        foreach (var level in levels)
        {
            json.WriteStartArray();
            json.WriteStringValue(Eight(level.Price));
            json.WriteStringValue(Eight(level.Quantity));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
