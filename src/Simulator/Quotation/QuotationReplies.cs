using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>The elements of REST lists.</summary>
internal static class QuotationReplies
{
    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);

    private static readonly Dictionary<string, string> KoreanNames = new()
    {
        ["bitcoin"] = "비트코인", ["ethereum"] = "이더리움", ["ripple"] = "리플", ["solana"] = "솔라나", ["dogecoin"] = "도지코인",
        ["cardano"] = "에이다", ["chainlink"] = "체인링크", ["ethereum-classic"] = "이더리움클래식", ["tether"] = "테더",
    };

    private static readonly string[] Cautions =
    [
        "PRICE_FLUCTUATIONS", "TRADING_VOLUME_SOARING", "DEPOSIT_AMOUNT_SOARING", "GLOBAL_PRICE_DIFFERENCES",
        "CONCENTRATION_OF_SMALL_ACCOUNTS",
    ];

    public static void WriteMarket(Utf8JsonWriter json, MarketPair pair, bool withDetails)
    {
        json.WriteStartObject();
        json.WriteString("market", QuotationTraits.CodeOf(pair));
        json.WriteString("korean_name", KoreanNames[pair.AssetId]);
        json.WriteString("english_name", Catalogue.Find(pair.AssetId)!.Name);
        if (withDetails)
        {
            json.WriteStartObject("market_event");
            json.WriteBoolean("warning", false);
            json.WriteStartObject("caution");
            foreach (var caution in Cautions)
            {
                json.WriteBoolean(caution, false);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void WriteTrade(Utf8JsonWriter json, QuotationTraits traits, MarketPair pair, MarketTrade trade, decimal previousClose)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(trade.Time);
        json.WriteStartObject();
        json.WriteString("market", QuotationTraits.CodeOf(pair));
        json.WriteString("trade_date_utc", Text(time, "yyyy-MM-dd"));
        json.WriteString("trade_time_utc", Text(time, "HH:mm:ss"));
        json.WriteNumber("timestamp", trade.Time);
        json.Raw("trade_price", traits.Numbers.RestPrice(trade.Price));
        json.Raw("trade_volume", NumberText.Padded(trade.Quantity));
        json.Raw("prev_closing_price", traits.Numbers.RestPrice(previousClose));
        json.Raw("change_price", traits.Numbers.RestPrice(trade.Price - previousClose));
        json.WriteString("ask_bid", trade.TakerBought ? "BID" : "ASK");
        json.WriteNumber("sequential_id", traits.IdOf(trade));
        json.WriteEndObject();
    }

    public static void WriteBook(Utf8JsonWriter json, QuotationTraits traits, MarketPair pair, MarketBook book)
    {
        json.WriteStartObject();
        json.WriteString("market", QuotationTraits.CodeOf(pair));
        json.WriteNumber("timestamp", book.Time);
        json.Raw("total_ask_size", NumberText.Plain(book.Asks.Sum(level => traits.BookSize(level.Quantity))));
        json.Raw("total_bid_size", NumberText.Plain(book.Bids.Sum(level => traits.BookSize(level.Quantity))));
        json.WriteStartArray("orderbook_units");
        foreach (var (ask, bid) in book.Asks.Zip(book.Bids))
        {
            json.WriteStartObject();
            json.Raw("ask_price", NumberText.Plain(ask.Price));
            json.Raw("bid_price", NumberText.Plain(bid.Price));
            json.Raw("ask_size", NumberText.Plain(traits.BookSize(ask.Quantity)));
            json.Raw("bid_size", NumberText.Plain(traits.BookSize(bid.Quantity)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("level", 0);
        json.WriteEndObject();
    }

    public static void WriteTicker(Utf8JsonWriter json, QuotationTicker ticker)
    {
        var (day, last) = (ticker.Day, DateTimeOffset.FromUnixTimeMilliseconds(ticker.Last.Time));
        json.WriteStartObject();
        json.WriteString("market", QuotationTraits.CodeOf(ticker.Pair));
        json.WriteString("trade_date", Text(last, "yyyyMMdd"));
        json.WriteString("trade_time", Text(last, "HHmmss"));
        json.WriteString("trade_date_kst", Text(last.ToOffset(Korea), "yyyyMMdd"));
        json.WriteString("trade_time_kst", Text(last.ToOffset(Korea), "HHmmss"));
        json.WriteNumber("trade_timestamp", ticker.Last.Time);
        json.Number("opening_price", day.Open);
        json.Number("high_price", day.High);
        json.Number("low_price", day.Low);
        json.Number("trade_price", ticker.Last.Price);
        json.Number("prev_closing_price", ticker.PreviousClose);
        json.WriteString("change", ticker.Change);
        json.Number("change_price", Math.Abs(ticker.ChangePrice));
        json.Number("change_rate", Math.Abs(ticker.ChangeRate));
        json.Number("signed_change_price", ticker.ChangePrice);
        json.Number("signed_change_rate", ticker.ChangeRate);
        json.Number("trade_volume", ticker.Last.Quantity);
        json.Number("acc_trade_price", day.QuoteVolume);
        json.Number("acc_trade_price_24h", ticker.Hours24.QuoteVolume);
        json.Number("acc_trade_volume", day.Volume);
        json.Number("acc_trade_volume_24h", ticker.Hours24.Volume);
        json.Number("highest_52_week_price", ticker.Highest.Price);
        json.WriteString("highest_52_week_date", Text(ticker.Highest.Time, "yyyy-MM-dd"));
        json.Number("lowest_52_week_price", ticker.Lowest.Price);
        json.WriteString("lowest_52_week_date", Text(ticker.Lowest.Time, "yyyy-MM-dd"));
        json.WriteNumber("timestamp", ticker.Now.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    public static string Text(DateTimeOffset time, string form) => time.ToString(form, CultureInfo.InvariantCulture);

    /// <summary>A number as it is spelt.</summary>
    public static void Raw(this Utf8JsonWriter json, string name, string number)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(number);
    }
}
