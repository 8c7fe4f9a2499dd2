using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>A coin that is listed, or that a feed is configured for.</summary>
/// <param name="Symbol">Lower case; null while the list has not arrived.</param>
/// <param name="Platforms">JSON object; null where the list gave none.</param>
/// <param name="Rank">By market cap; null for one that is not among those with stored markets.</param>
/// <param name="Image">Address of its large picture.</param>
public sealed record Coin(string Id, string? Symbol, string? Name, string? Platforms, long? Rank, string? Image);

/// <summary>What there is at one moment.</summary>
/// <param name="Currencies">In the provider's order.</param>
public sealed class CoinLists(IReadOnlyList<Coin> coins, IReadOnlyList<string> currencies)
{
    private readonly Dictionary<string, Coin> _byId = coins.ToDictionary(coin => coin.Id, StringComparer.Ordinal);
    private readonly ILookup<string, Coin> _bySymbol = ByRank(coins).Where(coin => coin.Symbol is not null)
        .ToLookup(coin => coin.Symbol!, StringComparer.OrdinalIgnoreCase);
    private readonly ILookup<string, Coin> _byName = ByRank(coins).Where(coin => coin.Name is not null)
        .ToLookup(coin => coin.Name!, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _currencies = [.. currencies];

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<Coin> Coins => coins;

    public IReadOnlyList<string> Currencies => currencies;

    public Coin? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Greatest market cap first.</summary>
    public IEnumerable<Coin> WithSymbol(string symbol) => _bySymbol[symbol];

    /// <summary>Greatest market cap first.</summary>
    public IEnumerable<Coin> WithName(string name) => _byName[name];

    public bool HasCurrency(string currency) => _currencies.Contains(currency);

    public static IEnumerable<Coin> ByRank(IEnumerable<Coin> coins) =>
        coins.OrderBy(coin => coin.Rank ?? long.MaxValue).ThenBy(coin => coin.Id, StringComparer.Ordinal);
}

/// <summary>
/// The lists of coins and currencies with the coins' ranks, in memory for <c>coin-api.lists-ttl</c>: what a request may name. One load
/// at a time, for all who wait.
/// </summary>
public sealed class CoinCatalogue(
    ICoinReads store, ConfiguredSeries configured, CoinDemand demand, CoinApiSettings settings, TimeProvider time)
{
    private const string RankedIn = "usd";

    private readonly Lock _gate = new();
    private Task<CoinLists>? _lists;
    private long _loadedAt;

    public Task<CoinLists> ReadAsync()
    {
        lock (_gate)
        {
            var isFresh = _lists is { IsFaulted: false } && (!_lists.IsCompleted || time.GetElapsedTime(_loadedAt) < settings.ListsTtl);
            if (!isFresh)
            {
                _loadedAt = time.GetTimestamp();
                _lists = Task.Run(LoadAsync);
            }

            return _lists!;
        }
    }

    private async Task<CoinLists> LoadAsync()
    {
        var listed = await store.ListedAsync();
        if (listed.Count == 0 && await AskAsync("coins_list"))
        {
            listed = await store.ListedAsync();
        }

        var currencies = await store.CurrenciesAsync();
        if (currencies.Count == 0 && await AskAsync("currencies"))
        {
            currencies = await store.CurrenciesAsync();
        }

        var markets = await store.MarketsAsync(RankedIn, null);
        return new CoinLists(Coins(listed, markets), [.. currencies.Union(configured.Currencies)]);
    }

    private List<Coin> Coins(IReadOnlyList<AssetListing> listed, IReadOnlyList<AssetPrice> markets)
    {
        var known = markets.ToDictionary(market => market.Asset, StringComparer.Ordinal);
        var coins = listed.ToDictionary(
            listing => listing.Asset!,
            listing => Ranked(listing, known.GetValueOrDefault(listing.Asset!)?.Details),
            StringComparer.Ordinal);
        foreach (var (id, market) in known)
        {
            coins.TryAdd(id, new Coin(
                id, market.Details?.Symbol?.ToLowerInvariant(), market.Details?.Name, null, market.Details?.MarketCapRank,
                market.Details?.Image));
        }

        foreach (var id in configured.Assets)
        {
            coins.TryAdd(id, new Coin(id, null, null, null, null, null));
        }

        return [.. coins.Values.OrderBy(coin => coin.Id, StringComparer.Ordinal)];
    }

    private static Coin Ranked(AssetListing listing, CoinDetails? details) =>
        new(listing.Asset!, listing.Symbol, listing.Name, listing.Platforms, details?.MarketCapRank, details?.Image);

    private async Task<bool> AskAsync(string dataset)
    {
        var otherwise = demand.Refusal(dataset, null, TimeSpan.Zero);
        return !demand.WasAsked(dataset, settings.ListsTtl)
            && await demand.AskAsync(dataset, [dataset], feed => feed.Series, otherwise) is null;
    }
}
