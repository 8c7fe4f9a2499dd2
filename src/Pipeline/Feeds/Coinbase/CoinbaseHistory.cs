using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// Trades backwards from the newest: <c>after=N</c> shows those before trade N (the cursor is named by the pages' order, newest first).
/// There is no asking by time, so a span far back is reached by walking all that lies after it.
/// </summary>
internal sealed class CoinbaseTradeHistory : IHistory
{
    /// <summary>The most that one reply shows.</summary>
    public const int MostTrades = 1000;

    public SeriesRequest First(HistoryRange range) => range.Request;

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        long? lowest = null;
        var reached = false;
        foreach (var trade in page.OfType<Trade>())
        {
            reached |= trade.Time.ToDateTimeOffset() < range.From;
            if (long.TryParse(trade.TradeId, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                lowest = Math.Min(lowest ?? id, id);
            }
        }

        // The first trade of a product has the number 1. A page that leads no further back ends the walk rather than repeat it for ever.
        var before = RequestPath.Number(last.Path, "after") ?? long.MaxValue;
        return reached || lowest is not { } cursor || cursor <= 1 || cursor >= before
            ? null
            : range.Request with { Path = string.Create(CultureInfo.InvariantCulture, $"{range.Request.Path}&after={cursor}") };
    }
}

/// <summary>
/// Candles forwards, at most 300 a page; a span without trades has none, so the pages go by time, not by what they hold. Both
/// <c>start</c> and <c>end</c> are inclusive.
/// </summary>
internal sealed class CoinbaseCandleHistory : IHistory
{
    private const int MostCandles = 300;

    private static readonly Dictionary<string, int> Granularities = new(StringComparer.Ordinal)
    {
        ["1m"] = 60, ["5m"] = 300, ["15m"] = 900, ["1h"] = 3_600, ["6h"] = 21_600, ["1d"] = 86_400,
    };

    /// <exception cref="FormatException">An interval that Coinbase has no candles of; the message names the setting.</exception>
    public static int Granularity(string interval) => Granularities.TryGetValue(interval, out var seconds)
        ? seconds
        : throw new FormatException(
            $"akkacrypto.feeds.{CoinbaseProvider.Exchange}.datasets.candles.intervals: \"{interval}\", expected one of "
            + $"{string.Join(", ", Granularities.Keys)}.");

    public SeriesRequest First(HistoryRange range)
    {
        var length = Granularity(range.Request.Context.Interval!);
        return Page(range, range.From.ToUnixTimeSeconds() / length * length, length);
    }

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var length = Granularity(range.Request.Context.Interval!);
        return RequestPath.Number(last.Path, "end") is { } end && end + length < range.To.ToUnixTimeSeconds()
            ? Page(range, end + length, length)
            : null;
    }

    private static SeriesRequest Page(HistoryRange range, long start, int length)
    {
        var end = Math.Min(start + ((MostCandles - 1L) * length), range.To.ToUnixTimeSeconds());
        return range.Request with
        {
            Path = string.Create(CultureInfo.InvariantCulture, $"{range.Request.Path}&start={start}&end={end}"),
        };
    }
}
