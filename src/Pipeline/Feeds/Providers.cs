using AkkaCrypto.Pipeline.Feeds.Binance;
using AkkaCrypto.Pipeline.Feeds.Bithumb;
using AkkaCrypto.Pipeline.Feeds.CoinGecko;
using AkkaCrypto.Pipeline.Feeds.CoinMetrics;
using AkkaCrypto.Pipeline.Feeds.Coinbase;
using AkkaCrypto.Pipeline.Feeds.Coinone;
using AkkaCrypto.Pipeline.Feeds.CryptoQuant;
using AkkaCrypto.Pipeline.Feeds.Kraken;
using AkkaCrypto.Pipeline.Feeds.Upbit;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>Every provider there is; a new one is its folder and a line here.</summary>
public static class Providers
{
    public static IReadOnlyList<IProvider> All { get; } =
    [
        new BinanceProvider(),
        new BithumbProvider(),
        new CoinbaseProvider(),
        new CoinGeckoProvider(),
        new CoinMetricsProvider(),
        new CoinoneProvider(),
        new CryptoQuantProvider(),
        new KrakenProvider(),
        new UpbitProvider(),
    ];

    public static IProvider? Find(string name) => All.FirstOrDefault(provider => provider.Name == name);
}
