using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// The "Quotation API" that Upbit designed and that Bithumb took over for its API 2.0 (<c>/v1/trades/ticks</c>, <c>/v1/orderbook</c>, …,
/// and a socket with <c>[{"ticket":…},{"type":…,"codes":[…]}]</c>): one wire format, and here what one exchange does its own way.
/// </summary>
/// <param name="Exchange">As in records.</param>
/// <param name="Speaker">As messages call it.</param>
/// <param name="SocketBookUnit">Unit of a book's <c>timestamp</c> on the socket, where it isn't milliseconds as by REST.</param>
/// <param name="TickersAreTimed">Whether a ticker by REST is of its own time, where it states one, and not of its last trade's.</param>
internal sealed record QuotationDialect(string Exchange, string Speaker, UnixUnit SocketBookUnit, bool TickersAreTimed = false)
{
    /// <summary>Markets are called quote first: <c>KRW-BTC</c>.</summary>
    public static readonly PairCode Market = new('-', QuoteFirst: true);

    /// <summary>The interval of so many minutes, as this system calls it.</summary>
    public static string IntervalOf(long minutes) => minutes % 60 == 0 ? $"{minutes / 60}h" : $"{minutes}m";
}
