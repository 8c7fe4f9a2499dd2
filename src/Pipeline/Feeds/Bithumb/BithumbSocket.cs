using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// Frames of <c>wss://ws-api.bithumb.com/websocket/v1</c>, and of the older <c>wss://pubwss.bithumb.com/pub/ws</c> the transactions and
/// the acknowledgements (<c>{"status":"0000","resmsg":"Connected Successfully"}</c>).
/// </summary>
internal sealed class BithumbSocket() : QuotationSocket(BithumbProvider.Dialect)
{
    protected override bool ReadOwn(scoped ReadOnlySpan<byte> type, ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (!type.SequenceEqual("transaction"u8))
        {
            return false;
        }

        LegacyTrades.ReadFrame(ref reader, reply, path);
        return true;
    }
}
