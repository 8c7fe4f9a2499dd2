using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Kraken;

/// <summary>Kraken's public REST API. Every reply is HTTP 200 with <c>error</c> and, if that is empty, <c>result</c>.</summary>
internal sealed class KrakenRoutes(MarketModel market, TradeTapes tapes, TimeProvider time)
{
    private const string UnknownPair = "EQuery:Unknown asset pair";
    private const string WrongArguments = "EGeneral:Invalid arguments";
    private const int MostTrades = 1000;
    private const int MostLevels = 500;
    private const int Candles = 720;

    private static readonly int[] Intervals = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];

    public static void Map(IEndpointRouteBuilder app, MarketModel market, TradeTapes tapes, TimeProvider time)
    {
        var routes = new KrakenRoutes(market, tapes, time);
        var catalogue = new KrakenCatalogue(market, tapes, time);
        var api = app.MapGroup("/kraken/0/public");
        api.MapGet("/Trades", routes.TradesAsync);
        api.MapGet("/Depth", routes.DepthAsync);
        api.MapGet("/OHLC", routes.CandlesAsync);
        api.MapGet("/Spread", routes.SpreadAsync);
        api.MapGet("/Ticker", catalogue.TickerAsync);
        api.MapGet("/AssetPairs", catalogue.PairsAsync);
        api.MapGet("/Assets", catalogue.AssetsAsync);
        api.MapGet("/Time", catalogue.TimeAsync);
        api.MapGet("/SystemStatus", catalogue.StatusAsync);
        api.MapGet("/{unknown}", context => RefuseAsync(context, "EGeneral:Unknown method"));
    }

    internal static Task RefuseAsync(HttpContext context, string error) =>
        JsonReply.WriteAsync(context, $$"""{"error":["{{error}}"]}""", StatusCodes.Status200OK);

    internal static Task ReplyAsync(HttpContext context, Action<Utf8JsonWriter> write) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("error");
        json.WriteEndArray();
        json.WriteStartObject("result");
        write(json);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static async Task<KrakenPair?> PairAsync(HttpContext context)
    {
        var pair = KrakenMarket.Find(context.Request.Query["pair"].ToString());
        if (pair is null)
        {
            await RefuseAsync(context, context.Request.Query.ContainsKey("pair") ? UnknownPair : WrongArguments);
        }

        return pair;
    }

    private static async Task<(bool Holds, long Value)> NumberAsync(HttpContext context, string name, long without, long most)
    {
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0)
        {
            return (true, without);
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return (true, Math.Min(value, most));
        }

        await RefuseAsync(context, WrongArguments);
        return (false, 0);
    }

    /// <summary>The newest thousand, or those after <c>since</c> (nanoseconds, or seconds where it is short), oldest first.</summary>
    private async Task TradesAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair
            || await NumberAsync(context, "count", MostTrades, MostTrades) is not (true, var count)
            || await NumberAsync(context, "since", -1, long.MaxValue) is not (true, var since))
        {
            return;
        }

        var (tape, now) = (tapes.Of(pair.Pair), time.GetUtcNow());
        since = since is >= 0 and < 100_000_000_000 ? since * 1_000_000_000 : since;
        var next = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
        List<NumberedTrade> trades = since < 0
            ? [.. tape.Newest(now, (int)count)]
            : [.. tape.Between(DateTimeOffset.FromUnixTimeMilliseconds(since / 1_000_000), next)
                .SkipWhile(trade => KrakenMarket.NanosecondsOf(trade) <= since).Take((int)count)];
        var last = trades.Count > 0 ? KrakenMarket.NanosecondsOf(trades[^1]) : Math.Max(0, since);
        await ReplyAsync(context, json =>
        {
            json.WriteStartArray(pair.Key);
            trades.ForEach(trade => WriteTrade(json, trade));
            json.WriteEndArray();
            json.WriteString("last", last.ToString(CultureInfo.InvariantCulture));
        });
    }

    private static void WriteTrade(Utf8JsonWriter json, NumberedTrade trade)
    {
        var nanoseconds = KrakenMarket.NanosecondsOf(trade);
        json.WriteStartArray();
        json.WriteStringValue(trade.Trade.Price.ToString("F5", CultureInfo.InvariantCulture));
        json.WriteStringValue(KrakenMarket.Quantity(trade.Trade.Quantity));
        json.WriteRawValue(string.Create(
            CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000_000}.{nanoseconds % 1_000_000_000:D9}").TrimEnd('0').TrimEnd('.'));
        json.WriteStringValue(trade.Trade.TakerBought ? "b" : "s");
        json.WriteStringValue(trade.Number % 3 == 0 ? "m" : "l");
        json.WriteStringValue("");
        json.WriteNumberValue(trade.Number);
        json.WriteEndArray();
    }

    /// <summary>Quantities have all their digits, where Kraken's have three decimals: so a book by REST is the socket's.</summary>
    private async Task DepthAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair || await NumberAsync(context, "count", 100, MostLevels) is not (true, var count))
        {
            return;
        }

        var book = market.Book(pair.Pair, time.GetUtcNow(), Math.Max(1, (int)count));
        await ReplyAsync(context, json =>
        {
            json.WriteStartObject(pair.Key);
            WriteSide(json, "asks", book.Asks);
            WriteSide(json, "bids", book.Bids);
            json.WriteEndObject();
        });

        void WriteSide(Utf8JsonWriter json, string name, IReadOnlyList<MarketLevel> levels)
        {
            json.WriteStartArray(name);
            foreach (var level in levels)
            {
                json.WriteStartArray();
                json.WriteStringValue(pair.Price(level.Price));
                json.WriteStringValue(KrakenMarket.Quantity(level.Quantity));
                json.WriteNumberValue(book.Time / 1000);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }
    }

    /// <summary>Always the newest 720, of which <c>since</c> only takes away older ones; the last is the running one.</summary>
    private async Task CandlesAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair
            || await NumberAsync(context, "interval", 1, int.MaxValue) is not (true, var minutes)
            || await NumberAsync(context, "since", 0, 10_000_000_000) is not (true, var since))
        {
            return;
        }

        if (!Intervals.Contains((int)minutes))
        {
            await RefuseAsync(context, WrongArguments);
            return;
        }

        var (now, length) = (time.GetUtcNow(), TimeSpan.FromMinutes(minutes));
        var running = DateTimeOffset.UnixEpoch + (length * Math.Floor((now - DateTimeOffset.UnixEpoch) / length));
        await ReplyAsync(context, json =>
        {
            json.WriteStartArray(pair.Key);
            for (var open = running - (length * (Candles - 1)); open <= running; open += length)
            {
                if ((open.ToUnixTimeSeconds() > since || open == running) && open >= MarketModel.Earliest)
                {
                    WriteCandle(json, pair, open, length, now);
                }
            }

            json.WriteEndArray();
            json.WriteNumber("last", (running - length).ToUnixTimeSeconds());
        });
    }

    private void WriteCandle(Utf8JsonWriter json, KrakenPair pair, DateTimeOffset open, TimeSpan length, DateTimeOffset now)
    {
        var end = open + length <= now ? open + length : now.AddMilliseconds(1);
        var candle = market.Candle(pair.Pair, open, end);
        var tape = tapes.Of(pair.Pair);
        json.WriteStartArray();
        json.WriteNumberValue(open.ToUnixTimeSeconds());
        json.WriteStringValue(pair.Price(candle.Open));
        json.WriteStringValue(pair.Price(candle.High));
        json.WriteStringValue(pair.Price(candle.Low));
        json.WriteStringValue(pair.Price(candle.Close));
        json.WriteStringValue(pair.Price(candle.Volume == 0 ? 0 : candle.QuoteVolume / candle.Volume));
        json.WriteStringValue(KrakenMarket.Quantity(candle.Volume));
        json.WriteNumberValue(tape.CountBefore(end) - tape.CountBefore(open));
        json.WriteEndArray();
    }

    private async Task SpreadAsync(HttpContext context)
    {
        if (await PairAsync(context) is not { } pair)
        {
            return;
        }

        var now = time.GetUtcNow();
        await ReplyAsync(context, json =>
        {
            json.WriteStartArray(pair.Key);
            for (var back = 19; back >= 0; back--)
            {
                var quote = market.QuoteAt(pair.Pair, now.AddSeconds(-back));
                json.WriteStartArray();
                json.WriteNumberValue(quote.Time / 1000);
                json.WriteStringValue(pair.Price(quote.Bid));
                json.WriteStringValue(pair.Price(quote.Ask));
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteNumber("last", now.ToUnixTimeSeconds());
        });
    }
}
