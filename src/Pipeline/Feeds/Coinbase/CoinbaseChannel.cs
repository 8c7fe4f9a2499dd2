using System.Text.Json;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// One channel of Exchange's feed (<c>wss://ws-feed.exchange.coinbase.com</c>). <c>matches</c> numbers its trades, books number nothing,
/// for Coinbase guarantees every update while the connection stands: <c>level2_batch</c> begins with the whole book and needs no key,
/// unlike <c>level2</c>. The channel <c>heartbeat</c> is subscribed to beside it: a frame a second and product, so that a quiet market is
/// told from a dead connection. A socket that hasn't subscribed within 5 seconds is closed.
/// </summary>
internal sealed class CoinbaseChannel(string dataset, string channel, BookRules? books) : ISocketDataset
{
    /// <summary>Ten heartbeats missed.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    public BookRules? Books => books;

    public SocketPlan Plan(DatasetSettings settings) => new("", [Message("subscribe", settings, [channel, "heartbeat"])], Silence);

    public IReadOnlyList<ReadOnlyMemory<byte>> BeginAnew(DatasetSettings settings) =>
        [Message("unsubscribe", settings, [channel]), Message("subscribe", settings, [channel])];

    private byte[] Message(string type, DatasetSettings settings, string[] channels) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type,
        product_ids = CoinbaseProducts.Of(settings, dataset).Select(pair => pair.Product).ToArray(),
        channels,
    });
}
