using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Quotation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Bithumb;

/// <summary>
/// The older API below <c>/bithumb/public</c>: <c>{"status":"0000","data":…}</c> under HTTP 200 always, markets target first
/// (<c>BTC_KRW</c>, <c>ALL_KRW</c>; KRW may be left out), numbers as strings, times in Korean local time.
/// </summary>
internal sealed class LegacyRoutes(QuotationTraits traits, SimulatedWorld world)
{
    private const int BookLevels = 30;
    private const int AllBookLevels = 5;

    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);

    private static readonly Dictionary<string, TimeSpan> Intervals = new()
    {
        ["1m"] = TimeSpan.FromMinutes(1), ["3m"] = TimeSpan.FromMinutes(3), ["5m"] = TimeSpan.FromMinutes(5),
        ["10m"] = TimeSpan.FromMinutes(10), ["30m"] = TimeSpan.FromMinutes(30), ["1h"] = TimeSpan.FromHours(1),
        ["6h"] = TimeSpan.FromHours(6), ["12h"] = TimeSpan.FromHours(12), ["24h"] = TimeSpan.FromHours(24),
    };

    public static void Map(IEndpointRouteBuilder app, QuotationTraits traits, SimulatedWorld world)
    {
        var routes = new LegacyRoutes(traits, world);
        var api = app.MapGroup("/bithumb/public");
        api.MapGet("/ticker/{market}", context => routes.AnswerAsync(context, routes.WriteTicker, routes.WriteTickers));
        api.MapGet("/orderbook/{market}", context => routes.AnswerAsync(context, routes.WriteBook, routes.WriteBooks));
        api.MapGet("/transaction_history/{market}", routes.TradesAsync);
        api.MapGet("/candlestick/{market}/{interval}", routes.CandlesAsync);
    }

    public static string Error(string code, string message) => $$"""{"status":"{{code}}","message":"{{message}}"}""";

    private static Task RefuseMarketAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, Error("5500", "상장 코인 아님"), StatusCodes.Status200OK);

    private static Task RefuseParameterAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, Error("5500", "Invalid Parameter"), StatusCodes.Status200OK);

    private static Task ReplyAsync(HttpContext context, Action<Utf8JsonWriter> writeData) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "0000");
        json.WritePropertyName("data");
        writeData(json);
        json.WriteEndObject();
    });

    /// <summary>The pairs that a route names: one, or all of a quote.</summary>
    private (List<MarketPair> Pairs, bool IsAll, string Quote) Selected(HttpContext context)
    {
        var legs = (context.Request.RouteValues["market"]?.ToString() ?? "").ToLowerInvariant().Split('_');
        var (target, quote) = (legs[0], legs.ElementAtOrDefault(1) ?? "krw");
        var isAll = target == "all";
        return ([.. traits.Pairs.Where(pair => pair.Quote == quote && (isAll || pair.Target == target))], isAll, quote);
    }

    private Task AnswerAsync(
        HttpContext context, Action<Utf8JsonWriter, MarketPair> writeOne, Action<Utf8JsonWriter, List<MarketPair>, string> writeAll)
    {
        var (pairs, isAll, quote) = Selected(context);
        return pairs.Count == 0 ? RefuseMarketAsync(context) : ReplyAsync(context, json =>
        {
            json.WriteStartObject();
            if (isAll)
            {
                writeAll(json, pairs, quote);
            }
            else
            {
                writeOne(json, pairs[0]);
            }

            json.WriteEndObject();
        });
    }

    private void WriteTickers(Utf8JsonWriter json, List<MarketPair> pairs, string quote)
    {
        foreach (var pair in pairs)
        {
            json.WriteStartObject(pair.Target.ToUpperInvariant());
            WritePrices(json, pair);
            json.WriteEndObject();
        }

        json.WriteString("date", NowText());
    }

    private void WriteTicker(Utf8JsonWriter json, MarketPair pair)
    {
        WritePrices(json, pair);
        json.WriteString("date", NowText());
    }

    private void WritePrices(Utf8JsonWriter json, MarketPair pair)
    {
        var now = world.Time.GetUtcNow();
        var midnight = new DateTimeOffset(now.ToOffset(Korea).Date, Korea);
        var (day, hours24) = (world.Market.Candle(pair, midnight, now.AddMilliseconds(1)),
            world.Market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1)));
        var last = world.Market.NewestTrades(pair, now, 1)[0].Price;
        var before = world.Market.QuoteAt(pair, now.AddDays(-1)).Bid;
        json.WriteString("opening_price", NumberText.Plain(day.Open));
        json.WriteString("closing_price", NumberText.Plain(last));
        json.WriteString("min_price", NumberText.Plain(day.Low));
        json.WriteString("max_price", NumberText.Plain(day.High));
        json.WriteString("units_traded", NumberText.Plain(day.Volume));
        json.WriteString("acc_trade_value", NumberText.Plain(day.QuoteVolume));
        json.WriteString("prev_closing_price", NumberText.Plain(world.Market.QuoteAt(pair, midnight).Bid));
        json.WriteString("units_traded_24H", NumberText.Plain(hours24.Volume));
        json.WriteString("acc_trade_value_24H", NumberText.Plain(hours24.QuoteVolume));
        json.WriteString("fluctate_24H", NumberText.Plain(last - before));
        json.WriteString("fluctate_rate_24H", NumberText.Plain(Math.Round((last - before) / before * 100, 2)));
    }

    private void WriteBook(Utf8JsonWriter json, MarketPair pair)
    {
        json.WriteString("timestamp", NowText());
        json.WriteString("payment_currency", pair.Quote.ToUpperInvariant());
        WriteSides(json, pair, BookLevels);
    }

    private void WriteBooks(Utf8JsonWriter json, List<MarketPair> pairs, string quote)
    {
        json.WriteString("timestamp", NowText());
        json.WriteString("payment_currency", quote.ToUpperInvariant());
        foreach (var pair in pairs)
        {
            json.WriteStartObject(pair.Target.ToUpperInvariant());
            WriteSides(json, pair, AllBookLevels);
            json.WriteEndObject();
        }
    }

    private void WriteSides(Utf8JsonWriter json, MarketPair pair, int levels)
    {
        var book = world.Market.Book(pair, world.Time.GetUtcNow(), levels);
        json.WriteString("order_currency", pair.Target.ToUpperInvariant());
        foreach (var (name, side) in new[] { ("bids", book.Bids), ("asks", book.Asks) })
        {
            json.WriteStartArray(name);
            foreach (var level in side)
            {
                json.WriteStartObject();
                json.WriteString("price", NumberText.Plain(level.Price));
                json.WriteString("quantity", NumberText.Plain(traits.BookSize(level.Quantity)));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private Task TradesAsync(HttpContext context)
    {
        const int Most = 100;
        if (Selected(context) is not { IsAll: false, Pairs: [var pair, ..] })
        {
            return RefuseMarketAsync(context);
        }

        return !QuotationRoutes.TryNumber(context, "count", 20, Most, out var count) ? RefuseParameterAsync(context)
            : ReplyAsync(context, json =>
            {
                json.WriteStartArray();
                foreach (var trade in world.Market.NewestTrades(pair, world.Time.GetUtcNow(), count))
                {
                    json.WriteStartObject();
                    var local = DateTimeOffset.FromUnixTimeMilliseconds(trade.Time).ToOffset(Korea);
                    json.WriteString("transaction_date", QuotationReplies.Text(local, "yyyy-MM-dd HH:mm:ss"));
                    json.WriteString("type", trade.TakerBought ? "bid" : "ask");
                    json.WriteString("units_traded", NumberText.Plain(trade.Quantity));
                    json.WriteString("price", NumberText.Plain(trade.Price));
                    json.WriteString("total", NumberText.Plain(Math.Floor(trade.Price * trade.Quantity)));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
    }

    /// <summary>Oldest first: time, open, close, high, low, volume.</summary>
    private Task CandlesAsync(HttpContext context)
    {
        const int Shown = 200;
        if (Selected(context) is not { IsAll: false, Pairs: [var pair, ..] })
        {
            return RefuseMarketAsync(context);
        }

        if (!Intervals.TryGetValue(context.Request.RouteValues["interval"]?.ToString() ?? "", out var length))
        {
            return RefuseParameterAsync(context);
        }

        var now = world.Time.GetUtcNow();
        var last = DateTimeOffset.UnixEpoch + (length * Math.Floor((now - DateTimeOffset.UnixEpoch) / length));
        return ReplyAsync(context, json =>
        {
            json.WriteStartArray();
            for (var from = last - (length * (Shown - 1)); from <= last; from += length)
            {
                var candle = world.Market.Candle(pair, from, from + length <= now ? from + length : now.AddMilliseconds(1));
                json.WriteStartArray();
                json.WriteNumberValue(candle.OpenTime);
                foreach (var value in new[] { candle.Open, candle.Close, candle.High, candle.Low, candle.Volume })
                {
                    json.WriteStringValue(NumberText.Plain(value));
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        });
    }

    private string NowText() => world.Time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
