using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>Trades as events.</summary>
internal static class TradeEvents
{
    /// <param name="trades">Of one commit, at least one, in their order.</param>
    public static EventBlock Encode(IReadOnlyList<LoggedTrade> trades, ArrayBufferWriter<byte> buffer, Utf8JsonWriter json)
    {
        buffer.ResetWrittenCount();
        var ends = new int[trades.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            Append(buffer, json, trades[i]);
            ends[i] = buffer.WrittenCount;
        }

        return new EventBlock(trades[0].Place, buffer.WrittenSpan.ToArray(), ends, trades[^1].Trade.Time.UnixMilliseconds);
    }

    public static void Append(ArrayBufferWriter<byte> buffer, Utf8JsonWriter json, LoggedTrade logged) => EventFrame.Append(
        buffer, json, new EventId(logged.Place, logged.Trade.Time.UnixMilliseconds), logged.Trade);
}
