using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Ids of trades whose provider gives none: the hash of the trade's content and of its place among trades of the same content. Equal trades
/// can't be told apart, so the ids depend neither on the order of the reply nor on which other trades it holds.
/// </summary>
internal static class ContentIds
{
    /// <summary>Names the trades from <paramref name="first"/> on that have no id yet.</summary>
    public static void Give(List<NormalisedRecord> records, int first)
    {
        Dictionary<(string Pair, long Time, decimal Price, decimal Quantity, TakerSide? Side), int>? seen = null;
        for (var i = first; i < records.Count; i++)
        {
            if (records[i] is Trade { TradeId: "" } trade)
            {
                seen ??= [];
                var content = (trade.Pair, trade.Time.UnixNanoseconds, trade.Price, trade.Quantity, trade.TakerSide);
                seen.TryGetValue(content, out var place);
                seen[content] = place + 1;
                records[i] = trade with { TradeId = IdOf(trade, place) };
            }
        }
    }

    private static string IdOf(Trade trade, int place)
    {
        var side = trade.TakerSide switch { TakerSide.Buy => "|buy", TakerSide.Sell => "|sell", null => "" };
        var (price, quantity) = (DecimalText.Format(trade.Price), DecimalText.Format(trade.Quantity));
        var content = Encoding.UTF8.GetBytes($"{trade.Exchange}|{trade.Pair}|{trade.Time}|{price}|{quantity}{side}|0000");
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(content.Length - 4), place);
        return Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
    }
}
