using System.Text;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// One channel of <c>wss://stream.coinone.co.kr</c>, subscribed to once for each pair:
/// <c>{"request_type":"SUBSCRIBE","channel":"TRADE","topic":{"quote_currency":"KRW","target_currency":"BTC"},"format":"SHORT"}</c>. The
/// exchange closes a connection that said nothing for 30 minutes; a PING keeps it and is answered by a PONG.
/// </summary>
internal sealed class CoinoneSubscription(string dataset, string channel, BookRules? books = null) : ISocketDataset
{
    private static readonly byte[] Ping = """{"request_type":"PING"}"""u8.ToArray();

    /// <summary>Far below what keeps the connection open, so that a dead one is soon noticed in a quiet market.</summary>
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);

    public BookRules? Books => books;

    public SocketPlan Plan(DatasetSettings settings) =>
        new("", [.. settings.Pairs.Select(Subscribe)], Silence) { Heartbeat = Ping, HeartbeatEvery = PingEvery };

    private ReadOnlyMemory<byte> Subscribe(string text)
    {
        var pair = PairSetting.Read(text, $"akkacrypto.feeds.{CoinoneProvider.Exchange}.datasets.{dataset}.pairs");
        var topic = $$"""{"quote_currency":"{{pair.Quote.ToUpperInvariant()}}","target_currency":"{{pair.Target.ToUpperInvariant()}}"}""";
        return Encoding.UTF8.GetBytes($$"""{"request_type":"SUBSCRIBE","channel":"{{channel}}","topic":{{topic}},"format":"SHORT"}""");
    }
}
