using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Kraken;

/// <summary>Tickers, pairs, assets, the time and the system's status.</summary>
internal sealed class KrakenCatalogue(MarketModel market, TradeTapes tapes, TimeProvider time)
{
    private static readonly Dictionary<string, string> Altnames = new()
    {
        ["XXBT"] = "XBT", ["XETH"] = "ETH", ["XXDG"] = "XDG", ["ADA"] = "ADA", ["ZUSD"] = "USD", ["ZEUR"] = "EUR",
    };

    public Task TimeAsync(HttpContext context) => KrakenRoutes.ReplyAsync(context, json =>
    {
        json.WriteNumber("unixtime", time.GetUtcNow().ToUnixTimeSeconds());
        json.WriteString("rfc1123", time.GetUtcNow().ToString("ddd, dd MMM yy HH:mm:ss +0000", CultureInfo.InvariantCulture));
    });

    public Task StatusAsync(HttpContext context) => KrakenRoutes.ReplyAsync(context, json =>
    {
        json.WriteString("status", "online");
        json.WriteString("timestamp", time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
    });

    public Task AssetsAsync(HttpContext context) => KrakenRoutes.ReplyAsync(context, json =>
    {
        foreach (var (code, name) in Altnames)
        {
            json.WriteStartObject(code);
            json.WriteString("aclass", "currency");
            json.WriteString("altname", name);
            json.WriteNumber("decimals", code[0] == 'Z' ? 4 : 10);
            json.WriteNumber("display_decimals", code[0] == 'Z' ? 2 : 5);
            json.WriteString("status", "enabled");
            json.WriteEndObject();
        }
    });

    public Task PairsAsync(HttpContext context) => EachAsync(context, (json, pair) =>
    {
        json.WriteString("altname", pair.Altname);
        json.WriteString("wsname", pair.WsName);
        json.WriteString("aclass_base", "currency");
        json.WriteString("base", pair.Base);
        json.WriteString("aclass_quote", "currency");
        json.WriteString("quote", pair.Quote);
        json.WriteString("lot", "unit");
        json.WriteNumber("cost_decimals", 5);
        json.WriteNumber("pair_decimals", pair.Decimals);
        json.WriteNumber("lot_decimals", 8);
        json.WriteNumber("lot_multiplier", 1);
        json.WritePropertyName("leverage_buy");
        json.WriteRawValue("[2,3,4,5]");
        json.WritePropertyName("leverage_sell");
        json.WriteRawValue("[2,3,4,5]");
        json.WritePropertyName("fees");
        json.WriteRawValue("[[0,0.4],[10000,0.35]]");
        json.WritePropertyName("fees_maker");
        json.WriteRawValue("[[0,0.25],[10000,0.2]]");
        json.WriteString("fee_volume_currency", "ZUSD");
        json.WriteNumber("margin_call", 80);
        json.WriteNumber("margin_stop", 40);
        json.WriteString("ordermin", "0.0001");
        json.WriteString("costmin", "0.5");
        json.WriteString("tick_size", pair.Price(Step(pair)));
        json.WriteString("status", "online");
    });

    public Task TickerAsync(HttpContext context) => EachAsync(context, WriteTicker);

    private static async Task EachAsync(HttpContext context, Action<Utf8JsonWriter, KrakenPair> write)
    {
        var names = context.Request.Query["pair"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        var pairs = names.Select(KrakenMarket.Find).ToList();
        if (pairs.Contains(null))
        {
            await KrakenRoutes.RefuseAsync(context, "EQuery:Unknown asset pair");
            return;
        }

        await KrakenRoutes.ReplyAsync(context, json =>
        {
            foreach (var pair in names.Length == 0 ? KrakenMarket.All : pairs.OfType<KrakenPair>())
            {
                json.WriteStartObject(pair.Key);
                write(json, pair);
                json.WriteEndObject();
            }
        });
    }

    private static decimal Step(KrakenPair pair) => new(1, 0, 0, false, (byte)pair.Decimals);

    private void WriteTicker(Utf8JsonWriter json, KrakenPair pair)
    {
        var now = time.GetUtcNow();
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var last = market.NewestTrades(pair.Pair, now, 1)[0];
        var book = market.Book(pair.Pair, now, 1);
        var next = now.AddMilliseconds(1);
        var (today, day) = (market.Candle(pair.Pair, midnight, next), market.Candle(pair.Pair, now.AddDays(-1), next));
        var tape = tapes.Of(pair.Pair);
        Write("a", pair.Price(book.Asks[0].Price), Whole(book.Asks[0].Quantity), Lot(book.Asks[0].Quantity));
        Write("b", pair.Price(book.Bids[0].Price), Whole(book.Bids[0].Quantity), Lot(book.Bids[0].Quantity));
        Write("c", pair.Price(last.Price), KrakenMarket.Quantity(last.Quantity));
        Write("v", KrakenMarket.Quantity(today.Volume), KrakenMarket.Quantity(day.Volume));
        Write("p", pair.Price(Average(today)), pair.Price(Average(day)));
        json.WriteStartArray("t");
        json.WriteNumberValue(tape.CountBefore(now) - tape.CountBefore(midnight));
        json.WriteNumberValue(tape.CountBefore(now) - tape.CountBefore(now.AddDays(-1)));
        json.WriteEndArray();
        Write("l", pair.Price(today.Low), pair.Price(day.Low));
        Write("h", pair.Price(today.High), pair.Price(day.High));
        json.WriteString("o", pair.Price(today.Open));

        void Write(string name, params string[] values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    }

    private static decimal Average(MarketCandle candle) => candle.Volume == 0 ? candle.Open : candle.QuoteVolume / candle.Volume;

    private static string Whole(decimal quantity) => Math.Ceiling(quantity).ToString(CultureInfo.InvariantCulture);

    private static string Lot(decimal quantity) => Math.Ceiling(quantity).ToString("F3", CultureInfo.InvariantCulture);
}
