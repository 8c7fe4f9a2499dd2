using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>The feed's frames.</summary>
internal static class CoinbaseFrames
{
    /// <summary>Levels a side that this market shows.</summary>
    public const int BookLevels = 50;

    public static byte[] Error(string reason) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteString("message", "Failed to subscribe");
        json.WriteString("reason", reason);
        json.WriteEndObject();
    });

    public static byte[] Subscriptions(IEnumerable<(string Channel, MarketPair Pair)> subscribed) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "subscriptions");
        json.WriteStartArray("channels");
        foreach (var channel in subscribed.GroupBy(entry => entry.Channel))
        {
            json.WriteStartObject();
            json.WriteString("name", channel.Key);
            json.WriteStartArray("product_ids");
            foreach (var (_, pair) in channel)
            {
                json.WriteStringValue(CoinbaseMarket.ProductOf(pair));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <param name="type"><c>match</c>, or <c>last_match</c> for the one before the subscription.</param>
    public static byte[] Match(string type, MarketPair pair, MarketTrade trade) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteNumber("trade_id", trade.Number);
        json.WriteString("maker_order_id", OrderId("maker", trade.Number));
        json.WriteString("taker_order_id", OrderId("taker", trade.Time));
        json.WriteString("side", CoinbaseMarket.MakerSide(trade));
        json.WriteString("size", CoinbaseMarket.Plain(trade.Quantity));
        json.WriteString("price", CoinbaseMarket.Plain(trade.Price));
        json.WriteString("product_id", CoinbaseMarket.ProductOf(pair));
        json.WriteNumber("sequence", CoinbaseMarket.MicrosecondsOf(trade));
        json.WriteString("time", CoinbaseMarket.Iso(CoinbaseMarket.MicrosecondsOf(trade)));
        json.WriteEndObject();
    });

    /// <summary>A second after the other, whether there was a trade or not.</summary>
    public static byte[] Heartbeat(MarketPair pair, MarketTrade last, DateTimeOffset now) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "heartbeat");
        json.WriteNumber("last_trade_id", last.Number);
        json.WriteString("product_id", CoinbaseMarket.ProductOf(pair));
        json.WriteNumber("sequence", CoinbaseMarket.MicrosecondsOf(last));
        json.WriteString("time", CoinbaseMarket.Iso(now));
        json.WriteEndObject();
    });

    public static byte[] Snapshot(MarketPair pair, MarketBook book) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "snapshot");
        json.WriteString("product_id", CoinbaseMarket.ProductOf(pair));
        WriteSide(json, "asks", book.Asks);
        WriteSide(json, "bids", book.Bids);
        json.WriteString("time", CoinbaseMarket.Iso(book.Time * 1000));
        json.WriteEndObject();
    });

    /// <summary>What has changed from one book to the next; a level that is gone has the size zero.</summary>
    public static byte[] Update(MarketPair pair, MarketBook before, MarketBook now) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "l2update");
        json.WriteString("product_id", CoinbaseMarket.ProductOf(pair));
        json.WriteStartArray("changes");
        WriteChanges(json, "buy", before.Bids, now.Bids);
        WriteChanges(json, "sell", before.Asks, now.Asks);
        json.WriteEndArray();
        json.WriteString("time", CoinbaseMarket.Iso(now.Time * 1000));
        json.WriteEndObject();
    });

    public static byte[] Ticker(MarketModel market, MarketPair pair, MarketTrade last, DateTimeOffset now) => JsonReply.Bytes(json =>
    {
        var day = market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1));
        var quote = market.QuoteAt(pair, now);
        json.WriteStartObject();
        json.WriteString("type", "ticker");
        json.WriteNumber("sequence", CoinbaseMarket.MicrosecondsOf(last));
        json.WriteString("product_id", CoinbaseMarket.ProductOf(pair));
        json.WriteString("price", CoinbaseMarket.Plain(last.Price));
        json.WriteString("open_24h", CoinbaseMarket.Plain(day.Open));
        json.WriteString("volume_24h", CoinbaseMarket.Padded(day.Volume));
        json.WriteString("low_24h", CoinbaseMarket.Plain(day.Low));
        json.WriteString("high_24h", CoinbaseMarket.Plain(day.High));
        json.WriteString("volume_30d", CoinbaseMarket.Padded(market.PairVolume(pair, now.AddDays(-30), now)));
        json.WriteString("best_bid", CoinbaseMarket.Plain(quote.Bid));
        json.WriteString("best_ask", CoinbaseMarket.Plain(quote.Ask));
        json.WriteString("side", last.TakerBought ? "buy" : "sell"); // of the taker here, unlike in a match
        json.WriteString("time", CoinbaseMarket.Iso(CoinbaseMarket.MicrosecondsOf(last)));
        json.WriteNumber("trade_id", last.Number);
        json.WriteString("last_size", CoinbaseMarket.Plain(last.Quantity));
        json.WriteEndObject();
    });

    /// <summary>An order's id that looks like one and belongs to what it is asked for.</summary>
    public static Guid OrderId(string kind, long index)
    {
        var stream = Hash.Stream(1, kind);
        return new Guid([.. BitConverter.GetBytes(Hash.Bits(stream, index)), .. BitConverter.GetBytes(Hash.Bits(stream, -index - 1))]);
    }

    private static void WriteSide(Utf8JsonWriter json, string name, IReadOnlyList<MarketLevel> levels)
    {
        json.WriteStartArray(name);
        foreach (var (price, quantity) in levels)
        {
            json.WriteStartArray();
            json.WriteStringValue(CoinbaseMarket.Plain(price));
            json.WriteStringValue(CoinbaseMarket.Plain(quantity));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteChanges(
        Utf8JsonWriter json, string side, IReadOnlyList<MarketLevel> before, IReadOnlyList<MarketLevel> now)
    {
        var (old, present) = (before.ToDictionary(level => level.Price), now.ToDictionary(level => level.Price));
        foreach (var price in old.Keys.Where(price => !present.ContainsKey(price)))
        {
            WriteChange(json, side, price, "0.00000000");
        }

        foreach (var level in now.Where(level => !old.TryGetValue(level.Price, out var known) || known != level))
        {
            WriteChange(json, side, level.Price, CoinbaseMarket.Padded(level.Quantity));
        }
    }

    private static void WriteChange(Utf8JsonWriter json, string side, decimal price, string size)
    {
        json.WriteStartArray();
        json.WriteStringValue(side);
        json.WriteStringValue(CoinbaseMarket.Plain(price));
        json.WriteStringValue(size);
        json.WriteEndArray();
    }
}
