using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>The socket's data frames of one market, in the format DEFAULT or, with short keys, SIMPLE.</summary>
internal sealed class QuotationFrames(QuotationTraits traits, MarketPair pair, bool isSimple)
{
    public static byte[] Status() => """{"status":"UP"}"""u8.ToArray();

    public static byte[] Error(string name, string message) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public byte[] Trade(MarketTrade trade, DateTimeOffset now, string stream)
    {
        var local = DateTimeOffset.FromUnixTimeMilliseconds(trade.Time).ToOffset(traits.Offset);
        return Frame("trade", stream, json =>
        {
            json.WriteNumber(Key("timestamp", "tms"), now.ToUnixTimeMilliseconds());
            json.WriteString(Key("trade_date", "td"), QuotationReplies.Text(local, "yyyy-MM-dd"));
            json.WriteString(Key("trade_time", "ttm"), QuotationReplies.Text(local, "HH:mm:ss"));
            json.WriteNumber(Key("trade_timestamp", "ttms"), trade.Time);
            json.Raw(Key("trade_price", "tp"), traits.Numbers.Trade(trade.Price));
            json.Raw(Key("trade_volume", "tv"), traits.Numbers.Trade(trade.Quantity));
            json.WriteString(Key("ask_bid", "ab"), trade.TakerBought ? "BID" : "ASK");
            json.WriteNumber(Key("sequential_id", "sid"), traits.IdOf(trade));
        });
    }

    public byte[] Book(MarketBook book, string stream) => Frame("orderbook", stream, json =>
    {
        json.WriteNumber(Key("timestamp", "tms"), traits.SocketBookTime(book.Time));
        json.Raw(Key("total_ask_size", "tas"), NumberText.Plain(book.Asks.Sum(level => traits.BookSize(level.Quantity))));
        json.Raw(Key("total_bid_size", "tbs"), NumberText.Plain(book.Bids.Sum(level => traits.BookSize(level.Quantity))));
        json.WriteStartArray(Key("orderbook_units", "obu"));
        foreach (var (ask, bid) in book.Asks.Zip(book.Bids))
        {
            json.WriteStartObject();
            json.Raw(Key("ask_price", "ap"), traits.Numbers.Price(ask.Price, isSimple));
            json.Raw(Key("bid_price", "bp"), traits.Numbers.Price(bid.Price, isSimple));
            json.Raw(Key("ask_size", "as"), traits.Numbers.Size(traits.BookSize(ask.Quantity), isSimple));
            json.Raw(Key("bid_size", "bs"), traits.Numbers.Size(traits.BookSize(bid.Quantity), isSimple));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber(Key("level", "lv"), 0);
    });

    public byte[] Ticker(QuotationTicker ticker, string stream) => Frame("ticker", stream, json =>
    {
        var local = DateTimeOffset.FromUnixTimeMilliseconds(ticker.Last.Time).ToOffset(traits.Offset);
        json.Number(Key("opening_price", "op"), ticker.Day.Open);
        json.Number(Key("high_price", "hp"), ticker.Day.High);
        json.Number(Key("low_price", "lp"), ticker.Day.Low);
        json.Number(Key("trade_price", "tp"), ticker.Last.Price);
        json.Number(Key("prev_closing_price", "pcp"), ticker.PreviousClose);
        json.WriteString(Key("change", "c"), ticker.Change);
        json.Number(Key("signed_change_price", "scp"), ticker.ChangePrice);
        json.Number(Key("signed_change_rate", "scr"), ticker.ChangeRate);
        json.Number(Key("acc_trade_volume", "atv"), ticker.Day.Volume);
        json.Number(Key("acc_trade_volume_24h", "atv24h"), ticker.Hours24.Volume);
        json.Number(Key("acc_trade_price_24h", "atp24h"), ticker.Hours24.QuoteVolume);
        json.WriteString(Key("trade_date", "tdt"), QuotationReplies.Text(local, "yyyyMMdd"));
        json.WriteString(Key("trade_time", "ttm"), QuotationReplies.Text(local, "HHmmss"));
        json.WriteNumber(Key("trade_timestamp", "ttms"), ticker.Last.Time);
        json.WriteString(Key("market_state", "ms"), "ACTIVE");
        json.WriteBoolean(Key("is_trading_suspended", "its"), false);
        json.WriteString(Key("delisting_date", "dd"), "");
        json.WriteString(Key("market_warning", "mw"), "NONE");
        json.WriteNumber(Key("timestamp", "tms"), ticker.Now.ToUnixTimeMilliseconds());
    });

    private byte[] Frame(string type, string stream, Action<Utf8JsonWriter> write) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString(Key("type", "ty"), type);
        json.WriteString(Key("code", "cd"), QuotationTraits.CodeOf(pair));
        write(json);
        json.WriteString(Key("stream_type", "st"), stream);
        json.WriteEndObject();
    });

    private string Key(string whole, string initials) => isSimple ? initials : whole;
}
