using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/coins/{id}/ohlc</c>: <c>[[1779199200000,76769.0,76889.0,76744.0,76818.0],…]</c>, a candle by its end: half an hour long for one day,
/// four hours up to 30 days, four days beyond.
/// </summary>
public sealed class OhlcPath(
    CoinCatalogue catalogue, ICoinReads store, CoinDemand demand, CoinAnswers cache, bool anyCoin, int? historyDays,
    TimeSpan maxAge, TimeProvider time)
{
    private const string Dataset = "ohlc";

    private static readonly string[] Days = ["1", "7", "14", "30", "90", "180", "365"];

    public sealed record Request(string Currency, int Days, Precision Precision);

    public static Request Parse(CoinGeckoQuery query)
    {
        var (currency, days) = (query.Currency(), query.Required("days"));
        if (!Days.Contains(days))
        {
            query.Refuse(CoinGeckoErrors.Invalid("days"));
            days = Days[0];
        }

        return new Request(currency, int.Parse(days, CultureInfo.InvariantCulture), query.Precision());
    }

    public CoinRead<Request> Read => new(
        cache,
        static (id, request) => $"v3/ohlc|{id}|{request.Currency}|{request.Days}|{request.Precision}",
        LoadAsync);

    private async Task<Answer> LoadAsync(string id, Request request)
    {
        if (request.Days > historyDays)
        {
            return CoinGeckoErrors.TimeRange(historyDays.Value);
        }

        var lists = await catalogue.ReadAsync();
        if (lists.Find(id) is null)
        {
            return CoinGeckoErrors.CoinNotFound;
        }

        if (!lists.HasCurrency(request.Currency))
        {
            return CoinGeckoErrors.Invalid("vs_currency");
        }

        var (interval, length) = request.Days == 1 ? ("30m", TimeSpan.FromMinutes(30))
            : request.Days <= 30 ? ("4h", TimeSpan.FromHours(4))
            : ("4d", TimeSpan.FromDays(4));
        var candles = await ReadAsync(id, request, interval, length);
        if (await RefreshAsync(id, request.Currency, interval, candles) is { } problem)
        {
            return problem;
        }

        candles = await ReadAsync(id, request, interval, length);
        var body = Encode(candles, length, request.Precision);
        if (candles.Count == 0)
        {
            return Answer.Of(body);
        }

        var at = candles.Max(candle => candle.KnownAt);
        return Answer.Of(
            body, at, at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), freshness: null);
    }

    /// <summary>The newest candles, as many as fit into the days; the running one is the last of them.</summary>
    private async Task<IReadOnlyList<OhlcPoint>> ReadAsync(string id, Request request, string interval, TimeSpan length)
    {
        var count = (int)(TimeSpan.FromDays(request.Days) / length);
        var candles = await store.OhlcAsync(id, request.Currency, interval, time.GetUtcNow() - ((count + 1) * length));
        return [.. candles.TakeLast(count)];
    }

    private async Task<Problem?> RefreshAsync(string id, string currency, string interval, IReadOnlyList<OhlcPoint> candles)
    {
        DateTimeOffset? newest = candles.Count == 0 ? null : candles.Max(candle => candle.KnownAt);
        var what = $"ohlc/{id}/{currency}/{interval}";
        if ((newest is { } at && time.GetUtcNow() - at <= maxAge) || demand.WasAsked(what, maxAge))
        {
            return null;
        }

        var otherwise = demand.Refusal($"the candles of {id} in {currency}", newest, maxAge);
        return await demand.AskAsync(
            Dataset, [what],
            feed => anyCoin || (feed.Settings.Assets.Contains(id) && feed.Settings.Currencies.Contains(currency))
                ? feed.SeriesOf(feed.Settings with { Assets = [id], Currencies = [currency], Intervals = [interval] })
                : [],
            otherwise);
    }

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<OhlcPoint> candles, TimeSpan length, Precision precision)
    {
        var buffer = new ArrayBufferWriter<byte>(16 + (80 * candles.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var candle in candles)
            {
                json.WriteStartArray();
                json.WriteNumberValue((candle.OpenTime + length).ToUnixTimeMilliseconds());
                foreach (var price in (MarketNumber[])[candle.Open, candle.High, candle.Low, candle.Close])
                {
                    precision.Write(json, price);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }
}
