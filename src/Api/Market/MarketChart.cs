using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// <c>/market_chart</c>: the closed UTC buckets of the last days and the current one. Encoded answers are kept in Redis under
/// <c>chart:&lt;asset&gt;:&lt;currency&gt;:&lt;interval&gt;:&lt;days&gt;</c>.
/// </summary>
public sealed class MarketChart(
    IMarketReads reads, ISharedCache shared, ConfiguredSeries configured, CacheTtlSettings timeToLive, TimeSpan maxAge, TimeProvider time,
    ApiInstruments instruments)
{
    private const int MostDays = 36_500;

    /// <summary>Up to so many days the default interval is hourly.</summary>
    private const int MostHourlyDays = 90;

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("asset", "CoinGecko id.", "bitcoin", Required: true),
        new("currency", "Lower-case ticker.", "usd", Required: true),
        new("days", "How many days before the current bucket: 1 to 36500, or max.", "30", Required: true),
        new("interval", "Default: hourly up to 90 days, else daily.", "daily", OneOf: ["daily", "hourly"]),
        Series.AsOfParameter,
    ];

    /// <param name="Days">Null: all.</param>
    /// <param name="Key">In Redis.</param>
    /// <param name="AsOf">As known then, with that moment's bucket as the last one; null: now.</param>
    public sealed record Request(string Asset, string Currency, int? Days, string Interval, string Key, DateTimeOffset? AsOf)
        : IRowRequest
    {
        /// <summary>Buckets of so many days; of all, as of the most days.</summary>
        public int Rows => (Days ?? MostDays) * (Interval == "hourly" ? 24 : 1);
    }

    public static Request Parse(Query query, DateTimeOffset now)
    {
        var asset = query.Name("asset");
        var currency = query.LowerCaseTicker("currency");
        var daysText = query.Required("days");
        int? days = null;
        if (daysText != "max")
        {
            days = int.TryParse(daysText, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            if (days is < 1 or > MostDays)
            {
                query.Fault("days", $"must be a whole number from 1 to {MostDays}, or max");
            }
        }

        var interval = query.OneOf("interval", ["daily", "hourly"]) ?? (days <= MostHourlyDays ? "hourly" : "daily");
        var shownDays = days?.ToString(CultureInfo.InvariantCulture) ?? "max";
        return new Request(asset, currency, days, interval, $"chart:{asset}:{currency}:{interval}:{shownDays}",
            Series.ParseAsOf(query, now));
    }

    /// <summary>What was known at some moment is read from the database each time: the kept answers are those of now.</summary>
    public Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken) =>
        request.AsOf is null ? LoadNowAsync(request) : LoadAsOfAsync(request, cancellationToken);

    public async IAsyncEnumerable<NormalisedRecord> ExportAsync(
        Request request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buckets = WholeSeries.ReadChartAsync(
            From(request), (from, most, stop) => reads.ChartPageAsync(
                request.Asset, request.Currency, request.Interval, from, request.AsOf, most, stop), cancellationToken);
        await foreach (var bucket in buckets)
        {
            yield return new ChartPoint(
                request.Asset, request.Currency, ProviderTime.From(bucket.Start, 0), bucket.Price, bucket.MarketCap, bucket.Volume);
        }
    }

    private Task<IReadOnlyList<ChartBucket>> ReadAsync(Request request, DateTimeOffset? from, CancellationToken cancellationToken) =>
        reads.ChartAsync(request.Asset, request.Currency, request.Interval, from, request.AsOf, cancellationToken);

    private async Task<Answer> LoadAsOfAsync(Request request, CancellationToken cancellationToken)
    {
        var buckets = await ReadAsync(request, From(request), cancellationToken);
        if (buckets.Count == 0 && !IsConfigured(request))
        {
            // Learned later, or never.
            var all = await ReadAsync(request with { AsOf = null }, from: null, cancellationToken);
            if (all.Count == 0)
            {
                return Unknown(request);
            }
        }

        var body = Encode(request, buckets);
        if (buckets.Count == 0)
        {
            return Answer.Of(body);
        }

        var knownAt = buckets.Max(bucket => bucket.KnownAt);
        return Answer.Of(body, knownAt, Text(knownAt), freshness: null);
    }

    private async Task<Answer> LoadNowAsync(Request request)
    {
        var from = From(request);
        if (timeToLive.RedisTtl is not null && Decode(request, from, await shared.GetAsync(request.Key)) is { } kept)
        {
            instruments.Count(ReadLevel.Redis);
            return kept;
        }

        instruments.Count(ReadLevel.Postgres);
        var buckets = await ReadAsync(request, from, CancellationToken.None);
        if (buckets.Count == 0)
        {
            return await EmptyAsync(request);
        }

        var knownAt = buckets.Max(bucket => bucket.KnownAt);
        var body = Encode(request, buckets);
        if (timeToLive.RedisTtl is { } redisTtl)
        {
            await shared.SetAsync(request.Key, Stamped(from, knownAt, body), redisTtl);
        }

        return AnswerFor(request, knownAt, body);
    }

    private DateTimeOffset? From(Request request)
    {
        var now = request.AsOf ?? time.GetUtcNow();
        var current = request.Interval == "daily" ? now.UtcTicks / TimeSpan.TicksPerDay * TimeSpan.TicksPerDay
            : now.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour;
        return request.Days is { } days ? new DateTimeOffset(current, TimeSpan.Zero).AddDays(-days) : null;
    }

    private async Task<Answer> EmptyAsync(Request request)
    {
        if (IsConfigured(request))
        {
            return Problem.NoDataYet($"the {request.Interval} chart of {request.Asset} in {request.Currency}");
        }

        // Not asked for any more, but there may be older points: then the window is empty, not the asset unknown.
        var all = await ReadAsync(request, from: null, CancellationToken.None);
        return all.Count > 0
            ? Problem.Stale(
                $"the {request.Interval} chart of {request.Asset}", time.GetUtcNow() - all.Max(bucket => bucket.KnownAt), maxAge)
            : Unknown(request);
    }

    private bool IsConfigured(Request request) =>
        configured.HasChartAsset(request.Asset) && configured.HasChartCurrency(request.Currency);

    private Problem Unknown(Request request) => configured.HasChartAsset(request.Asset)
        ? Problem.Unknown("currency", request.Currency)
        : Problem.Unknown("asset", request.Asset);

    private static string Text(DateTimeOffset knownAt) =>
        knownAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private Answer AnswerFor(Request request, DateTimeOffset knownAt, ReadOnlyMemory<byte> body) => Answer.Of(
        body, knownAt, Text(knownAt),
        new Freshness($"the {request.Interval} chart of {request.Asset} in {request.Currency}", maxAge));

    private static ReadOnlyMemory<byte> Encode(Request request, IReadOnlyList<ChartBucket> buckets)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (128 * buckets.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("asset"u8, request.Asset);
            json.WriteString("currency"u8, request.Currency);
            json.WriteString("interval"u8, request.Interval);
            json.WriteStartArray("points"u8);
            foreach (var bucket in buckets)
            {
                json.WriteStartObject();
                json.WriteString("time"u8, bucket.Start.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
                json.WriteNumber("price"u8, bucket.Price);
                json.WriteNumber("market_cap"u8, bucket.MarketCap);
                json.WriteNumber("volume"u8, bucket.Volume);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>
    /// The value in Redis: a line <c>from_ms known_at_ms</c>, then the body. When the current bucket has moved on, the first of the two no
    /// longer fits and the value is not used.
    /// </summary>
    private static ReadOnlyMemory<byte> Stamped(DateTimeOffset? from, DateTimeOffset knownAt, ReadOnlyMemory<byte> body)
    {
        var stamp = string.Create(
            CultureInfo.InvariantCulture, $"{from?.ToUnixTimeMilliseconds() ?? 0} {knownAt.ToUnixTimeMilliseconds()}\n");
        return (byte[])[.. Encoding.ASCII.GetBytes(stamp), .. body.Span];
    }

    /// <summary>Null for anything that does not fit or is past its age limit: then the database is asked.</summary>
    private Answer? Decode(Request request, DateTimeOffset? from, byte[]? value)
    {
        var text = value.AsSpan();
        if (!Utf8Parser.TryParse(text, out long fromMs, out var length) || length >= text.Length
            || !Utf8Parser.TryParse(text[(length + 1)..], out long knownAtMs, out var second) || length + second + 1 >= text.Length
            || text[length + second + 1] != '\n' || fromMs != (from?.ToUnixTimeMilliseconds() ?? 0)
            || knownAtMs is < 0 or > LastMillisecond)
        {
            return null;
        }

        var knownAt = DateTimeOffset.FromUnixTimeMilliseconds(knownAtMs);
        return time.GetUtcNow() - knownAt > maxAge ? null : AnswerFor(request, knownAt, value.AsMemory(length + second + 2));
    }

    /// <summary>9999-12-31, the last that .NET's time can hold.</summary>
    private const long LastMillisecond = 253_402_300_799_999;
}
