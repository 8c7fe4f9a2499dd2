namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>Every provider there is; a new one is its folder and a line here.</summary>
public static class Providers
{
    public static IReadOnlyList<IProvider> All { get; } =
    [
        new Binance.BinanceProvider(),
        new Bithumb.BithumbProvider(),
        new Blockchaincom.BlockchaincomProvider(),
        new Coinbase.CoinbaseProvider(),
        new CoinGecko.CoinGeckoProvider(),
        new CoinMetrics.CoinMetricsProvider(),
        new Coinone.CoinoneProvider(),
        new CryptoQuant.CryptoQuantProvider(),
        new Kraken.KrakenProvider(),
        new Upbit.UpbitProvider(),
    ];

    public static IProvider? Find(string name) => All.FirstOrDefault(provider => provider.Name == name);
}
