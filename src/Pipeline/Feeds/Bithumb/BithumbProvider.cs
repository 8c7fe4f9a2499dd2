using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// Bithumb (apidocs.bithumb.com): its API 2.0 below <c>/v1</c>, which speaks Upbit's Quotation API and is what the feeds ask; the socket in
/// the same manner; and the older API below <c>/public</c> with its own socket, which archives still hold. Needs no key.
/// </summary>
public sealed class BithumbProvider : IProvider
{
    internal const string Exchange = "bithumb";

    private const int TradesShown = 200;

    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);

    internal static readonly QuotationDialect Dialect =
        new(Exchange, "Bithumb", SocketBookUnit: UnixUnit.Microseconds, TickersAreTimed: true);

    private static readonly Dictionary<string, string> CandlePaths = new(StringComparer.Ordinal)
    {
        ["1m"] = "minutes/1", ["3m"] = "minutes/3", ["5m"] = "minutes/5", ["10m"] = "minutes/10", ["15m"] = "minutes/15",
        ["30m"] = "minutes/30", ["1h"] = "minutes/60", ["4h"] = "minutes/240", ["1d"] = "days", ["1w"] = "weeks",
    };

    public BithumbProvider()
    {
        var lists = new QuotationLists(Dialect);
        Normalisers = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
        {
            ["trades"] = PlainReply.Or(lists.PlainTrades, Either(lists.Trades, LegacyTrades.Read)),
            ["orderbook"] = Either(lists.Books, LegacyBooks.Read),
            ["ticker"] = Either(lists.Tickers, LegacyTickers.Read),
            ["candles"] = Either(lists.Candles, LegacyCandles.Read),
            ["markets"] = Either(lists.Markets, LegacyReply.RefuseOther),
            ["ws"] = new BithumbSocket().Normaliser,
        };
    }

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; }

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new PairSeries(Dialect, "trades", "/v1/trades/ticks?market=", $"&count={TradesShown}", TradesShown)
        {
            History = new BithumbTradeHistory(),
        },
        ["orderbook"] = new PairSeries(Dialect, "orderbook", "/v1/orderbook?markets="),
        ["ticker"] = new PairSeries(Dialect, "ticker", "/v1/ticker?markets="),
        ["candles"] = new CandleSeries(Dialect, CandlePaths, new CandleHistory(Korea)),
        ["markets"] = new MarketList("/v1/market/all?isDetails=true"),
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new QuotationPlan(Dialect, "trades", "trade"),
        ["orderbook"] = new QuotationPlan(Dialect, "orderbook", "orderbook", new BookRules(BookStart.EveryFrame)),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The public endpoints know no key.
    }

    /// <summary>A list is a reply of the API 2.0, also in the older API's envelope; an object is one of the older API, or either's
    /// error.</summary>
    private static Normaliser Either(ReadList list, ReplyBody legacy) => Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            list(ref reader, reply, "$");
        }
        else if (reply.IsObject(ref reader, "a list, or an object with status and data"))
        {
            if (LegacyReply.TryList(reader, reply.Json, out var data))
            {
                var inner = LegacyReply.Open(data);
                list(ref inner, new Reply(data, reply.Context, reply.Into), "$.data");
            }
            else
            {
                legacy(ref reader, reply);
            }
        }
    });
}
