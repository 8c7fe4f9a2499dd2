using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Lists over many pairs against the one pair that was asked for.</summary>
internal static class AskedPair
{
    /// <summary>Such a list agrees with the pair that was asked for when it holds it, or holds nothing; else it is refused whole.</summary>
    /// <param name="first">The first of the list's records in the reply's.</param>
    public static void Require(in Reply reply, int first, Func<NormalisedRecord, string> pairOf)
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
}
