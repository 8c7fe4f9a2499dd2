using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// Three replies say how a product stands. Exchange's <c>/products/BTC-USD/ticker</c>: <c>{"trade_id":…,"price":…,"size":…,"time":…,
/// "bid":…,"ask":…,"volume":…}</c>; its <c>/products/BTC-USD/stats</c>: <c>{"open":…,"high":…,"low":…,"last":…,"volume":…}</c>, with no
/// time; and Advanced Trade's <c>/market/products/BTC-USD/ticker</c>: the newest trades with <c>best_bid</c> and <c>best_ask</c>, whose
/// last price and time are the newest trade's.
/// </summary>
internal static class CoinbaseTickers
{
    private const int Trades = 8;
    private const int Product = 9;

    private const string Expected = "an object with price, bid and ask, or with last, high and low";

    private static readonly FieldNames Names =
        new("price|last", "bid|best_bid", "ask|best_ask", "high", "low", "volume|volume_24h", "time", "open", "trades", "product_id");

    private static readonly FieldNames SocketNames =
        new("price", "best_bid", "best_ask", "high_24_h", "low_24_h", "volume_24_h", "product_id");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <summary>The tickers of an event of Advanced Trade's socket; their time is the frame's.</summary>
    public static void ReadEvent(ReadOnlySpan<byte> list, in Reply reply, string path, ProviderTime? time)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(list, reply, path, SocketNames, reply.Context, ReadSocketTicker);
        for (var i = first; i < reply.Into.Records.Count; i++)
        {
            reply.Into.Records[i] = (Ticker)reply.Into.Records[i] with { Time = time };
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var ticker = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (ticker[Trades].Type is JsonTokenType.StartArray)
        {
            ReadNewestTrades(reply, ticker);
        }
        else if (!ticker.Has(0) && !ticker.Has(1) && !ticker.Has(2) && !ticker.Has(3) && !ticker.Has(7))
        {
            CoinbaseErrors.Refuse(reply, Expected);
        }
        else if ((ticker.Has(Product) || CoinbaseProducts.Asked(reply) is not null)
            && CoinbaseProducts.Of(ticker, Product, reply.Context.Pair, out var pair)
            && TryPrices(ticker, out var last, out var bid, out var ask, out var high, out var low, out var volume)
            && ticker.OptionalIsoTime(6, out var time))
        {
            reply.Into.Records.Add(new Ticker(CoinbaseProvider.Exchange, pair, last, bid, ask, high, low, volume, time));
        }
    }

    /// <summary>Of the trades the newest says the last price; they are no records of this dataset.</summary>
    private static void ReadNewestTrades(in Reply reply, in Element head)
    {
        var first = reply.Into.Records.Count;
        Elements.Read(
            head[Trades].Of(reply.Json), reply, "$.trades", CoinbaseTrades.Names, reply.Context, CoinbaseTrades.ReadTrade);
        var newest = reply.Into.Records.Skip(first).Cast<Trade>().MaxBy(trade => trade.Time.UnixNanoseconds);
        reply.Into.Records.RemoveRange(first, reply.Into.Records.Count - first);
        if ((newest?.Pair ?? CoinbaseProducts.Asked(reply)) is { } pair
            && Prices.TryRead(head, 1, out var bid) && Prices.TryRead(head, 2, out var ask))
        {
            reply.Into.Records.Add(
                new Ticker(CoinbaseProvider.Exchange, pair, newest?.Price, bid, ask, null, null, null, newest?.Time));
        }
    }

    private static Ticker? ReadSocketTicker(in Element ticker, ReplyContext context) =>
        CoinbaseProducts.Of(ticker, 6, context.Pair, out var pair)
        && TryPrices(ticker, out var last, out var bid, out var ask, out var high, out var low, out var volume)
            ? new Ticker(CoinbaseProvider.Exchange, pair, last, bid, ask, high, low, volume, null)
            : null;

    /// <summary>The first six fields of both tables.</summary>
    private static bool TryPrices(
        in Element ticker, out MarketNumber? last, out MarketNumber? bid, out MarketNumber? ask, out MarketNumber? high,
        out MarketNumber? low, out MarketNumber? volume)
    {
        bid = ask = high = low = volume = null;
        return Prices.TryRead(ticker, 0, out last)
            && Prices.TryRead(ticker, 1, out bid)
            && Prices.TryRead(ticker, 2, out ask)
            && Prices.TryRead(ticker, 3, out high)
            && Prices.TryRead(ticker, 4, out low)
            && ticker.OptionalDecimal(5, Sign.NotNegative, out volume);
    }
}
