using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>What CoinGecko's own routes are served from: its list of coins, their markets, their candles, the whole market.</summary>
public sealed class CoinStores(NpgsqlDataSource database, TimeProvider time)
{
    public ListedAssetStore Listed { get; } = new(database, time);

    public CoinMarketStore Markets { get; } = new(database, time);

    public OhlcStore Ohlc { get; } = new(database, time);

    public GlobalMarketStore Global { get; } = new(database, time);

    public QuoteCurrencyStore Currencies { get; } = new(database, time);

    public CoinDocumentStore Documents { get; } = new(database, time);
}
