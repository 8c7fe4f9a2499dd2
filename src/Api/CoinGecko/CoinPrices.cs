using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>Prices of any listed coin in any supported currency: what is polled from Redis or Postgres, the rest asked for.</summary>
public sealed class CoinPrices(
    LatestPrices latest, IMarketReads reads, ICoinReads store, ConfiguredSeries configured, CoinDemand demand, bool anyCoin,
    TimeSpan maxAge, TimeProvider time)
{
    /// <summary>What is known of the product of the two lists, the newest by the provider's own time. Prices have it in whole seconds and
    /// coins' markets in milliseconds: a market is newer than a price only past the price's whole second.</summary>
    public async Task<Dictionary<(string Asset, string Currency), AssetPrice>> ReadAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies)
    {
        var found = new Dictionary<(string Asset, string Currency), AssetPrice>();
        List<string> polled = [.. assets.Where(configured.HasPriceAsset)];
        List<string> polledIn = [.. currencies.Where(configured.HasPriceCurrency)];
        if (polled.Count > 0 && polledIn.Count > 0)
        {
            Take(found, (await latest.ReadAsync(polled, polledIn)).Values);
        }

        if (polled.Count < assets.Count || polledIn.Count < currencies.Count || found.Values.Any(IsOld))
        {
            Take(found, await reads.PricesAsync(assets, currencies, CancellationToken.None));
            Take(found, await store.MarketPricesAsync(assets, currencies));
        }

        return found;
    }

    /// <summary>Asks for what of the product is missing or past its age limit, and is not known to be all that there is. Null: look again,
    /// or nothing was wanted.</summary>
    public async Task<Problem?> RefreshAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, Dictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var wanted = (from asset in assets
                      from currency in currencies
                      where anyCoin || (configured.HasPriceAsset(asset) && configured.HasPriceCurrency(currency))
                      where !found.TryGetValue((asset, currency), out var known) || IsOld(known)
                      where !demand.WasAsked(Key(asset, currency), maxAge)
                      select (Asset: asset, Currency: currency)).ToList();
        if (wanted.Count == 0)
        {
            return null;
        }

        var (ofAssets, ofCurrencies) = (
            wanted.Select(pair => pair.Asset).Distinct().ToList(), wanted.Select(pair => pair.Currency).Distinct().ToList());
        var otherwise = Otherwise(wanted, found);
        var problem = await demand.AskAsync(
            "simple_price", [.. wanted.Select(pair => Key(pair.Asset, pair.Currency))],
            feed => Requests(feed, ofAssets, ofCurrencies), otherwise);
        return problem is not null && !IsWithoutAnybody(problem, otherwise, wanted) ? problem : null;
    }

    /// <summary>The feed's own round where that brings all of it, so that one request serves all; else one of its own.</summary>
    private static IEnumerable<SeriesRequest> Requests(Feed feed, List<string> assets, List<string> currencies) =>
        assets.All(feed.Settings.Assets.Contains) && currencies.All(feed.Settings.Currencies.Contains)
            ? feed.Series
            : feed.SeriesOf(feed.Settings with { Assets = assets, Currencies = currencies })
                .Select(series => series with { Series = CoinDemand.Name(assets, currencies) });

    private Problem Otherwise(
        List<(string Asset, string Currency)> wanted, Dictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var (asset, currency) = wanted.FirstOrDefault(IsPolled, wanted[0]);
        return demand.Refusal(
            $"the price of {asset} in {currency}", found.GetValueOrDefault((asset, currency))?.Time?.ToDateTimeOffset(), maxAge);
    }

    /// <summary>Where nobody can be asked, a coin that no feed polls is left out, as one without a price is.</summary>
    private bool IsWithoutAnybody(Problem problem, Problem otherwise, List<(string Asset, string Currency)> wanted) =>
        ReferenceEquals(problem, otherwise) && problem.Code == ProblemCodes.NoDataYet && !wanted.Exists(IsPolled);

    private bool IsPolled((string Asset, string Currency) pair) =>
        configured.HasPriceAsset(pair.Asset) && configured.HasPriceCurrency(pair.Currency);

    private bool IsOld(AssetPrice price) => price.Time is { } at && time.GetUtcNow() - at.ToDateTimeOffset() > maxAge;

    private static string Key(string asset, string currency) => $"price/{asset}/{currency}";

    private static void Take(Dictionary<(string Asset, string Currency), AssetPrice> found, IEnumerable<AssetPrice> prices)
    {
        foreach (var price in prices)
        {
            if (!found.TryGetValue((price.Asset, price.Currency), out var known)
                || price.Time.GetValueOrDefault().IsPast(known.Time.GetValueOrDefault()))
            {
                found[(price.Asset, price.Currency)] = price;
            }
        }
    }
}
