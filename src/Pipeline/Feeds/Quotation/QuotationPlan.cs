using System.Text;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// One subscription for all pairs, in one message: <c>[{"ticket":"akkacrypto-trade"},{"type":"trade","codes":["KRW-BTC"]},
/// {"format":"SIMPLE"}]</c>; a later message would replace it. It is answered by a snapshot of each market, then by what is new.
/// The exchange closes a connection on which 120 s nothing was said; a text PING keeps it and is answered by a status frame.
/// </summary>
/// <param name="type">As the exchange calls the dataset.</param>
internal sealed class QuotationPlan(QuotationDialect dialect, string dataset, string type, BookRules? books = null) : ISocketDataset
{
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(30);

    /// <summary>Three pings unanswered: the line is dead, whatever TCP thinks.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);

    public BookRules? Books => books;

    public SocketPlan Plan(DatasetSettings settings)
    {
        var setting = $"akkacrypto.feeds.{dialect.Exchange}.datasets.{dataset}.pairs";
        var codes = settings.Pairs.Select(pair => $"\"{QuotationDialect.Market.Of(PairSetting.Read(pair, setting))}\"");
        var message = $$"""[{"ticket":"akkacrypto-{{type}}"},{"type":"{{type}}","codes":[{{string.Join(',', codes)}}]},{"format":"SIMPLE"}]""";
        return new SocketPlan("", [Encoding.UTF8.GetBytes(message)], Silence)
        {
            Heartbeat = "PING"u8.ToArray(),
            HeartbeatEvery = PingEvery,
        };
    }
}
