using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>The socket's frames, in the long form and in the short one (<c>"format":"SHORT"</c>), whose keys are initials.</summary>
internal static class CoinoneFrames
{
    public static byte[] Connected(Guid session) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("response_type", "CONNECTED");
        json.WriteStartObject("data");
        json.WriteString("session_id", session);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static byte[] Pong() => """{"response_type":"PONG"}"""u8.ToArray();

    public static byte[] Error(int code, string message) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("response_type", "ERROR");
        json.WriteNumber("error_code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
    });

    /// <summary>SUBSCRIBED or UNSUBSCRIBED: always in the long form, with the topic as it was sent.</summary>
    public static byte[] Acknowledged(string type, CoinoneRequest request) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("response_type", type);
        json.WriteString("channel", request.Channel);
        json.WritePropertyName("data");
        request.Topic.WriteTo(json);
        json.WriteEndObject();
    });

    public static byte[] Trade(MarketPair pair, MarketTrade trade, bool shortKeys) => Data("TRADE", pair, shortKeys, (json, key) =>
    {
        json.WriteString(key("id", "i"), trade.Id);
        json.WriteNumber(key("timestamp", "t"), trade.Time);
        json.WriteString(key("price", "p"), CoinoneReplies.Plain(trade.Price));
        json.WriteString(key("qty", "q"), CoinoneReplies.Plain(trade.Quantity));
        json.WriteBoolean(key("is_seller_maker", "sm"), trade.TakerBought);
    });

    /// <summary>Asks worst first, bids best first: the socket's own order, unlike REST's.</summary>
    public static byte[] Book(MarketPair pair, MarketBook book, bool shortKeys) => Data("ORDERBOOK", pair, shortKeys, (json, key) =>
    {
        json.WriteNumber(key("timestamp", "t"), book.Time);
        json.WriteString(key("id", "i"), CoinoneReplies.Id(book.Time));
        WriteLevels(json, key("asks", "a"), book.Asks.Reverse(), key);
        WriteLevels(json, key("bids", "b"), book.Bids, key);
    });

    public static byte[] Ticker(CoinoneTicker ticker, bool shortKeys) => Data("TICKER", ticker.Pair, shortKeys, (json, key) =>
    {
        var (day, yesterday) = (ticker.Day, ticker.Yesterday);
        json.WriteNumber(key("timestamp", "t"), ticker.Last.Time);
        json.WriteString(key("quote_volume", "qv"), CoinoneReplies.Plain(day.QuoteVolume));
        json.WriteString(key("target_volume", "tv"), CoinoneReplies.Plain(day.Volume));
        json.WriteString(key("high", "hi"), CoinoneReplies.Plain(day.High));
        json.WriteString(key("low", "lo"), CoinoneReplies.Plain(day.Low));
        json.WriteString(key("first", "fi"), CoinoneReplies.Plain(day.Open));
        json.WriteString(key("last", "la"), CoinoneReplies.Plain(ticker.Last.Price));
        json.WriteString(key("volume_power", "vp"), "100");
        WriteBest(json, key("ask_best_price", "abp"), key("ask_best_qty", "abq"), ticker.Book.Asks[0]);
        WriteBest(json, key("bid_best_price", "bbp"), key("bid_best_qty", "bbq"), ticker.Book.Bids[0]);
        json.WriteString(key("id", "i"), ticker.Last.Id);
        json.WriteString(key("yesterday_high", "yhi"), CoinoneReplies.Plain(yesterday.High));
        json.WriteString(key("yesterday_low", "ylo"), CoinoneReplies.Plain(yesterday.Low));
        json.WriteString(key("yesterday_first", "yfi"), CoinoneReplies.Plain(yesterday.Open));
        json.WriteString(key("yesterday_last", "yla"), CoinoneReplies.Plain(yesterday.Close));
        json.WriteString(key("yesterday_quote_volume", "yqv"), CoinoneReplies.Plain(yesterday.QuoteVolume));
        json.WriteString(key("yesterday_target_volume", "ytv"), CoinoneReplies.Plain(yesterday.Volume));
    });

    private static byte[] Data(string channel, MarketPair pair, bool shortKeys, Action<Utf8JsonWriter, Func<string, string, string>> write)
    {
        string Key(string whole, string initials) => shortKeys ? initials : whole;

        return JsonReply.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString(Key("response_type", "r"), "DATA");
            json.WriteString(Key("channel", "c"), channel);
            json.WriteStartObject(Key("data", "d"));
            json.WriteString(Key("quote_currency", "qc"), pair.Quote.ToUpperInvariant());
            json.WriteString(Key("target_currency", "tc"), pair.Target.ToUpperInvariant());
            write(json, Key);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void WriteBest(Utf8JsonWriter json, string price, string quantity, MarketLevel level)
    {
        json.WriteString(price, CoinoneReplies.Plain(level.Price));
        json.WriteString(quantity, CoinoneReplies.Plain(level.Quantity));
    }

    private static void WriteLevels(Utf8JsonWriter json, string name, IEnumerable<MarketLevel> levels, Func<string, string, string> key)
    {
        json.WriteStartArray(name);
        foreach (var level in levels)
        {
            json.WriteStartObject();
            WriteBest(json, key("price", "p"), key("qty", "q"), level);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
