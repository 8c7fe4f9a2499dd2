using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// All that is stored against the market's model: trades minus the gap register, books, charts, on-chain points, prices, tickers, candles
/// and what is known of coins. What a lost frame or a failed round left out comes within a few rounds, so this waits, for as long as it
/// gets fewer.
/// </summary>
internal static class StoredTruth
{
    private const int LooksWithoutProgress = 12;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly string[] Exchanges = ["binance", "bithumb", "coinbase", "coinone", "kraken", "upbit"];

    public static async Task AssertAsync(ServiceProcess service, MarketModel market, ITestOutputHelper output)
    {
        await using var database = service.OpenDatabase();
        State state = null!;
        await Eventually.GetsDoneAsync(
            async () => (state = await CheckAsync(database, market, service.Simulator)).Wrong, LooksWithoutProgress, Pause,
            () => $"what is stored is the market's:\n{string.Join('\n', state.Lines)}");
        state.Lines.ToList().ForEach(output.WriteLine);
        Assert.True(state.Holds, string.Join('\n', state.Lines));
        Assert.Equal(Exchanges, state.Traded.Order(StringComparer.Ordinal));
        Assert.Equal(Exchanges, state.Booked.Order(StringComparer.Ordinal));
    }

    private static async Task<State> CheckAsync(NpgsqlDataSource database, MarketModel market, Uri simulator)
    {
        var trades = await MarketTruth.CheckAsync(database, market);
        var books = await BookTruth.CheckAsync(database, market);
        var series = await SeriesTruth.CheckAsync(database, market, simulator);
        var latest = await LatestTruth.CheckAsync(database, market);
        var coins = await CoinTruth.CheckAsync(database, market);
        var candles = await CandleTruth.CheckAsync(database);
        return new State(trades, books, [.. series, .. latest, .. coins], candles);
    }

    private sealed record State(
        IReadOnlyList<MarketTruth.Verdict> Trades, IReadOnlyList<Verdict> Books, IReadOnlyList<Verdict> Others, Verdict Candles)
    {
        public bool Holds => Trades.All(verdict => verdict.Holds) && Books.Concat(Others).Append(Candles).All(verdict => verdict.Holds);

        public IEnumerable<string> Lines =>
            Trades.Select(verdict => verdict.ToString()).Concat(Books.Concat(Others).Append(Candles).Select(verdict => verdict.ToString()));

        public IEnumerable<string> Traded => Trades.Select(verdict => verdict.Series.Split('/')[0]).Distinct();

        public IEnumerable<string> Booked => Books.Select(verdict => verdict.What.Split(' ')[^1]);

        public long Wrong => Trades.Sum(verdict => (long)verdict.Missing + verdict.MadeUp)
            + Books.Concat(Others).Append(Candles).Sum(verdict => (long)verdict.Wrong);
    }
}
