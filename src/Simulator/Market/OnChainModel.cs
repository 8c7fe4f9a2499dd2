using System.Collections.Concurrent;

namespace AkkaCrypto.Simulator.Market;

/// <summary>Coins that moved in or out of one holder's addresses within a span, and what it held at the end.</summary>
public sealed record Flow(decimal Inflow, decimal Outflow, decimal Reserve, int TransactionsIn, int TransactionsOut)
{
    /// <summary>Exactly <see cref="Inflow"/> − <see cref="Outflow"/>, and what <see cref="Reserve"/> rose by.</summary>
    public decimal Netflow => Inflow - Outflow;
}

/// <summary>
/// Exchange and miner flows of bitcoin and ethereum by the hour. The reserve is a path of its own; the net flow is its difference, and
/// the inflow adds what merely passes through. A day is the sum of its hours, a group (<c>all_exchange</c>) the sum of its members.
/// </summary>
public sealed class OnChainModel
{
    private readonly ulong seed;
    private readonly ConcurrentDictionary<(string Asset, string Name), Holder> holders = [];

    internal OnChainModel(ulong seed) => this.seed = seed;

    /// <summary>Holder → share of the supply that it holds, in millionths.</summary>
    public static IReadOnlyDictionary<string, int> Exchanges { get; } = new Dictionary<string, int>
    {
        ["binance"] = 29_000, ["coinbase_advanced"] = 42_000, ["kraken"] = 7_800, ["bitfinex"] = 21_000, ["okx"] = 6_600,
        ["bybit"] = 3_100, ["upbit"] = 8_400, ["bithumb"] = 2_900,
    };

    public static IReadOnlyDictionary<string, int> Miners { get; } = new Dictionary<string, int>
    {
        ["f2pool"] = 1_900, ["antpool"] = 2_700, ["viabtc"] = 1_100, ["foundryusa"] = 3_600,
    };

    /// <summary>Data begin here; earlier spans are null, as a provider's are before it knew a holder's addresses.</summary>
    public static DateOnly FirstDay { get; } = new(2017, 1, 1);

    /// <summary>The holders behind an <c>exchange</c> or <c>miner</c> parameter; null for an unknown one.</summary>
    public static IReadOnlyCollection<string>? Members(string source) => source switch
    {
        "all_exchange" => [.. Exchanges.Keys],
        "spot_exchange" => ["coinbase_advanced", "kraken", "bitfinex", "upbit", "bithumb"],
        "derivative_exchange" => ["binance", "okx", "bybit"],
        "all_miner" => [.. Miners.Keys],
        _ => Exchanges.ContainsKey(source) || Miners.ContainsKey(source) ? [source] : null,
    };

    /// <summary>
    /// The flow of hours [from, to) counted since the Unix epoch; null before the first day and on a single holder's rare day without data.
    /// </summary>
    public Flow? FlowOf(Asset asset, string source, long from, long to)
    {
        var members = Members(source) ?? throw new ArgumentException($"No holder '{source}'.", nameof(source));
        if (from < FirstHour || IsMissing(asset, source, from / 24))
        {
            return null;
        }

        var (inflow, reserve, before, transactionsIn, transactionsOut) = (0m, 0m, 0m, 0, 0);
        foreach (var holder in members.Select(name => HolderOf(asset, name)))
        {
            reserve += holder.Reserve(to - 1);
            before += holder.Reserve(from - 1);
            for (var hour = from; hour < to; hour++)
            {
                inflow += holder.Inflow(hour);
                transactionsIn += holder.TransactionsIn(hour);
                transactionsOut += holder.TransactionsOut(hour);
            }
        }

        return new Flow(inflow, inflow - (reserve - before), reserve, transactionsIn, transactionsOut);
    }

    /// <summary>A draw in [0, 1) that belongs to one series and span, for figures that only have to look like themselves.</summary>
    public decimal Draw(Asset asset, string series, long index) =>
        Math.Round((decimal)Hash.Unit(Hash.Stream(seed, $"draw:{asset.Id}:{series}"), index), 12);

    private static long FirstHour { get; } = (FirstDay.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 24L;

    private bool IsMissing(Asset asset, string source, long day) =>
        !source.StartsWith("all_", StringComparison.Ordinal)
            && Hash.Below(Hash.Stream(seed, $"missing:{asset.Id}:{source}"), day, 150) == 0;

    private Holder HolderOf(Asset asset, string name) => holders.GetOrAdd((asset.Id, name), _ =>
    {
        var share = Exchanges.TryGetValue(name, out var millionths) ? millionths : Miners[name];
        return new Holder(Hash.Stream(seed, $"holder:{asset.Id}:{name}"), asset.Supply * share / 1_000_000m);
    });

    private sealed class Holder(ulong stream, decimal held)
    {
        private const double YearlyDeviation = 0.12;

        private readonly LogPath path = LogPath.Create(Hash.Stream(stream, "reserve"), YearlyDeviation);
        private readonly ulong passing = Hash.Stream(stream, "passing");
        private readonly ulong countsIn = Hash.Stream(stream, "in");
        private readonly ulong countsOut = Hash.Stream(stream, "out");

        /// <summary>At the end of the hour, eight decimals.</summary>
        public decimal Reserve(long hour) => Math.Round(held * (decimal)Math.Exp(path.At((hour + 1) * 3600)), 8);

        public decimal Inflow(long hour) =>
            Math.Round(held * (decimal)(0.0001 + (0.0006 * Hash.Unit(passing, hour))), 8) + Math.Max(0, Reserve(hour) - Reserve(hour - 1));

        public int TransactionsIn(long hour) => 20 + Hash.Below(countsIn, hour, 900);

        public int TransactionsOut(long hour) => 20 + Hash.Below(countsOut, hour, 900);
    }
}
