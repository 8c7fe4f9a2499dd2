using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>Coinbase Exchange's public REST API under <c>/coinbase</c>.</summary>
internal sealed class CoinbaseRoutes(MarketModel market, TimeProvider time)
{
    private const int MostTrades = 1000;

    public static void Map(IEndpointRouteBuilder app, MarketModel market, TimeProvider time)
    {
        var routes = new CoinbaseRoutes(market, time);
        var candles = new CoinbaseCandles(market, time);
        var api = app.MapGroup("/coinbase");
        api.MapGet("/time", routes.TimeAsync);
        api.MapGet("/currencies", CurrenciesAsync);
        api.MapGet("/products", routes.ProductsAsync);
        api.MapGet("/products/{product}", context => Of(context, routes.ProductAsync));
        api.MapGet("/products/{product}/book", context => Of(context, routes.BookAsync));
        api.MapGet("/products/{product}/ticker", context => Of(context, routes.TickerAsync));
        api.MapGet("/products/{product}/trades", context => Of(context, routes.TradesAsync));
        api.MapGet("/products/{product}/candles", context => Of(context, candles.HandleAsync));
        api.MapGet("/products/{product}/stats", context => Of(context, routes.StatsAsync));
        api.MapFallback(context => RefuseAsync(context, StatusCodes.Status404NotFound, "NotFound"));
    }

    internal static Task RefuseAsync(HttpContext context, int status, string message) =>
        JsonReply.WriteAsync(context, SimulatedCoinbase.Message(message), status);

    internal static bool TryNumber(string? text, long without, long most, out long number)
    {
        number = without;
        return string.IsNullOrEmpty(text)
            || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most);
    }

    private static Task Of(HttpContext context, Func<HttpContext, MarketPair, Task> answer) =>
        CoinbaseMarket.Find(context.Request.RouteValues["product"]?.ToString()) is { } pair
            ? answer(context, pair)
            : RefuseAsync(context, StatusCodes.Status404NotFound, "NotFound");

    private Task TimeAsync(HttpContext context) => JsonReply.WriteAsync(context, json =>
    {
        var now = time.GetUtcNow();
        json.WriteStartObject();
        json.WriteString("iso", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteNumber("epoch", now.ToUnixTimeMilliseconds() / 1000m);
        json.WriteEndObject();
    });

    private static Task CurrenciesAsync(HttpContext context) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var asset in CoinbaseMarket.Pairs.Select(pair => Catalogue.Find(pair.AssetId)!).Distinct())
        {
            json.WriteStartObject();
            json.WriteString("id", asset.Symbol.ToUpperInvariant());
            json.WriteString("name", asset.Name);
            json.WriteString("min_size", CoinbaseMarket.Padded(CoinbaseMarket.BaseIncrement));
            json.WriteString("status", "online");
            json.WriteString("message", "");
            json.WriteString("max_precision", CoinbaseMarket.Padded(CoinbaseMarket.BaseIncrement));
            json.WriteStartArray("convertible_to");
            json.WriteEndArray();
            json.WriteStartObject("details");
            json.WriteString("type", "crypto");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private Task ProductsAsync(HttpContext context) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var pair in CoinbaseMarket.Pairs)
        {
            WriteProduct(json, pair);
        }

        json.WriteEndArray();
    });

    private Task ProductAsync(HttpContext context, MarketPair pair) => JsonReply.WriteAsync(context, json => WriteProduct(json, pair));

    private void WriteProduct(Utf8JsonWriter json, MarketPair pair)
    {
        json.WriteStartObject();
        json.WriteString("id", CoinbaseMarket.ProductOf(pair));
        json.WriteString("base_currency", pair.Target.ToUpperInvariant());
        json.WriteString("quote_currency", pair.Quote.ToUpperInvariant());
        json.WriteString("quote_increment", CoinbaseMarket.Plain(market.PriceStep(pair)));
        json.WriteString("base_increment", CoinbaseMarket.Padded(CoinbaseMarket.BaseIncrement));
        json.WriteString("display_name", $"{pair.Target.ToUpperInvariant()}/{pair.Quote.ToUpperInvariant()}");
        json.WriteString("min_market_funds", "1");
        foreach (var flag in new[] { "margin_enabled", "post_only", "limit_only", "cancel_only" })
        {
            json.WriteBoolean(flag, false);
        }

        json.WriteString("status", "online");
        json.WriteString("status_message", "");
        json.WriteBoolean("trading_disabled", false);
        json.WriteBoolean("fx_stablecoin", false);
        json.WriteString("max_slippage_percentage", "0.02000000");
        json.WriteBoolean("auction_mode", false);
        json.WriteString("high_bid_limit_percentage", "");
        json.WriteEndObject();
    }

    private Task BookAsync(HttpContext context, MarketPair pair)
    {
        if (!TryNumber(context.Request.Query["level"], 1, 3, out var level))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "Invalid level");
        }

        var now = time.GetUtcNow();
        var book = market.Book(pair, now, level == 1 ? 1 : CoinbaseFrames.BookLevels);
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            WriteSide(json, "bids", book.Bids, (int)level);
            WriteSide(json, "asks", book.Asks, (int)level);
            json.WriteNumber("sequence", book.Time * 1000);
            json.WriteBoolean("auction_mode", false);
            json.WriteNull("auction");
            json.WriteString("time", CoinbaseMarket.Iso(book.Time * 1000));
            json.WriteEndObject();
        });
    }

    /// <summary>At level 3 each level is one order.</summary>
    private static void WriteSide(Utf8JsonWriter json, string name, IReadOnlyList<MarketLevel> levels, int level)
    {
        json.WriteStartArray(name);
        foreach (var (price, quantity) in levels)
        {
            json.WriteStartArray();
            json.WriteStringValue(CoinbaseMarket.Plain(price));
            json.WriteStringValue(CoinbaseMarket.Plain(quantity));
            if (level == 3)
            {
                json.WriteStringValue(CoinbaseFrames.OrderId(name, (long)(price * 1_000_000)));
            }
            else
            {
                json.WriteNumberValue(1);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private Task TickerAsync(HttpContext context, MarketPair pair)
    {
        var now = time.GetUtcNow();
        var last = market.NewestTrades(pair, now, 1)[0];
        var quote = market.QuoteAt(pair, now);
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("ask", CoinbaseMarket.Plain(quote.Ask));
            json.WriteString("bid", CoinbaseMarket.Plain(quote.Bid));
            json.WriteString("volume", CoinbaseMarket.Padded(market.PairVolume(pair, now.AddDays(-1), now)));
            json.WriteNumber("trade_id", last.Number);
            json.WriteString("price", CoinbaseMarket.Plain(last.Price));
            json.WriteString("size", CoinbaseMarket.Plain(last.Quantity));
            json.WriteString("time", CoinbaseMarket.Iso(CoinbaseMarket.MicrosecondsOf(last)));
            json.WriteString("rfq_volume", "0.000000");
            json.WriteEndObject();
        });
    }

    private Task StatsAsync(HttpContext context, MarketPair pair)
    {
        var now = time.GetUtcNow();
        var day = market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1));
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("open", CoinbaseMarket.Plain(day.Open));
            json.WriteString("high", CoinbaseMarket.Plain(day.High));
            json.WriteString("low", CoinbaseMarket.Plain(day.Low));
            json.WriteString("last", CoinbaseMarket.Plain(market.NewestTrades(pair, now, 1)[0].Price));
            json.WriteString("volume", CoinbaseMarket.Plain(day.Volume));
            json.WriteString("volume_30day", CoinbaseMarket.Plain(market.PairVolume(pair, now.AddDays(-30), now)));
            json.WriteEndObject();
        });
    }

    /// <summary>Newest first; <c>after</c> shows those before a trade, <c>before</c> the newest of those after one.</summary>
    private Task TradesAsync(HttpContext context, MarketPair pair)
    {
        var query = context.Request.Query;
        if (!TryNumber(query["limit"], MostTrades, MostTrades, out var limit)
            || !TryNumber(query["after"], long.MaxValue, long.MaxValue, out var after)
            || !TryNumber(query["before"], 0, long.MaxValue, out var before))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "Invalid limit, before or after");
        }

        var newest = market.NewestTrades(pair, time.GetUtcNow(), 1)[0].Number;
        var trades = market.TradesBefore(pair, Math.Min(after, newest + 1), (int)limit).Where(trade => trade.Number > before).ToList();
        if (trades.Count > 0)
        {
            context.Response.Headers["CB-BEFORE"] = trades[0].Number.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["CB-AFTER"] = trades[^1].Number.ToString(CultureInfo.InvariantCulture);
        }

        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var trade in trades)
            {
                json.WriteStartObject();
                json.WriteNumber("trade_id", trade.Number);
                json.WriteString("side", CoinbaseMarket.MakerSide(trade));
                json.WriteString("size", CoinbaseMarket.Padded(trade.Quantity));
                json.WriteString("price", CoinbaseMarket.Padded(trade.Price));
                json.WriteString("time", CoinbaseMarket.Iso(CoinbaseMarket.MicrosecondsOf(trade)));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
