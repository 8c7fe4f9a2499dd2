using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// Charts backwards by <c>/market_chart/range</c>, in spans that make the server give the series' own points: hourly up to 90 days, one a
/// day beyond (docs.coingecko.com, "Coin Historical Chart Data within Time Range by ID"). A span that would be too short for its points
/// is asked for longer than wanted. Past the reach of the plan the server refuses, which ends the walk.
/// </summary>
internal sealed class MarketChartHistory : IHistory
{
    public SeriesRequest First(HistoryRange range) => Page(range, range.To);

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0) =>
        page.Count > 0 && RequestPath.Number(last.Path, "from") is { } from && from > range.From.ToUnixTimeSeconds()
            ? Page(range, DateTimeOffset.FromUnixTimeSeconds(from))
            : null;

    private static SeriesRequest Page(HistoryRange range, DateTimeOffset to)
    {
        var (asset, currency) = (range.Request.Context.Asset!, range.Request.Context.Currency!);
        var (least, most) = range.Request.Context.Interval == "daily"
            ? (TimeSpan.FromDays(92), TimeSpan.FromDays(184))
            : (TimeSpan.FromDays(2), TimeSpan.FromDays(89));
        var wanted = to - range.From;
        var from = to - (wanted < least ? least : wanted > most ? most : wanted);
        return range.Request with
        {
            Path = string.Create(
                CultureInfo.InvariantCulture,
                $"/coins/{Uri.EscapeDataString(asset)}/market_chart/range?vs_currency={Uri.EscapeDataString(currency)}"
                + $"&from={from.ToUnixTimeSeconds()}&to={to.AddTicks(-1).ToUnixTimeSeconds() + 1}&precision=full"),
        };
    }
}
