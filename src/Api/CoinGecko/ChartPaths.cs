using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/coins/{id}/market_chart</c> and <c>/range</c>: <c>{"prices":[[1779027899041,77953.82550382407],…],"market_caps":[…],
/// "total_volumes":[…]}</c>. By default a day comes in steps of five minutes where it is the last one, up to 90 days hourly, more at 00:00
/// UTC of each day; a chart up to now ends with the newest price.
/// </summary>
public sealed class ChartPaths(
    CoinCatalogue catalogue, CoinCharts charts, CoinAnswers cache, int? historyDays, TimeProvider time)
{
    private const int MostDays = 36_500;
    private const int MostHourlyDays = 90;

    /// <summary>How far behind a span of "the last day" may begin by the time that it is read.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <param name="Days">Null: all.</param>
    /// <param name="Interval">Null: by the days.</param>
    public sealed record DaysRequest(string Currency, int? Days, string? Interval, Precision Precision);

    /// <param name="From">Unix seconds.</param>
    public sealed record RangeRequest(string Currency, long From, long To, Precision Precision);

    public static DaysRequest ParseDays(CoinGeckoQuery query)
    {
        var (currency, text) = (query.Currency(), query.Required("days"));
        int? days = null;
        if (text is not ("" or "max"))
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= MostDays)
            {
                days = number;
            }
            else
            {
                query.Refuse(CoinGeckoErrors.Invalid("days"));
            }
        }

        var interval = query.Optional("interval");
        if (interval is not (null or "daily" or "hourly"))
        {
            query.Refuse(CoinGeckoErrors.Invalid("interval"));
        }

        return new DaysRequest(currency, days, interval, query.Precision());
    }

    public static RangeRequest ParseRange(CoinGeckoQuery query)
    {
        var currency = query.Currency();
        var (from, to) = (Seconds(query, "from"), Seconds(query, "to"));
        if (from > to)
        {
            query.Refuse(CoinGeckoErrors.Invalid("from or to"));
        }

        return new RangeRequest(currency, from, to, query.Precision());
    }

    public CoinRead<DaysRequest> Days => new(
        cache,
        static (id, request) => $"v3/chart|{id}|{request.Currency}|{request.Days}|{request.Interval}|{request.Precision}",
        LoadDaysAsync);

    public CoinRead<RangeRequest> Range => new(
        cache,
        static (id, request) => $"v3/range|{id}|{request.Currency}|{request.From}|{request.To}|{request.Precision}",
        LoadRangeAsync);

    private async Task<Answer> LoadDaysAsync(string id, DaysRequest request)
    {
        if (request.Days > historyDays)
        {
            return CoinGeckoErrors.TimeRange(historyDays.Value);
        }

        var days = request.Days ?? historyDays;
        var step = request.Interval ?? (days <= 1 ? ChartStore.FiveMinutes : days <= MostHourlyDays ? "hourly" : "daily");
        var now = time.GetUtcNow();
        // Daily: as many midnights as days, today's the last of them; else the points of exactly the span.
        DateTimeOffset? from = days is not { } some ? null
            : step == "daily" ? new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddDays(1 - some)
            : now.AddDays(-some);
        return await LoadAsync(new ChartSpan(id, request.Currency, step, from, now.AddDays(1), ToNow: true), request.Precision);
    }

    private async Task<Answer> LoadRangeAsync(string id, RangeRequest request)
    {
        var now = time.GetUtcNow();
        var (from, to) = (DateTimeOffset.FromUnixTimeSeconds(request.From), DateTimeOffset.FromUnixTimeSeconds(request.To));
        if (historyDays is { } most && (now - from).TotalDays >= most + 1)
        {
            return CoinGeckoErrors.TimeRange(most);
        }

        // Five-minute points are those of the last day; an older span of a day is hourly.
        var days = (to - from).TotalDays;
        var isLastDay = days <= 1 && from >= now.AddDays(-1) - Grace;
        var step = isLastDay ? ChartStore.FiveMinutes : days <= MostHourlyDays ? "hourly" : "daily";
        return await LoadAsync(
            new ChartSpan(id, request.Currency, step, from, to, ToNow: to >= now - Grace), request.Precision);
    }

    private async Task<Answer> LoadAsync(ChartSpan span, Precision precision)
    {
        var lists = await catalogue.ReadAsync();
        if (lists.Find(span.Asset) is null)
        {
            return CoinGeckoErrors.CoinNotFound;
        }

        if (!lists.HasCurrency(span.Currency))
        {
            return CoinGeckoErrors.Invalid("vs_currency");
        }

        var (points, problem) = await charts.ReadAsync(span);
        if (problem is not null)
        {
            return problem;
        }

        var body = Encode(points, precision);
        return points.Count == 0
            ? Answer.Of(body)
            : Answer.Of(body, points[^1].Time.ToDateTimeOffset(), points[^1].Time.ToString(), freshness: null);
    }

    /// <summary>Unix seconds, or a day or time of ISO 8601.</summary>
    private static long Seconds(CoinGeckoQuery query, string name)
    {
        var text = query.Required(name);
        const long last = 9_214_646_399;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= last)
        {
            return seconds;
        }

        if (text.Length is >= 10 and <= 40 && DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var at) && at >= DateTimeOffset.UnixEpoch && at.ToUnixTimeSeconds() <= last)
        {
            return at.ToUnixTimeSeconds();
        }

        query.Refuse(CoinGeckoErrors.Invalid(name));
        return 0;
    }

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<ChartSpot> points, Precision precision)
    {
        var buffer = new ArrayBufferWriter<byte>(128 + (128 * points.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteSeries(json, "prices"u8, points, point => point.Price, precision);
            WriteSeries(json, "market_caps"u8, points, point => point.MarketCap, default);
            WriteSeries(json, "total_volumes"u8, points, point => point.Volume, default);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteSeries(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<ChartSpot> points, Func<ChartSpot, MarketNumber?> value,
        Precision precision)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.Time.UnixMilliseconds);
            precision.Write(json, value(point));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
