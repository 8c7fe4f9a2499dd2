using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>Coinone's public REST API v2 under <c>/coinone</c>. Every reply is HTTP 200; errors are in the body.</summary>
internal sealed class CoinoneRoutes(MarketModel market, TimeProvider time)
{
    private const string UnknownCurrency = "108";
    private const string BadParameter = "107";

    private static readonly int[] TradeSizes = [10, 50, 100, 150, 200];
    private static readonly int[] BookSizes = [5, 10, 15, 16];

    public static void Map(IEndpointRouteBuilder app, MarketModel market, TimeProvider time)
    {
        var routes = new CoinoneRoutes(market, time);
        var charts = new CoinoneChart(market, time);
        var api = app.MapGroup("/coinone/public/v2");
        api.MapGet("/trades/{quote}/{target}", routes.TradesAsync);
        api.MapGet("/orderbook/{quote}/{target}", routes.OrderBookAsync);
        api.MapGet("/ticker_new/{quote}", routes.TickersAsync);
        api.MapGet("/ticker_new/{quote}/{target}", routes.TickersAsync);
        api.MapGet("/markets/{quote}", routes.MarketsAsync);
        api.MapGet("/markets/{quote}/{target}", routes.MarketsAsync);
        api.MapGet("/currencies", routes.CurrenciesAsync);
        api.MapGet("/currencies/{currency}", routes.CurrenciesAsync);
        api.MapGet("/chart/{quote}/{target}", charts.HandleAsync);
    }

    internal static Task RefuseAsync(HttpContext context, string code) =>
        JsonReply.WriteAsync(context, SimulatedCoinone.Error(code), StatusCodes.Status200OK);

    internal static Task RefuseUnknownAsync(HttpContext context) => RefuseAsync(context, UnknownCurrency);

    internal static Task RefuseParameterAsync(HttpContext context) => RefuseAsync(context, BadParameter);

    internal static MarketPair? PairOf(HttpContext context) => Catalogue.FindPair(Route(context, "target"), Route(context, "quote"));

    private static string Route(HttpContext context, string name) =>
        context.Request.RouteValues[name]?.ToString()?.ToLowerInvariant() ?? "";

    private static bool TrySize(HttpContext context, int[] allowed, int without, out int size)
    {
        size = without;
        var text = context.Request.Query["size"].FirstOrDefault();
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && allowed.Contains(size));
    }

    private Task TradesAsync(HttpContext context)
    {
        if (PairOf(context) is not { } pair)
        {
            return RefuseUnknownAsync(context);
        }

        if (!TrySize(context, TradeSizes, 200, out var size))
        {
            return RefuseParameterAsync(context);
        }

        var now = time.GetUtcNow();
        return ReplyAsync(context, json =>
        {
            json.WriteNumber("server_time", now.ToUnixTimeMilliseconds());
            json.WriteString("quote_currency", pair.Quote);
            json.WriteString("target_currency", pair.Target);
            json.WriteStartArray("transactions");
            foreach (var trade in market.NewestTrades(pair, now, size))
            {
                json.WriteStartObject();
                CoinoneReplies.WriteTrade(json, trade);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private Task OrderBookAsync(HttpContext context)
    {
        if (PairOf(context) is not { } pair)
        {
            return RefuseUnknownAsync(context);
        }

        var unit = 0m;
        var asked = context.Request.Query["order_book_unit"].FirstOrDefault();
        if (!TrySize(context, BookSizes, 15, out var size)
            || (asked is not null
                && !(decimal.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out unit) && Units(pair).Contains(unit))))
        {
            return RefuseParameterAsync(context);
        }

        var book = BookGrouping.Read(market, pair, time.GetUtcNow(), size, unit);
        return ReplyAsync(context, json =>
        {
            json.WriteNumber("timestamp", book.Time);
            json.WriteString("id", CoinoneReplies.Id(book.Time));
            WritePair(json, pair);
            json.WriteString("order_book_unit", CoinoneReplies.Dotted(unit));
            CoinoneReplies.WriteLevels(json, "bids", book.Bids, CoinoneReplies.Plain);
            CoinoneReplies.WriteLevels(json, "asks", book.Asks, CoinoneReplies.Plain);
        });
    }

    private Task TickersAsync(HttpContext context)
    {
        var pairs = Selected(context, out var known);
        if (!known)
        {
            return RefuseUnknownAsync(context);
        }

        var now = time.GetUtcNow();
        return ReplyAsync(context, json =>
        {
            json.WriteNumber("server_time", now.ToUnixTimeMilliseconds());
            json.WriteStartArray("tickers");
            foreach (var pair in pairs)
            {
                WriteTicker(json, CoinoneTicker.At(market, pair, now), context.Request.Query["additional_data"] == "true");
            }

            json.WriteEndArray();
        });
    }

    // Lower case on the wire, although the documentation prints it in upper case.
    private static void WriteTicker(Utf8JsonWriter json, CoinoneTicker ticker, bool withYesterday)
    {
        json.WriteStartObject();
        json.WriteString("quote_currency", ticker.Pair.Quote);
        json.WriteString("target_currency", ticker.Pair.Target);
        json.WriteNumber("timestamp", ticker.Last.Time);
        WriteSpan(json, "", ticker.Day, ticker.Last.Price);
        CoinoneReplies.WriteLevels(json, "best_asks", ticker.Book.Asks.Take(1), CoinoneReplies.Dotted);
        CoinoneReplies.WriteLevels(json, "best_bids", ticker.Book.Bids.Take(1), CoinoneReplies.Dotted);
        json.WriteString("id", ticker.Last.Id);
        if (withYesterday)
        {
            WriteSpan(json, "yesterday_", ticker.Yesterday, ticker.Yesterday.Close);
        }

        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, string prefix, MarketCandle span, decimal last)
    {
        json.WriteString(prefix + "high", CoinoneReplies.Dotted(span.High));
        json.WriteString(prefix + "low", CoinoneReplies.Dotted(span.Low));
        json.WriteString(prefix + "first", CoinoneReplies.Dotted(span.Open));
        json.WriteString(prefix + "last", CoinoneReplies.Dotted(last));
        json.WriteString(prefix + "quote_volume", CoinoneReplies.Dotted(span.QuoteVolume));
        json.WriteString(prefix + "target_volume", CoinoneReplies.Dotted(span.Volume));
    }

    private Task MarketsAsync(HttpContext context)
    {
        var pairs = Selected(context, out var known);
        return !known ? RefuseUnknownAsync(context) : ReplyAsync(context, json =>
        {
            json.WriteNumber("server_time", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteStartArray("markets");
            foreach (var pair in pairs)
            {
                WriteMarket(json, pair);
            }

            json.WriteEndArray();
        });
    }

    private void WriteMarket(Utf8JsonWriter json, MarketPair pair)
    {
        json.WriteStartObject();
        WritePair(json, pair);
        json.WriteString("price_unit", CoinoneReplies.Dotted(market.PriceStep(pair)));
        json.WriteString("qty_unit", "0.00000001");
        json.WriteString("max_order_amount", "1000000000.0");
        json.WriteString("max_price", "1000000000000.0");
        json.WriteString("max_qty", "100000000.0");
        json.WriteString("min_order_amount", "5000.0");
        json.WriteString("min_price", "0.0001");
        json.WriteString("min_qty", "0.00000001");
        json.WriteStartArray("order_book_units");
        foreach (var unit in Units(pair))
        {
            json.WriteStringValue(CoinoneReplies.Dotted(unit));
        }

        json.WriteEndArray();
        json.WriteNumber("maintenance_status", 0);
        json.WriteNumber("trade_status", 1);
        json.WriteStartArray("order_types");
        json.WriteStringValue("limit");
        json.WriteStringValue("market");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private Task CurrenciesAsync(HttpContext context)
    {
        var symbol = Route(context, "currency");
        var assets = Catalogue.Pairs.Select(p => Catalogue.Find(p.AssetId)).OfType<Asset>()
            .Where(a => symbol is "" || a.Symbol == symbol).ToList();
        return assets.Count == 0 ? RefuseUnknownAsync(context) : ReplyAsync(context, json =>
        {
            json.WriteNumber("server_time", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteStartArray("currencies");
            foreach (var asset in assets)
            {
                json.WriteStartObject();
                json.WriteString("name", asset.Name);
                json.WriteString("symbol", asset.Symbol.ToUpperInvariant());
                json.WriteString("deposit_status", "normal");
                json.WriteString("withdraw_status", "normal");
                json.WriteNumber("deposit_confirm_count", asset.Symbol == "btc" ? 3 : 20);
                json.WriteNumber("max_precision", asset.Symbol == "usdt" ? 6 : 8);
                json.WriteString("deposit_fee", "0.0");
                json.WriteString("withdrawal_min_amount", asset.Symbol == "btc" ? "0.0001" : "1.0");
                json.WriteString("withdrawal_fee", asset.Symbol == "btc" ? "0.0008" : "2.0");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    // An unlisted quote is an empty list, as recorded; an unknown target is an error.
    private static List<MarketPair> Selected(HttpContext context, out bool known)
    {
        var (quote, target) = (Route(context, "quote"), Route(context, "target"));
        List<MarketPair> pairs = [.. Catalogue.Pairs.Where(p => p.Quote == quote && (target is "" || p.Target == target))];
        known = target is "" || pairs.Count > 0;
        return pairs;
    }

    private decimal[] Units(MarketPair pair)
    {
        var step = market.PriceStep(pair);
        return step >= 1 ? [0m, step * 10, step * 100] : [0m];
    }

    private static void WritePair(Utf8JsonWriter json, MarketPair pair)
    {
        json.WriteString("quote_currency", pair.Quote.ToUpperInvariant());
        json.WriteString("target_currency", pair.Target.ToUpperInvariant());
    }

    private static Task ReplyAsync(HttpContext context, Action<Utf8JsonWriter> write) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        CoinoneReplies.WriteSuccess(json);
        write(json);
        json.WriteEndObject();
    });
}
