using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// <c>/coins/{id}</c>, all that is said of a coin, and <c>/coins/{id}/history</c>, its figures at 00:00 UTC of a day. What this market does
/// not have (communities, code, ICOs) is null or empty, as CoinGecko answers for a coin without it.
/// </summary>
internal sealed class CoinPage(MarketModel market, TimeProvider time)
{
    private const int MostDays = 365;

    public Task HandleAsync(HttpContext context)
    {
        if (Catalogue.Find(context.Request.RouteValues["id"]?.ToString() ?? "") is not { } asset)
        {
            return CoinGeckoErrors.CoinNotFound(context);
        }

        var at = Display.LastUpdate(time.GetUtcNow());
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            WriteHead(json, asset);
            WriteTraits(json, asset, CoinGeckoRoutes.Flag(context, "include_categories_details"));
            if (IsWanted(context, "localization"))
            {
                WriteNames(json, asset);
            }

            WriteText(json, asset);
            WriteImage(json, asset, ["thumb", "small", "large"]);
            WriteStanding(json, asset, at);
            if (IsWanted(context, "market_data"))
            {
                new CoinMarketData(json, market, asset, at).Write(Rank(asset, at), CoinGeckoRoutes.Flag(context, "sparkline"));
            }

            WriteCommunity(json, IsWanted(context, "community_data"), IsWanted(context, "developer_data"));
            json.WriteStartArray("status_updates");
            json.WriteEndArray();
            json.WriteString("last_updated", Iso(at));
            if (IsWanted(context, "tickers"))
            {
                WriteTickers(json, asset, at);
            }

            json.WriteEndObject();
        });
    }

    public Task HandleHistoryAsync(HttpContext context)
    {
        var text = context.Request.Query["date"].ToString();
        if (text.Length == 0)
        {
            return CoinGeckoErrors.Missing(context, "date");
        }

        if (Catalogue.Find(context.Request.RouteValues["id"]?.ToString() ?? "") is not { } asset)
        {
            return CoinGeckoErrors.CoinNotFound(context);
        }

        if (!DateOnly.TryParseExact(text, "d-M-yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return CoinGeckoErrors.Invalid(context, "date");
        }

        var (now, at) = (time.GetUtcNow(), new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        return (now - at).TotalDays > MostDays + 1
            ? CoinGeckoErrors.TimeRange(context, now)
            : JsonReply.WriteAsync(context, json => WriteDay(json, asset, at, at <= now, IsWanted(context, "localization")));
    }

    private void WriteDay(Utf8JsonWriter json, Asset asset, DateTimeOffset at, bool isPast, bool named)
    {
        json.WriteStartObject();
        WriteHead(json, asset);
        if (named)
        {
            WriteNames(json, asset);
        }

        WriteImage(json, asset, ["thumb", "small"]);
        if (isPast)
        {
            json.WriteStartObject("market_data");
            Currencies(json, "current_price", currency => Display.Long(market.Price(asset, currency, at)));
            Currencies(json, "market_cap", currency => Display.Long(market.MarketCap(asset, currency, at)));
            Currencies(json, "total_volume", currency => Display.Long(market.Volume24h(asset, currency, at)));
            json.WriteEndObject();
            WriteCommunity(json, community: true, developer: true);
            json.WriteStartObject("public_interest_stats");
            json.WriteNull("alexa_rank");
            json.WriteNull("bing_matches");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static bool IsWanted(HttpContext context, string part) => context.Request.Query[part] != "false";

    private static void WriteHead(Utf8JsonWriter json, Asset asset)
    {
        json.WriteString("id", asset.Id);
        json.WriteString("symbol", asset.Symbol);
        json.WriteString("name", asset.Name);
    }

    private static void WriteTraits(Utf8JsonWriter json, Asset asset, bool categories)
    {
        json.WriteString("web_slug", asset.Id);
        json.WriteString("asset_platform_id", asset.Platforms.Keys.FirstOrDefault());
        json.WriteStartObject("platforms");
        foreach (var (platform, contract) in asset.Platforms.DefaultIfEmpty(new("", "")))
        {
            json.WriteString(platform, contract);
        }

        json.WriteEndObject();
        json.WriteStartObject("detail_platforms");
        foreach (var (platform, contract) in asset.Platforms.DefaultIfEmpty(new("", "")))
        {
            json.WriteStartObject(platform);
            json.WriteNull("decimal_place");
            json.WriteString("contract_address", contract);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("block_time_in_minutes", 0);
        json.WriteNull("hashing_algorithm");
        Strings(json, "categories", ["Cryptocurrency"]);
        if (categories)
        {
            json.WriteStartArray("categories_details");
            json.WriteStartObject();
            json.WriteString("id", "cryptocurrency");
            json.WriteString("name", "Cryptocurrency");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteBoolean("preview_listing", false);
        json.WriteNull("public_notice");
        Strings(json, "additional_notices", []);
        json.WriteBoolean("has_supply_breakdown", false);
    }

    private static void WriteNames(Utf8JsonWriter json, Asset asset)
    {
        json.WriteStartObject("localization");
        foreach (var language in new[] { "en", "de", "ko", "zh-tw" })
        {
            json.WriteString(language, asset.Name);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, Asset asset)
    {
        json.WriteStartObject("description");
        json.WriteString("en", $"{asset.Name} in a simulated market.");
        json.WriteEndObject();
        json.WriteStartObject("links");
        Strings(json, "homepage", [$"https://{asset.Id}.example/", ""]);
        json.WriteString("whitepaper", "");
        foreach (var list in new[] { "blockchain_site", "official_forum_url", "chat_url", "announcement_url" })
        {
            Strings(json, list, [""]);
        }

        json.WriteNull("snapshot_url");
        json.WriteString("twitter_screen_name", asset.Id);
        json.WriteString("facebook_username", "");
        json.WriteNull("bitcointalk_thread_identifier");
        json.WriteString("telegram_channel_identifier", "");
        json.WriteString("subreddit_url", "");
        json.WriteStartObject("repos_url");
        Strings(json, "github", []);
        Strings(json, "bitbucket", []);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, Asset asset, string[] sizes)
    {
        json.WriteStartObject("image");
        foreach (var size in sizes)
        {
            json.WriteString(size, $"https://coin-images.coingecko.com/coins/images/{asset.Image}/{size}/{asset.Id}.png?1696501400");
        }

        json.WriteEndObject();
    }

    private void WriteStanding(Utf8JsonWriter json, Asset asset, DateTimeOffset at)
    {
        json.WriteString("country_origin", "");
        json.WriteString("genesis_date", asset.Genesis.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteNull("sentiment_votes_up_percentage");
        json.WriteNull("sentiment_votes_down_percentage");
        json.WriteNumber("watchlist_portfolio_users", 0);
        json.WriteNumber("market_cap_rank", Rank(asset, at));
        json.WriteNumber("market_cap_rank_with_rehypothecated", Rank(asset, at));
    }

    private int Rank(Asset asset, DateTimeOffset at)
    {
        var own = market.MarketCap(asset, "usd", at);
        return 1 + Catalogue.Assets.Count(a => market.MarketCap(a, "usd", at) > own);
    }

    private static void WriteCommunity(Utf8JsonWriter json, bool community, bool developer)
    {
        if (community)
        {
            json.WriteStartObject("community_data");
            json.WriteNull("facebook_likes");
            json.WriteNumber("reddit_average_posts_48h", 0);
            json.WriteNumber("reddit_average_comments_48h", 0);
            json.WriteNumber("reddit_subscribers", 0);
            json.WriteNumber("reddit_accounts_active_48h", 0);
            json.WriteNull("telegram_channel_user_count");
            json.WriteEndObject();
        }

        if (developer)
        {
            json.WriteStartObject("developer_data");
            foreach (var count in new[]
                { "forks", "stars", "subscribers", "total_issues", "closed_issues", "pull_requests_merged", "pull_request_contributors" })
            {
                json.WriteNumber(count, 0);
            }

            json.WriteStartObject("code_additions_deletions_4_weeks");
            json.WriteNumber("additions", 0);
            json.WriteNumber("deletions", 0);
            json.WriteEndObject();
            json.WriteNumber("commit_count_4_weeks", 0);
            json.WriteStartArray("last_4_weeks_commit_activity_series");
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private void WriteTickers(Utf8JsonWriter json, Asset asset, DateTimeOffset at)
    {
        json.WriteStartArray("tickers");
        foreach (var pair in Catalogue.Pairs.Where(pair => pair.AssetId == asset.Id))
        {
            json.WriteStartObject();
            json.WriteString("base", pair.Target.ToUpperInvariant());
            json.WriteString("target", pair.Quote.ToUpperInvariant());
            json.WriteStartObject("market");
            json.WriteString("name", "Coinone");
            json.WriteString("identifier", "coinone");
            json.WriteBoolean("has_trading_incentive", false);
            json.WriteEndObject();
            json.Number("last", market.Price(asset, pair.Quote, at));
            json.Number("volume", Display.Long(market.Volume24h(asset, pair.Quote, at) * pair.Share / market.Price(asset, pair.Quote, at)));
            foreach (var (name, share) in new[] { ("converted_last", 0m), ("converted_volume", pair.Share) })
            {
                Currencies(json, name, currency => Display.Long(
                    share == 0 ? market.Price(asset, currency, at) : market.Volume24h(asset, currency, at) * share), ["btc", "eth", "usd"]);
            }

            json.WriteNull("trust_score");
            json.WriteNumber("bid_ask_spread_percentage", 0.01m);
            var said = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
            json.WriteString("timestamp", said);
            json.WriteString("last_traded_at", said);
            json.WriteString("last_fetch_at", said);
            json.WriteBoolean("is_anomaly", false);
            json.WriteBoolean("is_stale", false);
            json.WriteString("trade_url", "");
            json.WriteNull("token_info_url");
            json.WriteString("coin_id", asset.Id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Strings(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    internal static void Currencies(
        Utf8JsonWriter json, string name, Func<string, decimal?> value, IReadOnlyList<string>? currencies = null)
    {
        json.WriteStartObject(name);
        foreach (var currency in currencies ?? Catalogue.Currencies)
        {
            json.Number(currency, value(currency));
        }

        json.WriteEndObject();
    }

    internal static string Iso(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
