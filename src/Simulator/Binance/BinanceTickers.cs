using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>The three tickers: one object for <c>symbol</c>, a list for <c>symbols</c> or for all.</summary>
internal sealed class BinanceTickers(MarketModel market, TradeTapes tapes, TimeProvider time)
{
    public Task DayAsync(HttpContext context) => ReplyAsync(context, WriteDay);

    public Task PriceAsync(HttpContext context) => ReplyAsync(context, (json, pair) =>
        json.WriteString("price", BinanceMarket.Eight(market.NewestTrades(pair, time.GetUtcNow(), 1)[0].Price)));

    public Task BookAsync(HttpContext context) => ReplyAsync(context, (json, pair) =>
        WriteBest(json, market.Book(pair, time.GetUtcNow(), 1)));

    private static void WriteBest(Utf8JsonWriter json, MarketBook book)
    {
        json.WriteString("bidPrice", BinanceMarket.Eight(book.Bids[0].Price));
        json.WriteString("bidQty", BinanceMarket.Eight(book.Bids[0].Quantity));
        json.WriteString("askPrice", BinanceMarket.Eight(book.Asks[0].Price));
        json.WriteString("askQty", BinanceMarket.Eight(book.Asks[0].Quantity));
    }

    private static async Task ReplyAsync(HttpContext context, Action<Utf8JsonWriter, MarketPair> write)
    {
        if (context.Request.Query.ContainsKey("symbol"))
        {
            if (await BinanceRoutes.PairAsync(context) is { } pair)
            {
                await JsonReply.WriteAsync(context, json => WriteOne(json, pair, write));
            }

            return;
        }

        if (!TrySymbols(context.Request.Query["symbols"].ToString(), out var pairs))
        {
            await BinanceRoutes.RefuseAsync(context, -1121, "Invalid symbol.");
            return;
        }

        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var pair in pairs)
            {
                WriteOne(json, pair, write);
            }

            json.WriteEndArray();
        });
    }

    private static void WriteOne(Utf8JsonWriter json, MarketPair pair, Action<Utf8JsonWriter, MarketPair> write)
    {
        json.WriteStartObject();
        json.WriteString("symbol", BinanceMarket.Symbol(pair));
        write(json, pair);
        json.WriteEndObject();
    }

    /// <summary><c>["BTCUSDT","ETHUSDT"]</c>; nothing stands for all.</summary>
    private static bool TrySymbols(string text, out IReadOnlyList<MarketPair> pairs)
    {
        var asked = text.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries).Select(symbol => symbol.Trim('"')).ToList();
        pairs = asked.Count == 0 ? BinanceMarket.Pairs : [.. asked.Select(BinanceMarket.Find).OfType<MarketPair>()];
        return asked.Count == 0 || pairs.Count == asked.Count;
    }

    private void WriteDay(Utf8JsonWriter json, MarketPair pair)
    {
        var now = time.GetUtcNow();
        var (tape, last) = (tapes.Of(pair), market.NewestTrades(pair, now, 1)[0]);
        var day = market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1));
        var (firstId, lastId) = (tape.CountBefore(now.AddDays(-1)) + 1, tape.CountBefore(now));
        json.WriteString("priceChange", BinanceMarket.Eight(last.Price - day.Open));
        var percent = (last.Price / day.Open * 100) - 100;
        json.WriteString("priceChangePercent", percent.ToString("F3", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("weightedAvgPrice", BinanceMarket.Eight(day.QuoteVolume / day.Volume));
        json.WriteString("prevClosePrice", BinanceMarket.Eight(day.Open));
        json.WriteString("lastPrice", BinanceMarket.Eight(last.Price));
        json.WriteString("lastQty", BinanceMarket.Eight(last.Quantity));
        WriteBest(json, market.Book(pair, now, 1));
        json.WriteString("openPrice", BinanceMarket.Eight(day.Open));
        json.WriteString("highPrice", BinanceMarket.Eight(day.High));
        json.WriteString("lowPrice", BinanceMarket.Eight(day.Low));
        json.WriteString("volume", BinanceMarket.Eight(day.Volume));
        json.WriteString("quoteVolume", BinanceMarket.Eight(day.QuoteVolume));
        json.WriteNumber("openTime", now.AddDays(-1).ToUnixTimeMilliseconds());
        json.WriteNumber("closeTime", now.ToUnixTimeMilliseconds());
        json.WriteNumber("firstId", BinanceMarket.BeforeFirstTradeId + firstId);
        json.WriteNumber("lastId", BinanceMarket.BeforeFirstTradeId + lastId);
        json.WriteNumber("count", lastId - firstId + 1);
    }
}
