using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>A coin on a day as the stored charts know it, in the form of CoinGecko's own: what they don't know is null or empty.</summary>
internal static class HistorySnapshot
{
    private static readonly string[] Community = ["facebook_likes", "reddit_average_posts_48h", "reddit_average_comments_48h",
        "reddit_subscribers", "reddit_accounts_active_48h"];

    private static readonly string[] Developer = ["forks", "stars", "subscribers", "total_issues", "closed_issues", "pull_requests_merged",
        "pull_request_contributors"];

    public static void Write(Utf8JsonWriter json, Coin coin, IReadOnlyList<(string Currency, ChartBucket Point)> known)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, coin.Id);
        json.WriteString("symbol"u8, coin.Symbol ?? "");
        json.WriteString("name"u8, coin.Name ?? "");
        json.WriteStartObject("image"u8);
        json.WriteString("thumb"u8, CoinImage.Thumb(coin.Image));
        json.WriteString("small"u8, CoinImage.Small(coin.Image));
        json.WriteEndObject();
        json.WriteStartObject("market_data"u8);
        WriteEach(json, "current_price"u8, known, point => point.Price);
        WriteEach(json, "market_cap"u8, known, point => point.MarketCap);
        WriteEach(json, "total_volume"u8, known, point => point.Volume);
        json.WriteEndObject();
        json.WriteStartObject("community_data"u8);
        WriteNulls(json, Community);
        json.WriteEndObject();
        json.WriteStartObject("developer_data"u8);
        WriteNulls(json, Developer);
        json.WriteStartObject("code_additions_deletions_4_weeks"u8);
        WriteNulls(json, ["additions", "deletions"]);
        json.WriteEndObject();
        json.WriteNull("commit_count_4_weeks"u8);
        json.WriteEndObject();
        json.WriteStartObject("public_interest_stats"u8);
        WriteNulls(json, ["alexa_rank", "bing_matches"]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEach(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<(string Currency, ChartBucket Point)> known,
        Func<ChartBucket, MarketNumber?> value)
    {
        json.WriteStartObject(name);
        foreach (var (currency, point) in known)
        {
            if (value(point) is { } number)
            {
                json.WriteNumber(currency, number);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteNulls(Utf8JsonWriter json, string[] names)
    {
        foreach (var name in names)
        {
            json.WriteNull(name);
        }
    }
}
