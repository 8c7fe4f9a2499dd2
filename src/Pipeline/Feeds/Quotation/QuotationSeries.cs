using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>One series for each pair: <c>/v1/trades/ticks?market=KRW-BTC&amp;count=200</c>. Each is asked for by itself, for one bad market
/// fails the whole call.</summary>
/// <param name="path">Path and query up to the market's code.</param>
/// <param name="rest">The query after it.</param>
internal sealed class PairSeries(QuotationDialect dialect, string dataset, string path, string rest = "", int? windowSize = null)
    : IPolledDataset
{
    public int? WindowSize => windowSize;

    public IHistory? History { get; init; }

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
    {
        foreach (var text in settings.Pairs)
        {
            var pair = PairSetting.Read(text, $"akkacrypto.feeds.{dialect.Exchange}.datasets.{dataset}.pairs");
            var whole = $"{path}{QuotationDialect.Market.Of(pair)}{rest}";
            yield return new SeriesRequest(text, whole, whole, new ReplyContext(Pair: text));
        }
    }
}

/// <summary>One series for each pair and interval: <c>/v1/candles/minutes/1?market=KRW-BTC&amp;count=200</c>.</summary>
/// <param name="paths">Where the candles of an interval are.</param>
internal sealed class CandleSeries(QuotationDialect dialect, IReadOnlyDictionary<string, string> paths, IHistory history) : IPolledDataset
{
    /// <summary>The most candles that one reply shows.</summary>
    public const int Shown = 200;

    public int? WindowSize => Shown;

    public IHistory? History => history;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
    {
        var setting = $"akkacrypto.feeds.{dialect.Exchange}.datasets.candles";
        foreach (var text in settings.Pairs)
        {
            var market = QuotationDialect.Market.Of(PairSetting.Read(text, $"{setting}.pairs"));
            foreach (var interval in settings.Intervals)
            {
                if (!paths.TryGetValue(interval, out var path))
                {
                    throw new FormatException($"{setting}.intervals: \"{interval}\", expected one of {string.Join(", ", paths.Keys)}.");
                }

                var whole = string.Create(CultureInfo.InvariantCulture, $"/v1/candles/{path}?market={market}&count={Shown}");
                yield return new SeriesRequest($"{text}/{interval}", whole, whole, new ReplyContext(Pair: text, Interval: interval));
            }
        }
    }
}

/// <summary>The one list of all markets.</summary>
internal sealed class MarketList(string path) : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => [new SeriesRequest("all", path, path, new ReplyContext())];
}
