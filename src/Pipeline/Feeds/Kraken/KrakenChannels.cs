using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// One channel of the socket v2 for all pairs: <c>{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100,
/// "snapshot":true},"req_id":1}</c>. The first frame of each pair is the whole book, or the last 50 trades. Heartbeats come every second in
/// which nothing else does.
/// </summary>
internal sealed class KrakenChannels : ISocketDataset
{
    private const int BookDepth = 100;

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly string _dataset;
    private readonly string _channel;
    private readonly int? _depth;

    private KrakenChannels(string dataset, string channel, int? depth, BookRules? books)
    {
        _dataset = dataset;
        _channel = channel;
        _depth = depth;
        Books = books;
    }

    public static ISocketDataset Trades { get; } = new KrakenChannels("trades", "trade", null, null);

    public static ISocketDataset OrderBook { get; } = new KrakenChannels(
        "orderbook", "book", BookDepth, new BookRules(BookStart.Subscription, null, KrakenChecksum.Of, BookDepth));

    public BookRules? Books { get; }

    public SocketPlan Plan(DatasetSettings settings) => new("/v2", [Message("subscribe", settings)], LongestSilence);

    public IReadOnlyList<ReadOnlyMemory<byte>> BeginAnew(DatasetSettings settings) =>
        [Message("unsubscribe", settings), Message("subscribe", settings)];

    private byte[] Message(string method, DatasetSettings settings)
    {
        var symbols = PairSetting.ReadAll(settings.Pairs, KrakenProvider.Exchange, _dataset).Select(KrakenPairs.Symbol);
        using var message = new MemoryStream();
        using (var json = new Utf8JsonWriter(message))
        {
            json.WriteStartObject();
            json.WriteString("method"u8, method);
            json.WriteStartObject("params"u8);
            json.WriteString("channel"u8, _channel);
            json.WriteStartArray("symbol"u8);
            foreach (var symbol in symbols)
            {
                json.WriteStringValue(symbol);
            }

            json.WriteEndArray();
            if (_depth is { } depth)
            {
                json.WriteNumber("depth"u8, depth);
            }

            if (method == "subscribe")
            {
                json.WriteBoolean("snapshot"u8, true);
            }

            json.WriteEndObject();
            json.WriteNumber("req_id"u8, 1);
            json.WriteEndObject();
        }

        return message.ToArray();
    }
}
