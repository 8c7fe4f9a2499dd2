namespace AkkaCrypto.Simulator.Market;

/// <param name="Id">CoinGecko id.</param>
/// <param name="Symbol">Lower-case ticker.</param>
/// <param name="BasePrice">Level in USD around which the price wanders.</param>
/// <param name="Volatility">Deviation of the price's logarithm over a year.</param>
/// <param name="Supply">Coins in circulation on 2026-01-01, and how many come a day.</param>
/// <param name="MaxSupply">Null where there is none.</param>
/// <param name="Turnover">Share of the supply that is traded a day, all exchanges together.</param>
/// <param name="Image">Number of the picture at CoinGecko.</param>
public sealed record Asset(
    string Id, string Symbol, string Name, decimal BasePrice, double Volatility, long Supply, long NewPerDay, long? MaxSupply,
        decimal Turnover,
    int Image, DateOnly Genesis, IReadOnlyDictionary<string, string> Platforms);

/// <summary>What one USD is worth.</summary>
public sealed record Fiat(string Code, decimal PerUsd, double Volatility);

/// <param name="Share">Part of the asset's world-wide volume that is traded on this pair.</param>
/// <param name="Exchange">Each exchange's trades in a pair are its own, at about the same prices.</param>
public sealed record MarketPair(string Target, string Quote, string AssetId, decimal Share, string Exchange = "coinone")
{
    public override string ToString() => $"{Target}-{Quote}";

    /// <summary>What the pair's own randomness is drawn by.</summary>
    internal string Key => Exchange == "coinone" ? ToString() : $"{Exchange}:{this}";
}

/// <summary>What there is in this market. The same for every seed; the seed decides only what happens to it.</summary>
public static class Catalogue
{
    private static readonly Dictionary<string, string> None = [];

    public static IReadOnlyList<Asset> Assets { get; } =
    [
        new("bitcoin", "btc", "Bitcoin", 92_000m, 0.45, 19_970_000, 450, 21_000_000, 0.021m, 1, new(2009, 1, 3), None),
        new("ethereum", "eth", "Ethereum", 3_100m, 0.6, 120_700_000, 1_900, null, 0.055m, 279, new(2015, 7, 30), None),
        new("tether", "usdt", "Tether", 1m, 0.0015, 185_000_000_000, 20_000_000, null, 0.45m, 325, new(2014, 10, 6),
            OnEthereum("0xdac17f958d2ee523a2206206994597c13d831ec7")),
        new("ripple", "xrp", "XRP", 2.1m, 0.7, 60_500_000_000, 7_000_000, 100_000_000_000, 0.035m, 44, new(2013, 8, 4), None),
        new("binancecoin", "bnb", "BNB", 850m, 0.5, 137_700_000, 0, 200_000_000, 0.015m, 825, new(2017, 7, 8), None),
        new("solana", "sol", "Solana", 135m, 0.75, 563_000_000, 60_000, null, 0.06m, 4128, new(2020, 3, 16), None),
        new("dogecoin", "doge", "Dogecoin", 0.13m, 0.8, 152_000_000_000, 14_400_000, null, 0.06m, 5, new(2013, 12, 8), None),
        new("cardano", "ada", "Cardano", 0.38m, 0.75, 35_900_000_000, 1_000_000, 45_000_000_000, 0.05m, 975, new(2017, 9, 29), None),
        new("tron", "trx", "TRON", 0.28m, 0.5, 94_700_000_000, 0, null, 0.03m, 1094, new(2017, 9, 13), None),
        new("chainlink", "link", "Chainlink", 12.6m, 0.7, 708_000_000, 100_000, 1_000_000_000, 0.06m, 877, new(2017, 9, 20),
            OnEthereum("0x514910771af9ca656af840dff83e8264ecf986ca")),
        new("polkadot", "dot", "Polkadot", 1.9m, 0.75, 1_640_000_000, 330_000, null, 0.07m, 12171, new(2020, 8, 19), None),
        new("litecoin", "ltc", "Litecoin", 78m, 0.65, 76_700_000, 3_600, 84_000_000, 0.08m, 2, new(2011, 10, 8), None),
        new("bitcoin-cash", "bch", "Bitcoin Cash", 590m, 0.65, 19_960_000, 450, 21_000_000, 0.04m, 780, new(2017, 8, 1), None),
        new("stellar", "xlm", "Stellar", 0.21m, 0.7, 32_300_000_000, 2_000_000, 50_000_000_000, 0.03m, 100, new(2014, 7, 31), None),
        new("ethereum-classic", "etc", "Ethereum Classic", 12.4m, 0.7, 154_800_000, 11_000, 210_700_000, 0.05m, 453, new(2016, 7, 20),
            None),
    ];

    public static IReadOnlyList<Fiat> Fiats { get; } =
    [
        new("usd", 1m, 0), new("krw", 1_440m, 0.07), new("eur", 0.86m, 0.07), new("jpy", 156m, 0.09), new("gbp", 0.75m, 0.08),
        new("cny", 7.05m, 0.03), new("aud", 1.52m, 0.09), new("cad", 1.39m, 0.06), new("chf", 0.8m, 0.07), new("inr", 89.5m, 0.04),
        new("hkd", 7.78m, 0.005), new("myr", 4.1m, 0.05), new("sgd", 1.29m, 0.04), new("brl", 5.4m, 0.12),
    ];

    /// <summary>Coins whose ticker is a currency to quote in, as at CoinGecko; with the parts of a bitcoin.</summary>
    public static IReadOnlyList<string> CoinCurrencies { get; } = ["btc", "eth", "ltc", "bch", "bnb", "xrp", "xlm", "link", "dot", "sol"];

    public static IReadOnlyList<string> Currencies { get; } = [.. CoinCurrencies, .. Fiats.Select(f => f.Code), "bits", "sats"];

    /// <summary>The pairs of Coinone.</summary>
    public static IReadOnlyList<MarketPair> Pairs { get; } =
    [
        new("btc", "krw", "bitcoin", 0.0007m), new("eth", "krw", "ethereum", 0.0009m), new("xrp", "krw", "ripple", 0.02m),
        new("sol", "krw", "solana", 0.002m), new("doge", "krw", "dogecoin", 0.004m), new("ada", "krw", "cardano", 0.003m),
        new("link", "krw", "chainlink", 0.002m), new("etc", "krw", "ethereum-classic", 0.01m), new("usdt", "krw", "tether", 0.0006m),
    ];

    public static Asset? Find(string id) => Assets.FirstOrDefault(a => a.Id == id);

    public static Asset? BySymbol(string symbol) => Assets.FirstOrDefault(a => a.Symbol == symbol);

    public static MarketPair? FindPair(string target, string quote) => Pairs.FirstOrDefault(p => p.Target == target && p.Quote == quote);

    private static Dictionary<string, string> OnEthereum(string contract) => new() { ["ethereum"] = contract };
}
