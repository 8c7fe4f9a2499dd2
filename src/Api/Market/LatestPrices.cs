using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Market;

/// <summary>Latest prices from Redis, and what Redis lacks from Postgres in one read, which Redis then gets.</summary>
public sealed class LatestPrices(
    ISharedCache shared, IMarketReads reads, CacheTtlSettings timeToLive, TimeSpan maxAge, TimeProvider time, ApiInstruments instruments)
{
    /// <summary>What there is of the product of the two lists.</summary>
    public async Task<IReadOnlyDictionary<(string Asset, string Currency), AssetPrice>> ReadAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies)
    {
        var wanted = assets.SelectMany(asset => currencies.Select(currency => (asset, currency))).ToList();
        var found = new Dictionary<(string Asset, string Currency), AssetPrice>(wanted.Count);
        if (timeToLive.RedisTtl is not null)
        {
            await ReadSharedAsync(wanted, found);
        }

        var missing = wanted.Where(pair => !found.ContainsKey(pair)).ToList();
        instruments.Count(missing.Count > 0 ? ReadLevel.Postgres : ReadLevel.Redis);
        if (missing.Count > 0)
        {
            await ReadMissingAsync(missing, found);
        }

        return found;
    }

    /// <summary>Puts committed prices where every node reads them; the write never fails, at worst the cache stays as it was.</summary>
    public Task PublishAsync(IEnumerable<AssetPrice> prices) => timeToLive.RedisTtl is { } kept
        ? Task.WhenAll(
            prices.Select(price => shared.SetAsync(PriceText.Key(price.Asset, price.Currency), PriceText.Encode(price), kept)))
        : Task.CompletedTask;

    private async Task ReadSharedAsync(
        List<(string Asset, string Currency)> wanted, Dictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var texts = await shared.GetAllAsync([.. wanted.Select(pair => PriceText.Key(pair.Asset, pair.Currency))]);
        foreach (var (pair, text) in wanted.Zip(texts))
        {
            if (PriceText.Decode(text, pair.Asset, pair.Currency) is { } price && !IsStale(price))
            {
                found[pair] = price;
            }
        }
    }

    private async Task ReadMissingAsync(
        List<(string Asset, string Currency)> missing, Dictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var stored = await reads.PricesAsync(
            [.. missing.Select(pair => pair.Asset).Distinct()], [.. missing.Select(pair => pair.Currency).Distinct()],
            CancellationToken.None);
        foreach (var price in stored)
        {
            found[(price.Asset, price.Currency)] = price;
        }

        await PublishAsync(stored);
    }

    /// <summary>A price past its age limit may have a newer one in the database.</summary>
    private bool IsStale(AssetPrice price) => price.Time is { } known && time.GetUtcNow() - known.ToDateTimeOffset() > maxAge;
}
