using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// <c>{"market":"KRW-BTC","candle_date_time_utc":"2025-06-30T23:59:00","candle_date_time_kst":"2025-07-01T08:59:00",
/// "opening_price":…,"high_price":…,"low_price":…,"trade_price":…,"timestamp":1751327999833,"candle_acc_trade_volume":0.0013,"unit":1}</c>;
/// on the socket with <c>code</c> and the interval in the frame's type (<c>candle.1m</c>). <c>timestamp</c> is the last trade's time, not
/// the candle's. Minute candles state their <c>unit</c>, others leave their interval to the request. A span without trades has no candle;
/// whether the newest is final is not said.
/// </summary>
internal sealed class QuotationCandles(QuotationDialect dialect)
{
    private const int Market = 0;
    private const int Utc = 1;
    private const int Korean = 2;
    private const int Open = 3;
    private const int High = 4;
    private const int Low = 5;
    private const int Close = 6;
    private const int Volume = 7;
    private const int Unit = 8;

    public static readonly FieldNames Names = new(
        "market|code|cd|mk", "candle_date_time_utc|cdttmu", "candle_date_time_kst|cdttmk", "opening_price|op", "high_price|hp",
        "low_price|lp", "trade_price|tp", "candle_acc_trade_volume|catv", "unit");

    public Candle? Read(in Element candle, ReplyContext context) =>
        QuotationDialect.Market.Read(candle, Market, context.Pair, out var pair)
        && TryInterval(candle, context.Interval, out var interval)
        && TryOpenTime(candle, out var openTime)
        && candle.Decimal(Open, Sign.Positive, out var open)
        && candle.Decimal(High, Sign.Positive, out var high)
        && candle.Decimal(Low, Sign.Positive, out var low)
        && candle.Decimal(Close, Sign.Positive, out var close)
        && candle.OptionalDecimal(Volume, Sign.NotNegative, out var volume)
        && CandleRange.IsSound(candle, High, high, low)
            ? new Candle(dialect.Exchange, pair, interval, openTime, open, high, low, close, volume, null)
            : null;

    /// <summary>What <c>unit</c> states, which must be what was asked for; else what was asked for.</summary>
    private static bool TryInterval(in Element candle, string? asked, out string interval)
    {
        interval = asked ?? "";
        if (!candle.OptionalInteger(Unit, out var minutes))
        {
            return false;
        }

        if (minutes is not { } stated)
        {
            return asked is not null || candle.Lacks("interval", Unit);
        }

        if (stated is < 1 or > 1440)
        {
            return candle.Refuse(Unit, RefusalCode.InvalidField, "minutes, 1 to 1440");
        }

        interval = QuotationDialect.IntervalOf(stated);
        return asked is null || interval == asked || asked == string.Create(CultureInfo.InvariantCulture, $"{stated}m")
            || candle.Refuse(Unit, RefusalCode.InvalidField, $"candles of {asked}");
    }

    private static bool TryOpenTime(in Element candle, out ProviderTime time) =>
        !candle.HasTime(Utc) && candle.HasTime(Korean) ? KoreanTime.Read(candle, Korean, out time) : candle.IsoTime(Utc, out time);
}
