using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>Candles as anybody would make them: sort the trades, group them by bucket, look.</summary>
internal static class CandleOracle
{
    /// <summary>Oldest first, without <c>final</c>.</summary>
    public static List<Candle> Of(IEnumerable<Trade> trades, string interval)
    {
        var length = TimeSpan.FromMinutes(CandleLevels.MinutesOf(interval)!.Value).Ticks * 100;
        return
        [
            .. trades
                .GroupBy(trade => (long)Math.Floor((decimal)trade.Time.UnixNanoseconds / length) * length)
                .OrderBy(bucket => bucket.Key)
                .Select(bucket => Candle([.. bucket.Order(Comparer<Trade>.Create(Compare))], interval, bucket.Key)),
        ];
    }

    private static Candle Candle(Trade[] trades, string interval, long openTime) => new(
        trades[0].Exchange, trades[0].Pair, interval, new ProviderTime(openTime, 0), trades[0].Price,
        trades.Max(trade => trade.Price), trades.Min(trade => trade.Price), trades[^1].Price,
        trades.Sum(trade => (decimal)trade.Quantity), null);

    private static int Compare(Trade left, Trade right) =>
        left.Time != right.Time ? left.Time.CompareTo(right.Time)
        : left.TradeId.Length != right.TradeId.Length ? left.TradeId.Length.CompareTo(right.TradeId.Length)
        : string.CompareOrdinal(left.TradeId, right.TradeId);
}
