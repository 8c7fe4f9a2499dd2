using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>Which pair a reply speaks of, where it may be a v1 reply that names the target alone.</summary>
internal static class CoinonePairs
{
    /// <summary>The only quote currency of the v1 API.</summary>
    public const string LegacyQuote = "krw";

    /// <summary>As <see cref="StatedPair.OfReply"/>, with the v1 replies' one field <paramref name="legacyCurrency"/>, whose quote is
    /// KRW.</summary>
    public static bool OfReply(in Reply reply, in Element head, int target, int quote, int legacyCurrency, out string pair)
    {
        if ((head.Has(target) && head.Has(quote)) || !head.Has(legacyCurrency))
        {
            return StatedPair.OfReply(reply, head, target, quote, out pair);
        }

        pair = reply.Context.Pair ?? "";
        if (!head.Ticker(legacyCurrency, out var ticker))
        {
            return false;
        }

        pair = $"{ticker}-{LegacyQuote}";
        return StatedPair.Agrees(reply, pair);
    }
}
