using System.Text;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Which pair a reply speaks of, and whether that is the one that was asked for.</summary>
internal static class StatedPair
{
    /// <summary>
    /// What the reply states in two fields, which must be what was asked for; else what was asked for. False where both are silent (the
    /// reply's context is marked as missing), or where they disagree (refused).
    /// </summary>
    public static bool OfReply(in Reply reply, in Element head, int target, int quote, out string pair)
    {
        pair = reply.Context.Pair ?? "";
        if (head.Has(target) && head.Has(quote))
        {
            return head.Pair(target, quote, reply.Context.Pair, out pair) && Agrees(reply, pair);
        }

        if (reply.Context.Pair is { } asked)
        {
            return LegAgrees(reply, head, target, quote, asked);
        }

        reply.Into.MissingContext = "pair";
        return false;
    }

    /// <summary>False, and refused, where another pair was asked for.</summary>
    public static bool Agrees(in Reply reply, string stated)
    {
        if (reply.Context.Pair is null || reply.Context.Pair == stated)
        {
            return true;
        }

        reply.RefuseWrongPair(ShownText.Of(Encoding.UTF8.GetBytes(stated)));
        return false;
    }

    /// <summary>A list over many pairs agrees with the pair that was asked for when it holds it, or holds nothing.</summary>
    public static void RequireAskedPair(in Reply reply, int first, Func<NormalisedRecord, string> pairOf)
    {
        var taken = reply.Into.Records.Skip(first).ToList();
        var asked = reply.Context.Pair;
        if (asked is null || taken.Count == 0 || taken.Exists(record => pairOf(record) == asked))
        {
            return;
        }

        reply.Into.Records.RemoveRange(first, taken.Count);
        reply.RefuseWrongPair(taken.Count == 1 ? pairOf(taken[0]) : $"{taken.Count} other pairs");
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
