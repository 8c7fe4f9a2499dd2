using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Quotation;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// Trades backwards from the newest, by <c>cursor</c> alone. Bithumb also knows <c>daysAgo</c> and <c>to</c>, but what a page of them holds
/// around a midnight is documented too loosely to promise that nothing is left out; the cursor continues where the page before ended. Ends
/// at the range's beginning, or where the exchange shows no more.
/// </summary>
internal sealed class BithumbTradeHistory : IHistory
{
    public SeriesRequest First(HistoryRange range) => range.Request;

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var trades = page.OfType<Trade>().ToList();
        if (TradePages.Cursor(trades) is not { } cursor || trades.Min(trade => trade.Time).ToDateTimeOffset() < range.From)
        {
            return null;
        }

        var next = string.Create(CultureInfo.InvariantCulture, $"{range.Request.Path}&cursor={cursor}");

        // An exchange that took no notice of the cursor would show the same page for ever.
        return next == last.Path ? null : range.Request with { Path = next };
    }
}
