using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>Which pair a reply speaks of.</summary>
internal static class CoinonePairs
{
    /// <summary>The only quote currency of the v1 API.</summary>
    public const string LegacyQuote = "krw";

    /// <summary>
    /// What the reply states, which must be what was asked for; else what was asked for. False where both are silent (the reply's context
    /// is marked as missing), or where they disagree (refused).
    /// </summary>
    /// <param name="legacyCurrency">The v1 replies' one field, whose quote is KRW; below zero where the reply has none.</param>
    public static bool OfReply(in Reply reply, in Element head, int target, int quote, int legacyCurrency, out string pair)
    {
        pair = reply.Context.Pair ?? "";
        if (head.Has(target) && head.Has(quote))
        {
            return head.Pair(target, quote, reply.Context.Pair, out pair) && AskedPair.Agrees(reply, pair);
        }

        if (legacyCurrency >= 0 && head.Has(legacyCurrency))
        {
            if (!head.Ticker(legacyCurrency, out var ticker))
            {
                return false;
            }

            pair = $"{ticker}-{LegacyQuote}";
            return AskedPair.Agrees(reply, pair);
        }

        if (reply.Context.Pair is { } asked)
        {
            return LegAgrees(reply, head, target, quote, asked);
        }

        reply.Into.MissingContext = "pair";
        return false;
    }

    /// <summary>A reply that states one leg alone must state that of the pair that was asked for.</summary>
    private static bool LegAgrees(in Reply reply, in Element head, int target, int quote, string asked)
    {
        if (!head.Has(target) && !head.Has(quote))
        {
            return true;
        }

        var isTarget = head.Has(target);
        if (!head.Ticker(isTarget ? target : quote, out var stated))
        {
            return false;
        }

        if (CurrencyPair.TryParse(asked, out var legs) && stated == (isTarget ? legs.Target : legs.Quote))
        {
            return true;
        }

        reply.RefuseWrongPair(ShownText.Of(Encoding.UTF8.GetBytes(stated)));
        return false;
    }
}
