using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.CoinGecko;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/coins/{id}/history</c>: a coin's figures at 00:00 UTC of a day, in CoinGecko's own words; where CoinGecko can't be asked, what the
/// stored charts know of that moment, in the currencies that they have. A past day does not change, so it has no age limit.
/// </summary>
public sealed class HistoryPath(
    CoinCatalogue catalogue, ICoinReads store, IMarketReads reads, ConfiguredSeries configured, CoinDemand demand, CoinAnswers cache,
    bool anyCoin, int? historyDays, TimeProvider time)
{
    private const string Dataset = "coin_history";

    private static readonly TimeSpan NotAgain = TimeSpan.FromHours(1);

    public sealed record Request(DateOnly Date, bool Localization);

    public static Request Parse(CoinGeckoQuery query)
    {
        if (!DateOnly.TryParseExact(
            query.Required("date"), "d-M-yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            query.Refuse(CoinGeckoErrors.Invalid("date"));
        }

        return new Request(date, query.Flag("localization", whenAbsent: true));
    }

    public CoinRead<Request> Read => new(
        cache,
        static (id, request) => $"v3/history|{id}|{request.Date:yyyy-MM-dd}|{request.Localization}",
        LoadAsync);

    private async Task<Answer> LoadAsync(string id, Request request)
    {
        if ((await catalogue.ReadAsync()).Find(id) is not { } coin)
        {
            return CoinGeckoErrors.CoinNotFound;
        }

        var (now, at) = (time.GetUtcNow(), new DateTimeOffset(request.Date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        if (at > now)
        {
            return CoinGeckoErrors.Invalid("date");
        }

        if (historyDays is { } most && (now - at).TotalDays > most + 1)
        {
            return CoinGeckoErrors.TimeRange(most);
        }

        var asked = CoinHistoryRequests.Request(id, request.Date);
        var what = $"{Dataset}/{asked.Series}";
        var stored = await store.DocumentAsync(Dataset, asked.Series);
        Problem? problem = null;
        if (stored is null && !demand.WasAsked(what, NotAgain))
        {
            var otherwise = demand.Refusal($"{id} on {asked.Context.Query}", null, TimeSpan.Zero);
            problem = await demand.AskAsync(Dataset, [what], _ => anyCoin || IsConfigured(id) ? [asked] : [], otherwise);
            stored = await store.DocumentAsync(Dataset, asked.Series);
        }

        var shown = ProviderTime.From(at, 0);
        var body = stored is not null ? Encode(stored.Json, request) : await FromChartsAsync(coin, at);
        return body is { } known ? Answer.Of(known, at, shown.ToString(), freshness: null)
            : problem ?? demand.Refusal($"{id} on {asked.Context.Query}", null, TimeSpan.Zero);
    }

    private bool IsConfigured(string id) => configured.Assets.Contains(id);

    private static ReadOnlyMemory<byte> Encode(string document, Request request)
    {
        var buffer = new ArrayBufferWriter<byte>(document.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            using var parsed = JsonDocument.Parse(document);
            json.WriteStartObject();
            var members = parsed.RootElement.EnumerateObject();
            foreach (var member in members.Where(member => request.Localization || member.Name != "localization"))
            {
                member.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Null where no chart has a point of that moment.</summary>
    private async Task<ReadOnlyMemory<byte>?> FromChartsAsync(Coin coin, DateTimeOffset at)
    {
        var known = new List<(string Currency, ChartBucket Point)>();
        foreach (var currency in configured.Currencies.Where(configured.HasChartCurrency))
        {
            var points = await reads.ChartAsync(coin.Id, currency, ChartStore.Midnight, at, null, CancellationToken.None);
            known.AddRange(points.Where(point => point.Start == at).Select(point => (currency, point)));
        }

        if (known.Count == 0)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            HistorySnapshot.Write(json, coin, known);
        }

        return buffer.WrittenMemory;
    }
}
