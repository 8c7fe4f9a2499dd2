using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// Frames of <c>wss://ws-api.bithumb.com/websocket/v1</c>, and of the older <c>wss://pubwss.bithumb.com/pub/ws</c> the transactions,
/// books, tickers and the acknowledgements (<c>{"status":"0000","resmsg":"Connected Successfully"}</c>).
/// </summary>
internal sealed class BithumbSocket() : QuotationSocket(BithumbProvider.Dialect)
{
    protected override bool ReadOwn(scoped ReadOnlySpan<byte> type, ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (type.SequenceEqual("transaction"u8))
        {
            LegacyTrades.ReadFrame(ref reader, reply, path);
        }
        else if (type.SequenceEqual("orderbookdepth"u8))
        {
            LegacySocket.ReadDepth(ref reader, reply, path);
        }
        else if (type.SequenceEqual("orderbooksnapshot"u8))
        {
            LegacySocket.ReadSnapshot(ref reader, reply, path);
        }
        else if (type.SequenceEqual("ticker"u8) && LegacySocket.HasContent(reader))
        {
            LegacySocket.ReadTicker(ref reader, reply, path);
        }
        else
        {
            return false;
        }

        return true;
    }
}
