using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>Reads one list of the REST API, on whose start the reader stands.</summary>
/// <param name="path">The list's.</param>
internal delegate void ReadList(ref Utf8JsonReader reader, in Reply reply, string path);

/// <summary>The REST replies: each is a list of like objects; an object in its place is an error.</summary>
internal sealed class QuotationLists(QuotationDialect dialect)
{
    private static readonly FieldNames MarketNames = new("market", "tick_size");

    private readonly QuotationTrades trades = new(dialect);
    private readonly QuotationBooks books = new(dialect);
    private readonly QuotationTickers tickers = new(dialect);
    private readonly QuotationCandles candles = new(dialect);

    /// <summary>A reply that is a list and nothing else.</summary>
    public Normaliser Of(ReadList read) => Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            read(ref reader, reply, "$");
        }
        else if (reply.IsObject(ref reader, "a list"))
        {
            QuotationErrors.RefuseObject(ref reader, reply, dialect.Speaker, "a list");
        }
    });

    /// <summary><c>GET /v1/trades/ticks?market=KRW-BTC</c>, newest first; see <see cref="QuotationTrades"/>.</summary>
    public void Trades(ref Utf8JsonReader reader, in Reply reply, string path)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(ref reader, reply.Json, reply, path, QuotationTrades.Names, reply.Context, trades.Read);
        ContentIds.Give(reply.Into.Records, first);
    }

    /// <summary>The same trades where the list is plain.</summary>
    public ReadPlain PlainTrades => PlainReply.List(QuotationTrades.Names, trades.Read, knowsPair: false, ContentIds.Give);

    /// <summary><c>GET /v1/orderbook?markets=KRW-BTC,KRW-ETH</c>; see <see cref="QuotationBooks"/>.</summary>
    public void Books(ref Utf8JsonReader reader, in Reply reply, string path)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(ref reader, reply.Json, reply, path, QuotationBooks.Names, reply.Context, books.ReadOfMany);
        StatedPair.RequireAskedPair(reply, first, record => ((OrderBook)record).Pair);
    }

    /// <summary><c>GET /v1/ticker?markets=KRW-BTC,KRW-ETH</c>; see <see cref="QuotationTickers"/>.</summary>
    public void Tickers(ref Utf8JsonReader reader, in Reply reply, string path)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(ref reader, reply.Json, reply, path, QuotationTickers.Names, reply.Context, tickers.ReadOfMany);
        StatedPair.RequireAskedPair(reply, first, record => ((Ticker)record).Pair);
    }

    /// <summary><c>GET /v1/candles/minutes/1?market=KRW-BTC</c>, newest first; see <see cref="QuotationCandles"/>.</summary>
    public void Candles(ref Utf8JsonReader reader, in Reply reply, string path) =>
        Elements.Read(ref reader, reply.Json, reply, path, QuotationCandles.Names, reply.Context, candles.Read);

    /// <summary>
    /// <c>GET /v1/market/all</c>: <c>[{"market":"KRW-BTC","korean_name":"비트코인","english_name":"Bitcoin"}]</c>, with details also
    /// <c>market_event</c> or <c>market_warning</c>: warnings to people, with which a market is traded all the same. A market's status is
    /// not said; its step of the price only by Upbit's <c>GET /v1/orderbook/instruments</c>, as <c>tick_size</c>.
    /// </summary>
    public void Markets(ref Utf8JsonReader reader, in Reply reply, string path)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(ref reader, reply.Json, reply, path, MarketNames, reply.Context, ReadMarket);
        StatedPair.RequireAskedPair(reply, first, record => ((Instrument)record).Pair);
    }

    private Instrument? ReadMarket(in Element market, ReplyContext context) =>
        QuotationDialect.Market.ReadStated(market, 0, out var pair) && Prices.TryRead(market, 1, out var step)
            ? new Instrument(dialect.Exchange, pair, null, step, null)
            : null;
}
