using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using Npgsql;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>Trades of one exchange into a database, and candles out of it, under a clock of its own.</summary>
internal sealed class CandleRun
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly CandleBuilder builder;

    public CandleRun(NpgsqlDataSource database, string exchange, DateTimeOffset now)
    {
        (Exchange, Time) = (exchange, new FakeTimeProvider(now));
        var pairs = new PairCatalogue(database);
        Trades = new TradeStore(database, pairs, Time);
        Provided = new ProviderCandleStore(database, pairs, Time);
        builder = new CandleBuilder(database, Time);
        Store = new CandleStore(database, pairs, () => new CandleSettings(TimeSpan.FromSeconds(1), 1, Grace), Time);
    }

    public string Exchange { get; }

    public FakeTimeProvider Time { get; }

    public TradeStore Trades { get; }

    public ProviderCandleStore Provided { get; }

    public CandleStore Store { get; }

    /// <param name="second">Since <see cref="Start"/>.</param>
    public Trade Trade(double second, string id, decimal price, decimal quantity = 1, string pair = "btc-krw") =>
        new(Exchange, pair, id, price, quantity, TakerSide.Buy, ProviderTime.From(Start.AddSeconds(second), 3));

    public async Task WriteAsync(params IReadOnlyList<Trade> trades) => await Trades.AppendAsync(trades, Time.GetUtcNow(), [], default);

    /// <summary>Recomputes until nothing is left that was touched, by whichever run.</summary>
    public async Task BuildAsync()
    {
        while ((await builder.BuildAsync(200, default)).Minutes > 0)
        {
        }
    }

    public async Task<IReadOnlyList<NormalisedRecord>> AllAsync(
        string interval, DateTimeOffset? asOf = null, CandleFill fill = CandleFill.None, string pair = "btc-krw") =>
        (await PageAsync(interval, new PageRequest(DateTimeOffset.UnixEpoch, null, 10_000, null), asOf, fill, pair)).Page.Records;

    public Task<CandlePage> PageAsync(
        string interval, PageRequest page, DateTimeOffset? asOf = null, CandleFill fill = CandleFill.None, string pair = "btc-krw") =>
        Store.ReadAsync(new CandleQuery(Exchange, pair, interval, fill, asOf), page, default);

    /// <summary>Whether the candles are those that the oracle makes of the trades; <c>final</c> aside.</summary>
    public static void AssertSame(IEnumerable<Trade> trades, string interval, IReadOnlyList<NormalisedRecord> read) =>
        Assert.Equal(CandleOracle.Of(trades, interval), read.Select(record => (Candle)record with { Final = null }));
}
