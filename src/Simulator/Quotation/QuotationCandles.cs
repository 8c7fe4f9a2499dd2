using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>
/// <c>/v1/candles/seconds|minutes/{unit}|days|weeks|months</c>: those that open before <c>to</c>, newest first, the running one among them.
/// A span without trades has none.
/// </summary>
internal sealed class QuotationCandles(QuotationTraits traits, SimulatedWorld world)
{
    private const int MostCandles = 200;

    /// <summary>Spans that are looked at for each candle that is asked for, so that a quiet market ends too.</summary>
    private const int SpansPerCandle = 50;

    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);
    private static readonly int[] Units = [1, 3, 5, 10, 15, 30, 60, 240];
    private static readonly string[] ToForms = ["yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm:ss"];

    public async Task HandleAsync(HttpContext context)
    {
        if (await QuotationRoutes.MarketAsync(context, traits) is not { } pair)
        {
            return;
        }

        if (Spans(context) is not { } spans || !QuotationRoutes.TryNumber(context, "count", 1, MostCandles, out var count)
            || !TryTo(context.Request.Query["to"].ToString(), out var to))
        {
            await QuotationErrors.InvalidAsync(context);
            return;
        }

        var now = world.Time.GetUtcNow();
        MarketCandle Candle(DateTimeOffset from, DateTimeOffset end) =>
            world.Market.Candle(pair, from, end <= now ? end : now.AddMilliseconds(1));
        var candles = spans(to).Take(count * SpansPerCandle).Select(span => (span.From, Candle: Candle(span.From, span.To), span.To))
            .Where(span => span.Candle.Volume > 0).Take(count).ToList();
        var unit = context.Request.RouteValues["unit"]?.ToString();
        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            candles.ForEach(span => Write(json, pair, span.From, span.Candle, span.To <= now ? span.To : now, unit));
            json.WriteEndArray();
        });
    }

    private static void Write(
        Utf8JsonWriter json, MarketPair pair, DateTimeOffset open, MarketCandle candle, DateTimeOffset last, string? unit)
    {
        json.WriteStartObject();
        json.WriteString("market", QuotationTraits.CodeOf(pair));
        json.WriteString("candle_date_time_utc", QuotationReplies.Text(open, "yyyy-MM-ddTHH:mm:ss"));
        json.WriteString("candle_date_time_kst", QuotationReplies.Text(open.ToOffset(Korea), "yyyy-MM-ddTHH:mm:ss"));
        json.Raw("opening_price", NumberText.Padded(candle.Open));
        json.Raw("high_price", NumberText.Padded(candle.High));
        json.Raw("low_price", NumberText.Padded(candle.Low));
        json.Raw("trade_price", NumberText.Padded(candle.Close));
        json.WriteNumber("timestamp", last.ToUnixTimeMilliseconds() - 1);
        json.Number("candle_acc_trade_price", candle.QuoteVolume);
        json.Number("candle_acc_trade_volume", candle.Volume);
        if (unit is not null)
        {
            json.WriteNumber("unit", int.Parse(unit, CultureInfo.InvariantCulture));
        }

        json.WriteEndObject();
    }

    private bool TryTo(string text, out DateTimeOffset to)
    {
        to = world.Time.GetUtcNow().AddMilliseconds(1);
        if (text.Length == 0)
        {
            return true;
        }

        if (DateTime.TryParseExact(text, ToForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            to = new DateTimeOffset(local, traits.Offset);
            return true;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out to);
    }

    /// <summary>The spans that open before an instant, newest first; null for an unknown kind. Weeks begin on Monday.</summary>
    private Func<DateTimeOffset, IEnumerable<(DateTimeOffset From, DateTimeOffset To)>>? Spans(HttpContext context)
    {
        var kind = context.Request.RouteValues["kind"]?.ToString();
        var unit = context.Request.RouteValues["unit"]?.ToString();
        var minutes = Array.Find(Units, known => known.ToString(CultureInfo.InvariantCulture) == unit);
        return (kind, unit) switch
        {
            ("seconds", null) => before => Regular(before, TimeSpan.FromSeconds(1)),
            ("minutes", not null) when minutes > 0 => before => Regular(before, TimeSpan.FromMinutes(minutes)),
            ("days", null) => before => Regular(before, TimeSpan.FromDays(1)),
            ("weeks", null) => before => Regular(before, TimeSpan.FromDays(7)),
            ("months", null) => Months,
            _ => null,
        };
    }

    private IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Regular(DateTimeOffset before, TimeSpan length)
    {
        // The Unix epoch was a Thursday.
        var origin = DateTimeOffset.UnixEpoch + (length.TotalDays == 7 ? TimeSpan.FromDays(4) : TimeSpan.Zero);
        var last = Earlier(before, world.Time.GetUtcNow().AddMilliseconds(1)).AddTicks(-1);
        var spans = (last - origin).Ticks / length.Ticks; // in whole numbers: a quotient of doubles would round the last tick away
        for (var from = origin + TimeSpan.FromTicks(spans * length.Ticks); from >= MarketModel.Earliest; from -= length)
        {
            yield return (from, from + length);
        }
    }

    private IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Months(DateTimeOffset before)
    {
        var last = Earlier(before, world.Time.GetUtcNow().AddMilliseconds(1)).AddTicks(-1).UtcDateTime;
        var first = new DateTimeOffset(last.Year, last.Month, 1, 0, 0, 0, TimeSpan.Zero);
        for (var from = first; from >= MarketModel.Earliest; from = from.AddMonths(-1))
        {
            yield return (from, from.AddMonths(1));
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
