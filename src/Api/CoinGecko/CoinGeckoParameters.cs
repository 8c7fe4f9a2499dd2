using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>The official parameters of each path. One that is not in these lists is ignored, as CoinGecko ignores it.</summary>
internal static class CoinGeckoParameters
{
    private static readonly string[] Booleans = ["true", "false"];

    private static readonly Parameter Currency = new(
        "vs_currency", "Currency, as /simple/supported_vs_currencies has it.", "usd", Required: true);

    private static readonly Parameter Precision = new(
        "precision", "Decimal places of prices: full, or 0 to 18. Default: full.", "2",
        OneOf: ["full", .. Enumerable.Range(0, 19).Select(places => $"{places}")]);

    private static readonly Parameter IncludeTokens = new(
        "include_tokens", "For symbols: only the greatest token of each (top), or all. Default: top.", "top", OneOf: ["top", "all"]);

    private static readonly Parameter Names = new("names", "Comma-separated names; counts where ids is absent.", "Bitcoin");

    private static readonly Parameter Symbols = new("symbols", "Comma-separated symbols; counts where ids and names are absent.", "btc");

    public static readonly IReadOnlyList<Parameter> SimplePrice =
    [
        new("vs_currencies", "Comma-separated currencies; unknown ones are left out.", "usd,krw", Required: true),
        new("ids", "Comma-separated ids of coins, at most 515; one of ids, names and symbols is needed.", "bitcoin,ethereum"),
        Names,
        Symbols,
        IncludeTokens,
        Flag("include_market_cap", "Market cap too."),
        Flag("include_24hr_vol", "Volume of 24 hours too."),
        Flag("include_24hr_change", "Change of 24 hours in percent too."),
        Flag("include_last_updated_at", "Unix seconds of the price too."),
        Precision,
    ];

    public static readonly IReadOnlyList<Parameter> CoinsList =
    [
        Flag("include_platform", "Contract addresses by platform too."),
        new("status", "active, or inactive: of those none is known. Default: active.", "active", OneOf: ["active", "inactive"]),
    ];

    public static readonly IReadOnlyList<Parameter> Markets =
    [
        Currency,
        new("ids", "Comma-separated ids of coins.", "bitcoin,ethereum"),
        Names,
        Symbols,
        IncludeTokens,
        new("category", "Not supported: refused with 422, for which coins a category has is not stored.", "layer-1"),
        new("order", "Default: market_cap_desc.", "market_cap_desc",
            OneOf: ["market_cap_asc", "market_cap_desc", "volume_asc", "volume_desc", "id_asc", "id_desc"]),
        new("per_page", "1 to 250, default 100.", "100", IsInteger: true),
        new("page", "From 1.", "1", IsInteger: true),
        Flag("sparkline", "Hourly prices of seven days too."),
        new("price_change_percentage", "Comma-separated: 1h, 24h, 7d, 14d, 30d, 200d, 1y.", "1h,7d"),
        new("locale", "Ignored: names are English.", "en"),
        Precision,
        Flag("include_rehypothecated", "The rank among rehypothecated tokens too."),
    ];

    public static readonly IReadOnlyList<Parameter> Coin =
    [
        Flag("localization", "The name in other languages. Default: true."),
        Flag("tickers", "Tickers of exchanges. Default: true."),
        Flag("market_data", "Figures of the market. Default: true."),
        Flag("community_data", "Default: true."),
        Flag("developer_data", "Default: true."),
        Flag("sparkline", "Prices of seven days too."),
        Flag("include_categories_details", "Ids of the categories too."),
        new("dex_pair_format", "Ignored: pairs are shown by contract address.", "contract_address", OneOf: ["contract_address", "symbol"]),
    ];

    public static readonly IReadOnlyList<Parameter> Chart =
    [
        Currency,
        new("days", "A whole number, or max.", "30", Required: true),
        new("interval", "Default: by the days.", "daily", OneOf: ["hourly", "daily"]),
        Precision,
    ];

    public static readonly IReadOnlyList<Parameter> Range =
    [
        Currency,
        new("from", "Unix seconds, or ISO 8601.", "1767024000", Required: true),
        new("to", "Unix seconds, or ISO 8601.", "1767110400", Required: true),
        Precision,
    ];

    public static readonly IReadOnlyList<Parameter> Ohlc =
    [
        Currency,
        new("days", "1, 7, 14, 30, 90, 180 or 365.", "7", Required: true, OneOf: ["1", "7", "14", "30", "90", "180", "365"]),
        Precision,
    ];

    public static readonly IReadOnlyList<Parameter> History =
    [
        new("date", "dd-mm-yyyy.", "30-12-2025", Required: true),
        Flag("localization", "The name in other languages. Default: true."),
    ];

    public static readonly IReadOnlyList<Parameter> Search = [new("query", "Words, at most 100 characters.", "bitcoin", Required: true)];

    private static Parameter Flag(string name, string description) => new(name, description, "true", OneOf: Booleans);
}
