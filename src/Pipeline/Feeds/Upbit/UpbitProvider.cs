using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Upbit;

/// <summary>Upbit's Quotation API and its socket (docs.upbit.com). Needs no key.</summary>
public sealed class UpbitProvider : IProvider
{
    internal const string Exchange = "upbit";

    /// <summary>The documentation has promised 500 and 200 at different times; 200 are shown in either case.</summary>
    private const int TradesShown = 200;

    private static readonly QuotationDialect Dialect = new(Exchange, "Upbit", SocketBookUnit: UnixUnit.Milliseconds);

    private static readonly Dictionary<string, string> CandlePaths = new(StringComparer.Ordinal)
    {
        ["1s"] = "seconds", ["1m"] = "minutes/1", ["3m"] = "minutes/3", ["5m"] = "minutes/5", ["10m"] = "minutes/10",
        ["15m"] = "minutes/15", ["30m"] = "minutes/30", ["1h"] = "minutes/60", ["4h"] = "minutes/240", ["1d"] = "days", ["1w"] = "weeks",
    };

    public UpbitProvider()
    {
        var lists = new QuotationLists(Dialect);
        Normalisers = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
        {
            ["trades"] = PlainReply.Or(lists.PlainTrades, lists.Of(lists.Trades)),
            ["orderbook"] = lists.Of(lists.Books),
            ["ticker"] = lists.Of(lists.Tickers),
            ["candles"] = lists.Of(lists.Candles),
            ["markets"] = lists.Of(lists.Markets),
            ["ws"] = new QuotationSocket(Dialect).Normaliser,
        };
    }

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; }

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new PairSeries(Dialect, "trades", "/v1/trades/ticks?market=", $"&count={TradesShown}", TradesShown)
        {
            History = new UpbitTradeHistory(),
        },
        ["orderbook"] = new PairSeries(Dialect, "orderbook", "/v1/orderbook?markets="),
        ["ticker"] = new PairSeries(Dialect, "ticker", "/v1/ticker?markets="),
        ["candles"] = new CandleSeries(Dialect, CandlePaths, new CandleHistory(offset: TimeSpan.Zero)),
        ["markets"] = new MarketList("/v1/market/all?is_details=true"),
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new QuotationPlan(Dialect, "trades", "trade"),
        ["orderbook"] = new QuotationPlan(Dialect, "orderbook", "orderbook", new BookRules(BookStart.EveryFrame)),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The quotation endpoints know no key.
    }
}
