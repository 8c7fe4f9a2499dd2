using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>The REST routes below <c>/&lt;exchange&gt;/v1</c>, but for the candles. One unknown market fails the whole call.</summary>
internal sealed class QuotationRoutes(QuotationTraits traits, SimulatedWorld world)
{
    private const int BookLevels = 30;
    private const int MostDaysAgo = 7;

    /// <summary>The documentation has promised 500 and 200; more are asked for by nobody here.</summary>
    private const int MostTrades = 500;

    private static readonly string[] TimeForms = ["HHmmss", "HH:mm:ss"];

    public static void Map(IEndpointRouteBuilder app, QuotationTraits traits, SimulatedWorld world)
    {
        var routes = new QuotationRoutes(traits, world);
        var candles = new QuotationCandles(traits, world);
        var api = app.MapGroup($"/{traits.Exchange}/v1");
        api.MapGet("/market/all", routes.MarketsAsync);
        api.MapGet("/trades/ticks", routes.TradesAsync);
        api.MapGet("/orderbook", routes.BooksAsync);
        api.MapGet("/ticker", routes.TickersAsync);
        api.MapGet("/candles/{kind}", candles.HandleAsync);
        api.MapGet("/candles/{kind}/{unit}", candles.HandleAsync);
        app.Map(
            $"/{traits.Exchange}/{{**rest}}",
            context => JsonReply.WriteAsync(context, traits.NoRoute, StatusCodes.Status404NotFound));
        app.Map($"/{traits.Exchange}/socket", SimulatedSession.Handler(world, socket => new QuotationSession(socket, traits, world)));
    }

    /// <summary>The one market that a query names; null once the request was refused.</summary>
    internal static async Task<MarketPair?> MarketAsync(HttpContext context, QuotationTraits traits)
    {
        var code = context.Request.Query["market"].ToString();
        if (code.Length == 0)
        {
            await QuotationErrors.MissingAsync(context);
            return null;
        }

        if (traits.Find(code) is { } pair)
        {
            return pair;
        }

        await JsonReply.WriteAsync(context, QuotationErrors.UnknownMarket, traits.UnknownMarketStatus);
        return null;
    }

    internal static bool TryNumber(HttpContext context, string name, int without, int most, out int number)
    {
        number = without;
        var text = context.Request.Query[name].ToString();
        return text.Length == 0
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most);
    }

    private Task MarketsAsync(HttpContext context)
    {
        var withDetails = context.Request.Query["is_details"] == "true" || context.Request.Query["isDetails"] == "true";
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var pair in traits.Pairs)
            {
                QuotationReplies.WriteMarket(json, pair, withDetails);
            }

            json.WriteEndArray();
        });
    }

    private async Task TradesAsync(HttpContext context)
    {
        if (await MarketAsync(context, traits) is not { } pair)
        {
            return;
        }

        if (!TryNumber(context, "count", 1, MostTrades, out var count) || !TryPage(context, out var page))
        {
            await QuotationErrors.InvalidAsync(context);
            return;
        }

        var trades = world.Market.NewestTrades(pair, page.Last, count + (page.Cursor == long.MaxValue ? 0 : 999))
            .Where(trade => traits.IdOf(trade) < page.Cursor && trade.Time >= page.From).Take(count).ToList();
        var close = world.Market.QuoteAt(pair, new DateTimeOffset(world.Time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero)).Bid;
        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            trades.ForEach(trade => QuotationReplies.WriteTrade(json, traits, pair, trade, close));
            json.WriteEndArray();
        });
    }

    /// <summary>Which trades a request asks for: up to <c>Last</c>, from <c>From</c> on, with ids below <c>Cursor</c>.</summary>
    private bool TryPage(HttpContext context, out (DateTimeOffset Last, long From, long Cursor) page)
    {
        var query = context.Request.Query;
        var now = world.Time.GetUtcNow();
        page = (now, long.MinValue, long.MaxValue);
        var days = query["days_ago"].ToString() is { Length: > 0 } text ? text : query["daysAgo"].ToString();
        var daysAgo = 0;
        if (days.Length > 0 && !(int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out daysAgo)
            && daysAgo is >= 1 and <= MostDaysAgo))
        {
            return false;
        }

        var local = now.ToOffset(traits.Offset);
        var midnight = new DateTimeOffset(local.Date, traits.Offset).AddDays(-daysAgo);
        if (query["to"].ToString() is { Length: > 0 } to)
        {
            if (!TimeOnly.TryParseExact(to, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            {
                return false;
            }

            page.Last = midnight + at.ToTimeSpan() - TimeSpan.FromMilliseconds(1);
            page.From = daysAgo > 0 ? traits.Day(midnight).From.ToUnixTimeMilliseconds() : long.MinValue;
        }
        else if (daysAgo > 0)
        {
            var (from, before) = traits.Day(midnight);
            page = (before.AddMilliseconds(-1), from.ToUnixTimeMilliseconds(), long.MaxValue);
        }

        if (query["cursor"].ToString() is { Length: > 0 } cursor)
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out page.Cursor))
            {
                return false;
            }

            var atCursor = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(traits.TimeOf(page.Cursor), 0, now.ToUnixTimeMilliseconds()));
            page.Last = atCursor < page.Last ? atCursor : page.Last;
        }

        page.Last = page.Last < now ? page.Last : now;
        return page.Last >= MarketModel.Earliest;
    }

    private Task BooksAsync(HttpContext context) => ManyAsync(context, (json, pair) =>
        QuotationReplies.WriteBook(json, traits, pair, world.Market.Book(pair, world.Time.GetUtcNow(), BookLevels)));

    private Task TickersAsync(HttpContext context) => ManyAsync(context, (json, pair) =>
        QuotationReplies.WriteTicker(json, QuotationTicker.At(world.Market, pair, world.Time.GetUtcNow())));

    private async Task ManyAsync(HttpContext context, Action<Utf8JsonWriter, MarketPair> write)
    {
        var codes = context.Request.Query["markets"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (codes.Length == 0)
        {
            await QuotationErrors.MissingAsync(context);
            return;
        }

        var pairs = codes.Select(traits.Find).OfType<MarketPair>().ToList();
        if (pairs.Count < codes.Length)
        {
            await JsonReply.WriteAsync(context, QuotationErrors.UnknownMarket, traits.UnknownMarketStatus);
            return;
        }

        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            pairs.ForEach(pair => write(json, pair));
            json.WriteEndArray();
        });
    }
}
