using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Blockchaincom;

/// <summary>A daily chart of bitcoin's network, from the market and its chain.</summary>
public sealed record Chart(string Id, string Name, string Unit, Func<MarketModel, long, decimal> ValueOn)
{
    /// <summary>Counted since the Unix epoch: data begin here.</summary>
    public static long FirstDay { get; } = OnChainModel.FirstDay.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private static readonly Asset Bitcoin = Catalogue.Find("bitcoin")!;

    public static IReadOnlyList<Chart> All { get; } =
    [
        new("market-price", "Market Price (USD)", "USD", (market, day) => market.Price(Bitcoin, "usd", Start(day))),
        new("market-cap", "Market Capitalization (USD)", "USD", (market, day) =>
            Math.Round(market.Supply(Bitcoin, Start(day)) * market.Price(Bitcoin, "usd", Start(day)), 2)),
        new("total-bitcoins", "Total Circulating Bitcoin", "BTC", (market, day) => market.Supply(Bitcoin, Start(day))),
        About("hash-rate", "Total Hash Rate (TH/s)", "TH/s", 1_050_000_000, 4),
        About("n-transactions", "Confirmed Transactions Per Day", "Transactions", 400_000, 0),
        About("n-unique-addresses", "Number Of Unique Addresses Used", "Unique Addresses Used", 500_000, 0),
        About("transaction-fees", "Total Transaction Fees (BTC)", "BTC", 13, 8),
        About("difficulty", "Network Difficulty", "Difficulty", 146_000_000_000_000, 2),
        About("miners-revenue", "Miners Revenue (USD)", "USD", 41_000_000, 2),
    ];

    public static Chart? Find(string id) => All.FirstOrDefault(chart => chart.Id == id);

    private static DateTimeOffset Start(long day) => DateTimeOffset.FromUnixTimeSeconds(day * 86_400);

    /// <summary>A figure of about so much, plus or minus a third.</summary>
    private static Chart About(string id, string name, string unit, decimal mean, int decimals) => new(id, name, unit, (market, day) =>
        Math.Round(mean * ((market.OnChain.Draw(Bitcoin, "blockchaincom:" + id, day) * 2 / 3) + (2m / 3)), decimals));
}
