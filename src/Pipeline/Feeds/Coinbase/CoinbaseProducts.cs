using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>Coinbase names a pair as a product: <c>BTC-USD</c> is <c>btc-usd</c>. A future's name (<c>BIT-28JUN26-CDE</c>) is no
/// pair.</summary>
internal static class CoinbaseProducts
{
    /// <summary>The product that an element states, which must be the pair that was asked for; where it states none, that pair.</summary>
    public static bool Of(in Element element, int field, string? asked, out string pair)
    {
        pair = asked ?? "";
        if (!element.Has(field))
        {
            return asked is not null || element.Text(field, out pair);
        }

        if (asked is not null && !element[field].IsEscaped && Ascii.EqualsIgnoreCase(element[field].Of(element.Json), asked))
        {
            return true;
        }

        if (!element.Text(field, out var product))
        {
            return false;
        }

        if (!CurrencyPair.TryParse(product.ToLowerInvariant(), out var read))
        {
            return element.Refuse(field, RefusalCode.InvalidField, "a product such as BTC-USD");
        }

        pair = read.ToString();
        return asked is null || element.Refuse(field, RefusalCode.WrongPair, asked);
    }

    /// <summary>The pair that a reply without a product speaks of; null where nobody said it, which is then marked.</summary>
    public static string? Asked(in Reply reply)
    {
        if (reply.Context.Pair is null)
        {
            reply.Into.MissingContext = "pair";
        }

        return reply.Context.Pair;
    }

    /// <summary>The product of a pair that a setting names: <c>btc-usd</c> is <c>BTC-USD</c>.</summary>
    /// <exception cref="FormatException">Not a pair; the message names the setting.</exception>
    public static string ProductOf(string pair, string dataset) => CurrencyPair.TryParse(pair, out _)
        ? pair.ToUpperInvariant()
        : throw new FormatException(
            $"akkacrypto.feeds.{CoinbaseProvider.Exchange}.datasets.{dataset}.pairs: \"{pair}\" is not a pair, expected lower-case "
            + "tickers such as btc-usd.");

    public static IEnumerable<(string Pair, string Product)> Of(DatasetSettings settings, string dataset) =>
        settings.Pairs.Select(pair => (pair, ProductOf(pair, dataset)));
}
