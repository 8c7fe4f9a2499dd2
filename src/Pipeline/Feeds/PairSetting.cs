using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>Pairs as settings name them.</summary>
internal static class PairSetting
{
    /// <exception cref="FormatException">Not a pair; the message names the setting.</exception>
    public static CurrencyPair Read(string text, string setting) => CurrencyPair.TryParse(text, out var pair)
        ? pair
        : throw new FormatException($"{setting}: \"{text}\" is not a pair, expected lower-case tickers such as btc-krw.");

    /// <summary>The pairs of one dataset's settings.</summary>
    /// <exception cref="FormatException">One of them is not a pair.</exception>
    public static IEnumerable<CurrencyPair> ReadAll(IEnumerable<string> texts, string provider, string dataset) =>
        texts.Select(text => Read(text, $"akkacrypto.feeds.{provider}.datasets.{dataset}.pairs"));
}
