using System.Text.Json;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>One coin of <c>/coins/markets</c>, its fields in the service's order.</summary>
internal static class MarketRow
{
    /// <summary>What CoinGecko names for a coin without a picture.</summary>
    public const string MissingImage = "missing_large.png";

    public static void Write(Utf8JsonWriter json, AssetPrice coin, Coin? listed, MarketsPath.Request request)
    {
        var details = coin.Details;
        json.WriteString("id"u8, coin.Asset);
        json.WriteString("symbol"u8, details?.Symbol ?? listed?.Symbol ?? "");
        json.WriteString("name"u8, details?.Name ?? listed?.Name ?? "");
        json.WriteString("image"u8, details?.Image ?? MissingImage);
        request.Precision.Write(json, "current_price"u8, coin.Price);
        json.WriteNumber("market_cap"u8, coin.MarketCap);
        json.WriteNumber("market_cap_rank"u8, details?.MarketCapRank);
        json.WriteNumber("fully_diluted_valuation"u8, details?.FullyDilutedValuation);
        json.WriteNumber("total_volume"u8, coin.Volume24h);
        request.Precision.Write(json, "high_24h"u8, details?.High24h);
        request.Precision.Write(json, "low_24h"u8, details?.Low24h);
        json.WriteNumber("price_change_24h"u8, details?.PriceChange24h);
        json.WriteNumber("price_change_percentage_24h"u8, coin.Change24h);
        json.WriteNumber("market_cap_change_24h"u8, details?.MarketCapChange24h);
        json.WriteNumber("market_cap_change_percentage_24h"u8, details?.MarketCapChangePercentage24h);
        json.WriteNumber("circulating_supply"u8, details?.CirculatingSupply);
        json.WriteNumber("total_supply"u8, details?.TotalSupply);
        json.WriteNumber("max_supply"u8, details?.MaxSupply);
        WriteExtreme(json, "ath"u8, "ath_change_percentage"u8, "ath_date"u8, details?.AllTimeHigh, request.Precision);
        WriteExtreme(json, "atl"u8, "atl_change_percentage"u8, "atl_date"u8, details?.AllTimeLow, request.Precision);
        json.WritePropertyName("roi"u8);
        json.WriteRawValue(details?.Roi ?? "null");
        json.WriteString("last_updated"u8, coin.Time?.ToString());
        if (request.Rehypothecated)
        {
            json.WriteNumber("market_cap_rank_with_rehypothecated"u8, details?.MarketCapRankWithRehypothecated);
        }

        if (request.Sparkline)
        {
            json.WritePropertyName("sparkline_in_7d"u8);
            json.WriteRawValue(details?.Sparkline ?? """{"price":[]}""");
        }

        foreach (var span in request.Changes)
        {
            json.WritePropertyName($"price_change_percentage_{span}_in_currency");
            default(Precision).Write(json, ChangeOf(details?.Changes, span));
        }
    }

    private static void WriteExtreme(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> change, ReadOnlySpan<byte> date, PriceExtreme? extreme,
        Precision precision)
    {
        precision.Write(json, name, extreme?.Price);
        json.WriteNumber(change, extreme?.ChangePercentage);
        json.WriteString(date, extreme?.Time?.ToString());
    }

    private static MarketNumber? ChangeOf(PriceChanges? changes, string span) => span switch
    {
        "1h" => changes?.Hour1,
        "24h" => changes?.Hours24,
        "7d" => changes?.Days7,
        "14d" => changes?.Days14,
        "30d" => changes?.Days30,
        "200d" => changes?.Days200,
        _ => changes?.Year1,
    };
}
