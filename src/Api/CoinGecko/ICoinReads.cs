using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>What the paths of CoinGecko's API read of coins. Real: <see cref="StoredCoins"/>.</summary>
public interface ICoinReads
{
    /// <summary>All listed coins, in the order of their ids.</summary>
    Task<IReadOnlyList<AssetListing>> ListedAsync();

    /// <summary>Tickers in the provider's order.</summary>
    Task<IReadOnlyList<string>> CurrenciesAsync();

    /// <summary>Markets in one currency, greatest market cap first; null for all that are stored.</summary>
    Task<IReadOnlyList<AssetPrice>> MarketsAsync(string currency, IReadOnlyList<string>? assets);

    /// <summary>What the stored markets say of the product of the two lists, in no order.</summary>
    Task<IReadOnlyList<AssetPrice>> MarketPricesAsync(IReadOnlyList<string> assets, IReadOnlyList<string> currencies);

    /// <summary>Candles that opened at or after a time, oldest first.</summary>
    Task<IReadOnlyList<OhlcPoint>> OhlcAsync(string asset, string currency, string interval, DateTimeOffset from);

    /// <summary>The whole market in every currency; empty before the first reply.</summary>
    Task<IReadOnlyList<GlobalMarket>> GlobalAsync();

    /// <summary>A reply that was kept whole; null where nothing is stored under the name.</summary>
    Task<StoredDocument?> DocumentAsync(string dataset, string name);
}

/// <summary>Over the stores in Postgres. No caller's cancellation ends a read, for others may wait for the same answer.</summary>
public sealed class StoredCoins(CoinStores stores) : ICoinReads
{
    public Task<IReadOnlyList<AssetListing>> ListedAsync() => stores.Listed.ReadAsync(CancellationToken.None);

    public Task<IReadOnlyList<string>> CurrenciesAsync() => stores.Currencies.ReadAsync(CancellationToken.None);

    public Task<IReadOnlyList<AssetPrice>> MarketsAsync(string currency, IReadOnlyList<string>? assets) =>
        stores.Markets.ReadAsync(currency, assets, CancellationToken.None);

    public Task<IReadOnlyList<AssetPrice>> MarketPricesAsync(IReadOnlyList<string> assets, IReadOnlyList<string> currencies) =>
        stores.Markets.ReadPricesAsync(assets, currencies, CancellationToken.None);

    public Task<IReadOnlyList<OhlcPoint>> OhlcAsync(string asset, string currency, string interval, DateTimeOffset from) =>
        stores.Ohlc.ReadAsync(asset, currency, interval, from, null, CancellationToken.None);

    public Task<IReadOnlyList<GlobalMarket>> GlobalAsync() => stores.Global.ReadAsync(CancellationToken.None);

    public Task<StoredDocument?> DocumentAsync(string dataset, string name) =>
        stores.Documents.ReadAsync(dataset, name, CancellationToken.None);
}
