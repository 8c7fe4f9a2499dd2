using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>Binance's public REST API v3: trades, books, tickers and what is traded. Errors are 400 with a code and a message.</summary>
internal sealed class BinanceRoutes(MarketModel market, TradeTapes tapes, TimeProvider time)
{
    private const int MostTrades = 1000;
    private const int MostLevels = 5000;

    public static void Map(IEndpointRouteBuilder app, MarketModel market, TradeTapes tapes, TimeProvider time)
    {
        var routes = new BinanceRoutes(market, tapes, time);
        var klines = new BinanceKlines(market, tapes, time);
        var tickers = new BinanceTickers(market, tapes, time);
        var api = app.MapGroup("/binance/api/v3");
        api.MapGet("/ping", context => JsonReply.WriteAsync(context, "{}", StatusCodes.Status200OK));
        api.MapGet("/time", context => JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("serverTime", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteEndObject();
        }));
        api.MapGet("/exchangeInfo", context => BinanceInfo.HandleAsync(context, market, time));
        api.MapGet("/depth", routes.DepthAsync);
        api.MapGet("/trades", context => routes.TradesAsync(context, byId: false));
        api.MapGet("/historicalTrades", context => routes.TradesAsync(context, byId: true));
        api.MapGet("/aggTrades", routes.AggregatesAsync);
        api.MapGet("/klines", klines.HandleAsync);
        api.MapGet("/uiKlines", klines.HandleAsync);
        api.MapGet("/ticker/24hr", tickers.DayAsync);
        api.MapGet("/ticker/price", tickers.PriceAsync);
        api.MapGet("/ticker/bookTicker", tickers.BookAsync);
    }

    internal static Task RefuseAsync(HttpContext context, int code, string message) =>
        JsonReply.WriteAsync(context, SimulatedBinance.Error(code, message), StatusCodes.Status400BadRequest);

    /// <summary>The pair that the request names; without one the request has been refused.</summary>
    internal static async Task<MarketPair?> PairAsync(HttpContext context)
    {
        if (context.Request.Query["symbol"].ToString() is not { Length: > 0 } symbol)
        {
            await RefuseAsync(context, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
            return null;
        }

        if (BinanceMarket.Find(symbol) is { } pair)
        {
            return pair;
        }

        await RefuseAsync(context, -1121, "Invalid symbol.");
        return null;
    }

    /// <summary>A whole number of the query, at most <paramref name="most"/>; false when the request has been refused.</summary>
    internal static async Task<(bool Holds, long? Value)> NumberAsync(HttpContext context, string name, long least, long most)
    {
        if (context.Request.Query[name].ToString() is not { Length: > 0 } text)
        {
            return (true, null);
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            await RefuseAsync(
                context, -1100, $"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.");
            return (false, null);
        }

        if (value < least)
        {
            await RefuseAsync(context, -1130, $"Data sent for parameter '{name}' is not valid.");
            return (false, null);
        }

        return (true, Math.Min(value, most));
    }

    private async Task DepthAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair || await NumberAsync(context, "limit", 1, MostLevels) is not (true, var limit))
        {
            return;
        }

        var book = market.Book(pair, time.GetUtcNow(), BinanceMarket.BookLevels);
        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("lastUpdateId", BinanceMarket.UpdateIdOf(book));
            BinanceMarket.WriteLevels(json, "bids", book.Bids.Take((int)(limit ?? 100)));
            BinanceMarket.WriteLevels(json, "asks", book.Asks.Take((int)(limit ?? 100)));
            json.WriteEndObject();
        });
    }

    private async Task TradesAsync(HttpContext context, bool byId)
    {
        if (await PairAsync(context) is not { } pair
            || await NumberAsync(context, "limit", 1, MostTrades) is not (true, var limit)
            || await NumberAsync(context, "fromId", 0, long.MaxValue) is not (true, var from))
        {
            return;
        }

        var (tape, now, count) = (tapes.Of(pair), time.GetUtcNow(), (int)(limit ?? 500));
        var trades = byId && from is { } first
            ? tape.From(first - BinanceMarket.BeforeFirstTradeId, now).Take(count)
            : tape.Newest(now, count);
        await WriteListAsync(context, trades, (json, trade) =>
        {
            json.WriteNumber("id", BinanceMarket.BeforeFirstTradeId + trade.Number);
            json.WriteString("price", BinanceMarket.Eight(trade.Trade.Price));
            json.WriteString("qty", BinanceMarket.Eight(trade.Trade.Quantity));
            json.WriteString("quoteQty", BinanceMarket.Eight(trade.Trade.Price * trade.Trade.Quantity));
            json.WriteNumber("time", trade.Trade.Time);
            json.WriteBoolean("isBuyerMaker", !trade.Trade.TakerBought);
            json.WriteBoolean("isBestMatch", true);
        });
    }

    /// <summary>Every trade of this market is a taker order of its own, so each is one aggregate: the two differ by their ids
    /// alone.</summary>
    private async Task AggregatesAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair
            || await NumberAsync(context, "limit", 1, MostTrades) is not (true, var limit)
            || await NumberAsync(context, "fromId", 0, long.MaxValue) is not (true, var fromId)
            || await NumberAsync(context, "startTime", 0, 100_000_000_000_000) is not (true, var start)
            || await NumberAsync(context, "endTime", 0, 100_000_000_000_000) is not (true, var end))
        {
            return;
        }

        if (fromId is not null && (start ?? end) is not null)
        {
            await RefuseAsync(context, -1128, "Combination of optional parameters invalid.");
            return;
        }

        var (tape, now, count) = (tapes.Of(pair), time.GetUtcNow(), (int)(limit ?? 500));
        var next = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(end ?? long.MaxValue, now.ToUnixTimeMilliseconds()) + 1);
        var trades = fromId is { } first ? tape.From(first, next).Take(count)
            : start is { } instant ? tape.Between(DateTimeOffset.FromUnixTimeMilliseconds(instant), next).Take(count)
            : tape.Newest(next.AddMilliseconds(-1), count);
        await WriteListAsync(context, trades, (json, trade) =>
        {
            json.WriteNumber("a", trade.Number);
            json.WriteString("p", BinanceMarket.Eight(trade.Trade.Price));
            json.WriteString("q", BinanceMarket.Eight(trade.Trade.Quantity));
            json.WriteNumber("f", BinanceMarket.BeforeFirstTradeId + trade.Number);
            json.WriteNumber("l", BinanceMarket.BeforeFirstTradeId + trade.Number);
            json.WriteNumber("T", trade.Trade.Time);
            json.WriteBoolean("m", !trade.Trade.TakerBought);
            json.WriteBoolean("M", true);
        });
    }

    private static Task WriteListAsync(
        HttpContext context, IEnumerable<NumberedTrade> trades, Action<Utf8JsonWriter, NumberedTrade> write) =>
        JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var trade in trades)
            {
                json.WriteStartObject();
                write(json, trade);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
