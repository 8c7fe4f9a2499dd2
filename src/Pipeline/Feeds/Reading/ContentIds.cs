using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Ids of trades to which the provider gave none.</summary>
internal static class ContentIds
{
    /// <summary>
    /// Gives trades without an id (an empty one) the hash of their content and of their place among trades of the same content in this
    /// reply. Equal trades can't be told apart, so the ids depend neither on the order of the reply nor on which other trades it holds.
    /// </summary>
    /// <param name="first">The reply's first record.</param>
    public static void Give(List<NormalisedRecord> records, int first)
    {
        Dictionary<(string Pair, long Time, MarketNumber Price, MarketNumber Quantity, TakerSide? Side), int>? seen = null;
        for (var i = first; i < records.Count; i++)
        {
            if (records[i] is not Trade { TradeId: "" } trade)
            {
                continue;
            }

            var content = (trade.Pair, trade.Time.UnixNanoseconds, trade.Price, trade.Quantity, trade.TakerSide);
            seen ??= [];
            seen.TryGetValue(content, out var place);
            seen[content] = place + 1;
            records[i] = trade with { TradeId = IdOf(trade, place) };
        }
    }

    private static string IdOf(Trade trade, int place)
    {
        var time = WithoutZeros(trade.Time);
        var side = trade.TakerSide switch { TakerSide.Buy => "|buy", TakerSide.Sell => "|sell", null => "" };
        var content = Encoding.UTF8.GetBytes($"{trade.Exchange}|{trade.Pair}|{time}|{trade.Price}|{trade.Quantity}{side}|0000");
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(content.Length - 4), place);
        return Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
    }

    /// <summary>The instant alone: one endpoint writes the zeros that another leaves out.</summary>
    private static ProviderTime WithoutZeros(ProviderTime time)
    {
        var (digits, power) = (9, 10L);
        for (; digits > 0 && time.UnixNanoseconds % power == 0; digits--)
        {
            power *= 10;
        }

        return new ProviderTime(time.UnixNanoseconds, Math.Min(digits, time.Digits));
    }
}
