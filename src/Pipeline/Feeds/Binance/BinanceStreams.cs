using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// One dataset's streams over one connection: <c>/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade</c>. The connection's address is the
/// subscription. Binance's own heartbeat is a ping frame, which the websocket answers by itself; a question of ours makes a quiet
/// market answer in text, so that silence means a dead line and not a quiet one.
/// </summary>
internal sealed class BinanceStreams(string dataset, string stream, BookRules? books) : ISocketDataset
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(75);

    public BookRules? Books => books;

    public SocketPlan Plan(DatasetSettings settings)
    {
        var streams = PairSetting.ReadAll(settings.Pairs, BinanceProvider.Exchange, dataset)
            .Select(pair => $"{BinanceSymbols.Of(pair).ToLowerInvariant()}@{stream}");
        return new SocketPlan($"/stream?streams={string.Join('/', streams)}", [], LongestSilence)
        {
            Heartbeat = """{"method":"LIST_SUBSCRIPTIONS","id":1}"""u8.ToArray(),
            HeartbeatEvery = AskEvery,
        };
    }

    /// <summary>
    /// "How to manage a local order book correctly" of the streams' documentation: what ends at or before the book is old; the first change
    /// after a snapshot holds its next id (<c>U ≤ lastUpdateId + 1 ≤ u</c>); each later one begins where the one before ended
    /// (<c>U = u + 1</c>).
    /// </summary>
    public static BookStep StepOf(long? last, bool wasWhole, OrderBookDelta delta)
    {
        if (last is not { } known || delta is not { FirstSequence: { } first, Sequence: { } final })
        {
            return BookStep.Gap;
        }

        return final <= known ? BookStep.Old
            : first == known + 1 || (wasWhole && first <= known) ? BookStep.Next
            : BookStep.Gap;
    }
}
