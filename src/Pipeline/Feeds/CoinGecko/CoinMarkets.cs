using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>One coin of <c>/coins/markets</c>, with all that is said of it. Which fields come depends on the request and on the year: what
/// is absent is unknown. What the price record is made of refuses the coin where it can't be read; all else stands beside it, and costs the
/// coin nothing.</summary>
internal static class CoinMarkets
{
    /// <summary>In bytes. Some coins are called by a whole sentence.</summary>
    public const int LongestName = 1_024;

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
            ? new AssetPrice(asset, context.Currency!, price, cap, volume, change, time) { Details = ReadDetails(coin) }
            : null;

    /// <summary>An element without any of these, not even a null, is of another endpoint: of the plain list of coins.</summary>
    private static bool SaysAnything(in Element coin) =>
        coin[4].Type is not JsonTokenType.None || coin[5].Type is not JsonTokenType.None || coin[8].Type is not JsonTokenType.None
        || coin.Refuse(4, RefusalCode.UnexpectedShape, "a coin with a price, a market cap or a volume");

    private static CoinDetails ReadDetails(in Element coin)
    {
        var sides = new SideFields(coin.Into);
        coin.OptionalText(1, out var symbol);
        coin.OptionalLongText(2, LongestName, out var name);
        coin.OptionalLongText(3, LongestImage, out var image);
        coin.OptionalInteger(6, out var rank);
        coin.OptionalDecimal(7, Sign.Any, out var diluted);
        coin.OptionalDecimal(9, Sign.NotNegative, out var high);
        coin.OptionalDecimal(10, Sign.NotNegative, out var low);
        coin.OptionalDecimal(11, Sign.Any, out var priceChange);
        coin.OptionalDecimal(13, Sign.Any, out var capChange);
        coin.OptionalDecimal(14, Sign.Any, out var capPercentage);
        coin.OptionalDecimal(15, Sign.Any, out var circulating);
        coin.OptionalDecimal(16, Sign.Any, out var total);
        coin.OptionalDecimal(17, Sign.Any, out var most);
        coin.OptionalObject(24, LongestRoi, out var roi);
        coin.OptionalInteger(26, out var rankWithRehypothecated);
        coin.OptionalObject(27, LongestSparkline, out var sparkline);
        var (highest, lowest, changes) = (ReadExtreme(coin, 18), ReadExtreme(coin, 21), ReadChanges(coin));
        sides.Forgive();
        return new CoinDetails(
            symbol, name, image, rank, rankWithRehypothecated, diluted, high, low, priceChange, capChange, capPercentage, circulating,
            total, most, highest, lowest, changes, roi, sparkline);
    }

    private static PriceExtreme ReadExtreme(in Element coin, int first)
    {
        coin.OptionalDecimal(first, Sign.NotNegative, out var price);
        coin.OptionalDecimal(first + 1, Sign.Any, out var percentage);
        coin.OptionalIsoTime(first + 2, out var time);
        return new PriceExtreme(price, percentage, time);
    }

    private static PriceChanges ReadChanges(in Element coin)
    {
        coin.OptionalDecimal(28, Sign.Any, out var hour);
        coin.OptionalDecimal(29, Sign.Any, out var day);
        coin.OptionalDecimal(30, Sign.Any, out var week);
        coin.OptionalDecimal(31, Sign.Any, out var fortnight);
        coin.OptionalDecimal(32, Sign.Any, out var month);
        coin.OptionalDecimal(33, Sign.Any, out var days200);
        coin.OptionalDecimal(34, Sign.Any, out var year);
        return new PriceChanges(hour, day, week, fortnight, month, days200, year);
    }
}
