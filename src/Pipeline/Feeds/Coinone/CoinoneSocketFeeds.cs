using System.Collections.Immutable;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// What Coinone pushes over <c>wss://stream.coinone.co.kr</c> (docs.coinone.co.kr, Public WebSocket): each trade, and each book whole. A
/// connection that says nothing for 30 minutes is closed by Coinone; a ping is answered by a pong.
/// </summary>
internal sealed class CoinoneSocketFeeds(string dataset, string channel, BookRules? books) : ISocketDataset
{
    /// <summary>Of the datasets that are polled too, by their names.</summary>
    public static readonly IReadOnlyDictionary<string, ISocketDataset> All = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new CoinoneSocketFeeds("trades", "TRADE", null),
        ["orderbook"] = new CoinoneSocketFeeds("orderbook", "ORDERBOOK", new BookRules(BookStart.EveryFrame)),
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(20);

    public BookRules? Books => books;

    public SocketPlan Plan(DatasetSettings settings) =>
        new("", [.. settings.Pairs.Select(Subscribe)], PingEvery * 3)
        {
            Heartbeat = """{"request_type":"PING"}"""u8.ToArray(),
            HeartbeatEvery = PingEvery,
        };

    private ReadOnlyMemory<byte> Subscribe(string text)
    {
        var pair = PairSetting.Read(text, $"akkacrypto.feeds.{CoinoneProvider.Exchange}.datasets.{dataset}.pairs");
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["request_type"] = "SUBSCRIBE",
            ["channel"] = channel,
            ["topic"] = new Dictionary<string, string>
            {
                ["quote_currency"] = pair.Quote.ToUpperInvariant(),
                ["target_currency"] = pair.Target.ToUpperInvariant(),
            },
        });
    }
}
