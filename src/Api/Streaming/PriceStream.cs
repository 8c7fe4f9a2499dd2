using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// <c>/stream/prices</c>: first the newest price of each series, then each that becomes the newest. Prices conflate: a client that is slow,
/// or that comes back, gets of each series the newest one that it has not seen.
/// </summary>
public sealed class PriceStream(LiveHub hub, IMarketReads reads, ConfiguredSeries configured, TimeProvider time)
{
    /// <summary>Prices that are taken from the board at once: those behind them are taken as they are when it is their turn.</summary>
    private const int AtOnce = 100;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("assets", "Comma-separated CoinGecko ids, 1 to 250; a repeated one counts once.", "bitcoin,ethereum", Required: true),
        new("currencies", "Comma-separated lower-case tickers, 1 to 250; a repeated one counts once.", "usd,krw", Required: true),
        LastEvent.Parameter,
    ];

    public sealed record Request(IReadOnlyList<string> Assets, IReadOnlyList<string> Currencies, string? LastEventId);

    public static Request Parse(Query query) =>
        new(query.Names("assets"), query.Tickers("currencies"), query.Optional(LastEvent.Parameter.Name));

    public async Task ServeAsync(HttpContext context, Request request)
    {
        if (await UnknownAsync(request, context.RequestAborted) is { } unknown)
        {
            await ProblemWriter.WriteAsync(context, unknown);
            return;
        }

        var last = LastEvent.Of(context, request.LastEventId);
        await EventStream.ServeAsync(context, hub, time, stream => FollowAsync(stream, request, last));
    }

    private async Task FollowAsync(EventStream stream, Request request, LastEvent? last)
    {
        var position = await BeginAsync(stream, request, last);
        var wanted = new PriceFilter(request.Assets, request.Currencies);
        while (true)
        {
            var (events, changed) = hub.Prices.After(position, wanted, AtOnce);
            foreach (var price in events)
            {
                await stream.WriteAsync(price.Bytes);
                position = price.Position;
            }

            if (events.Count == 0)
            {
                await stream.WaitAsync(changed);
            }
        }
    }

    /// <summary>The position after which prices are new to the client.</summary>
    private async Task<long> BeginAsync(EventStream stream, Request request, LastEvent? last)
    {
        var head = last is null ? 0 : await HeadAsync(stream);
        await stream.OpenAsync();
        if (last is null)
        {
            return 0;
        }

        if (last.Id is { } id && id.Place.Position <= head)
        {
            return id.Place.Position;
        }

        var now = ProviderTime.From(time.GetUtcNow(), 3).ToString();
        var from = last.Id?.UnixMilliseconds is { } ms ? ProviderTime.FromUnixMilliseconds(ms).ToString() : null;
        await stream.WriteAsync(EventFrame.Missed(
            new EventId(default, null), from, now,
            $"/simple_price?assets={string.Join(',', request.Assets)}&currencies={string.Join(',', request.Currencies)}"
            + "&include=market_cap,volume_24h,change_24h"));
        return 0;
    }

    private async Task<long> HeadAsync(EventStream stream)
    {
        while (true)
        {
            try
            {
                return await hub.HeadAsync(stream.Ended);
            }
            catch (Exception failure) when (PostgresErrors.IsTransient(failure) && !stream.Ended.IsCancellationRequested)
            {
                await stream.WaitAsync(Task.Delay(TryAgainAfter, time, stream.Ended));
            }
        }
    }

    private async Task<Problem?> UnknownAsync(Request request, CancellationToken cancellationToken)
    {
        var isConfigured = request.Assets.All(configured.HasPriceAsset) && request.Currencies.All(configured.HasPriceCurrency);
        var stored = isConfigured ? [] : await reads.PricesAsync(request.Assets, request.Currencies, cancellationToken);
        return request.Assets.FirstOrDefault(
                asset => !configured.HasPriceAsset(asset) && stored.All(price => price.Asset != asset)) is { } asset
            ? Problem.Unknown("asset", asset)
            : request.Currencies.FirstOrDefault(
                currency => !configured.HasPriceCurrency(currency) && stored.All(price => price.Currency != currency)) is { } currency
            ? Problem.Unknown("currency", currency)
            : null;
    }
}
