using System.Text;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>What a reply says of its pair must agree with what was asked for.</summary>
internal static class AskedPair
{
    /// <summary>False, and refused, where <paramref name="stated"/> is another pair than the one asked for.</summary>
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
    /// <param name="first">The first of the list's records in <see cref="Reply.Into"/>.</param>
    public static void RequireIn(in Reply reply, int first, Func<NormalisedRecord, string> pairOf)
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
