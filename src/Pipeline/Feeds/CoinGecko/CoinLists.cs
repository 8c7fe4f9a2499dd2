using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// The lists of coins and currencies: <c>/coins/markets</c> (<c>[{"id":"bitcoin","current_price":77671,"market_cap":…,"total_volume":…,
/// "price_change_percentage_24h":-0.95302,"last_updated":"2026-05-18T12:49:21.599Z",…}]</c>, whose currency only the request knows),
/// <c>/coins/list</c> (<c>[{"id":"01coin","symbol":"zoc","name":"01coin"}]</c>; one symbol may stand for several ids),
/// <c>/simple/supported_vs_currencies</c> (<c>["btc","eth",…]</c>).
/// </summary>
internal static class CoinLists
{
    private const int LongestPlatforms = 64 * 1024;

    private static readonly FieldNames CoinNames = new("id", "symbol", "name", "platforms");
    private static readonly FieldNames CurrencyNames = new("");

    public static readonly Normaliser Markets = CoinGeckoErrors.List("a list of coins with their prices", ReadMarkets);
    public static readonly Normaliser Coins = CoinGeckoErrors.List("a list of coins", ReadCoins);
    public static readonly Normaliser Currencies = CoinGeckoErrors.List("a list of currencies", ReadCurrencies);

    private static void ReadMarkets(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.Context.Currency is null)
        {
            reply.Into.MissingContext = "currency";
            return;
        }

        Elements.Read(ref reader, reply.Json, reply, "$", CoinMarkets.Names, reply.Context, CoinMarkets.Read);
    }

    private static void ReadCoins(ref Utf8JsonReader reader, in Reply reply) =>
        Elements.Read(ref reader, reply.Json, reply, "$", CoinNames, reply.Context, ReadCoin);

    private static void ReadCurrencies(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> field = stackalloc JsonField[1];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            field[0] = JsonField.Capture(ref reader);
            var currency = new Element(reply.Json, field, CurrencyNames, reply.Into, new ElementPath("$", index));
            if (currency.Ticker(0, out var ticker))
            {
                reply.Into.Records.Add(new AssetListing(null, ticker, null));
            }
        }
    }

    /// <summary>Symbols of coins are free text (<c>f(x)</c>, <c>$ads</c>), unlike the legs of a pair.</summary>
    private static AssetListing? ReadCoin(in Element coin, ReplyContext context)
    {
        if (!coin.Text(0, out var asset) || !coin.Text(1, out var symbol)
            || !coin.OptionalLongText(2, CoinMarkets.LongestName, out var name))
        {
            return null;
        }

        var sides = new SideFields(coin.Into);
        coin.OptionalObject(3, LongestPlatforms, out var platforms);
        sides.Forgive();
        return new AssetListing(asset, symbol.ToLowerInvariant(), name) { Platforms = platforms };
    }
}
