using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>One coin of <c>/coins/markets</c>, with all that is said of it. Which fields come depends on the request and on the year: what
/// is absent is unknown.</summary>
internal static class CoinMarkets
{
    private const int LongestImage = 2_048;
    private const int LongestRoi = 1_024;
    private const int LongestSparkline = 64 * 1024;

    /// <summary>In the wire's order, but for the last two kinds, which are read apart.</summary>
    public static readonly FieldNames Names = new(
        "id", "symbol", "name", "image", "current_price", "market_cap", "market_cap_rank", "fully_diluted_valuation", "total_volume",
        "high_24h", "low_24h", "price_change_24h", "price_change_percentage_24h", "market_cap_change_24h",
        "market_cap_change_percentage_24h", "circulating_supply", "total_supply", "max_supply", "ath", "ath_change_percentage", "ath_date",
        "atl", "atl_change_percentage", "atl_date", "roi", "last_updated", "market_cap_rank_with_rehypothecated", "sparkline_in_7d",
        "price_change_percentage_1h_in_currency", "price_change_percentage_24h_in_currency", "price_change_percentage_7d_in_currency",
        "price_change_percentage_14d_in_currency", "price_change_percentage_30d_in_currency", "price_change_percentage_200d_in_currency",
        "price_change_percentage_1y_in_currency");

    public static AssetPrice? Read(in Element coin, ReplyContext context) =>
        coin.Text(0, out var asset)
        && SaysAnything(coin)
        && coin.OptionalDecimal(4, Sign.NotNegative, out var price)
        && coin.OptionalDecimal(5, Sign.NotNegative, out var cap)
        && coin.OptionalDecimal(8, Sign.NotNegative, out var volume)
        && coin.OptionalDecimal(12, Sign.Any, out var change)
        && coin.OptionalIsoTime(25, out var time)
        && TryDetails(coin, out var details)
            ? new AssetPrice(asset, context.Currency!, price, cap, volume, change, time) { Details = details }
            : null;

    /// <summary>An element without any of these, not even a null, is of another endpoint: of the plain list of coins.</summary>
    private static bool SaysAnything(in Element coin) =>
        coin[4].Type is not JsonTokenType.None || coin[5].Type is not JsonTokenType.None || coin[8].Type is not JsonTokenType.None
        || coin.Refuse(4, RefusalCode.UnexpectedShape, "a coin with a price, a market cap or a volume");

    private static bool TryDetails(in Element coin, out CoinDetails? details)
    {
        details = null;
        if (!coin.OptionalText(1, out var symbol) || !coin.OptionalText(2, out var name)
            || !coin.OptionalLongText(3, LongestImage, out var image)
            || !coin.OptionalInteger(6, out var rank) || !coin.OptionalInteger(26, out var rankWithRehypothecated)
            || !coin.OptionalDecimal(7, Sign.Any, out var diluted)
            || !coin.OptionalDecimal(9, Sign.NotNegative, out var high) || !coin.OptionalDecimal(10, Sign.NotNegative, out var low)
            || !coin.OptionalDecimal(11, Sign.Any, out var priceChange)
            || !coin.OptionalDecimal(13, Sign.Any, out var capChange) || !coin.OptionalDecimal(14, Sign.Any, out var capPercentage)
            || !coin.OptionalDecimal(15, Sign.Any, out var circulating) || !coin.OptionalDecimal(16, Sign.Any, out var total)
            || !coin.OptionalDecimal(17, Sign.Any, out var most)
            || !TryExtreme(coin, 18, out var highest) || !TryExtreme(coin, 21, out var lowest) || !TryChanges(coin, out var changes)
            || !coin.OptionalObject(24, LongestRoi, out var roi) || !coin.OptionalObject(27, LongestSparkline, out var sparkline))
        {
            return false;
        }

        details = new CoinDetails(
            symbol, name, image, rank, rankWithRehypothecated, diluted, high, low, priceChange, capChange, capPercentage, circulating,
            total, most, highest, lowest, changes, roi, sparkline);
        return true;
    }

    private static bool TryExtreme(in Element coin, int first, out PriceExtreme extreme)
    {
        ProviderTime? time = null;
        decimal? percentage = null;
        var isRead = coin.OptionalDecimal(first, Sign.NotNegative, out var price)
            && coin.OptionalDecimal(first + 1, Sign.Any, out percentage)
            && coin.OptionalIsoTime(first + 2, out time);
        extreme = new PriceExtreme(price, percentage, time);
        return isRead;
    }

    private static bool TryChanges(in Element coin, out PriceChanges changes)
    {
        changes = new PriceChanges(null, null, null, null, null, null, null);
        if (!coin.OptionalDecimal(28, Sign.Any, out var hour) || !coin.OptionalDecimal(29, Sign.Any, out var day)
            || !coin.OptionalDecimal(30, Sign.Any, out var week) || !coin.OptionalDecimal(31, Sign.Any, out var fortnight)
            || !coin.OptionalDecimal(32, Sign.Any, out var month) || !coin.OptionalDecimal(33, Sign.Any, out var days200)
            || !coin.OptionalDecimal(34, Sign.Any, out var year))
        {
            return false;
        }

        changes = new PriceChanges(hour, day, week, fortnight, month, days200, year);
        return true;
    }
}
