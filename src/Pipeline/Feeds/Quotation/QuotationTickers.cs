using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// <c>{"market":"KRW-BTC","trade_price":148601000,"high_price":…,"low_price":…,"acc_trade_volume_24h":1198.26,
/// "trade_timestamp":1751606040365,"timestamp":1751606040403}</c>, on the socket with <c>code</c>, in SIMPLE with short keys; numbers also
/// as strings beside plain ones. High and low are those of the UTC day, the volume is of 24 hours. The time is the last trade's, where it
/// is said; by REST Bithumb's is the ticker's own, for there a trade's is documented in whole seconds. By REST the last trade's UTC day
/// and time of day stand beside it, of which Bithumb's Unix times are nine hours ahead, for they count from the Korean clock. Best prices
/// are not part of it.
/// </summary>
internal sealed class QuotationTickers(QuotationDialect dialect)
{
    private const int Market = 0;
    private const int TradeTime = 1;
    private const int High = 2;
    private const int Low = 3;
    private const int Last = 4;
    private const int Volume = 5;
    private const int Time = 6;
    private const int UtcDay = 7;
    private const int UtcClock = 8;
    private const long Hour = 3_600_000_000_000;

    public static readonly FieldNames Names = new(
        "market|code|cd|mk", "trade_timestamp|ttms", "high_price|hp", "low_price|lp", "trade_price|tp", "acc_trade_volume_24h|atv24h",
        "timestamp|tms", "trade_date", "trade_time");

    /// <summary>A ticker of a REST list, which may be over many markets.</summary>
    public Ticker? ReadOfMany(in Element ticker, ReplyContext context) =>
        QuotationDialect.Market.Read(ticker, Market, ticker.Has(Market) ? null : context.Pair, out var pair)
        && TryRestTime(ticker, out var time)
            ? Read(ticker, pair, time)
            : null;

    /// <summary>The ticker of a socket's frame.</summary>
    public Ticker? ReadFrame(in Element ticker, ReplyContext context) =>
        QuotationDialect.Market.Read(ticker, Market, context.Pair, out var pair)
        && ticker.OptionalUnixTime(ticker.HasTime(TradeTime) ? TradeTime : Time, UnixUnit.Milliseconds, out var time)
            ? Read(ticker, pair, time)
            : null;

    private Ticker? Read(in Element ticker, string pair, ProviderTime? time) =>
        SaysAnything(ticker)
        && Prices.TryRead(ticker, Last, out var last)
        && Prices.TryRead(ticker, High, out var high)
        && Prices.TryRead(ticker, Low, out var low)
        && ticker.OptionalDecimal(Volume, Sign.NotNegative, out var volume)
            ? new Ticker(dialect.Exchange, pair, last, null, null, high, low, volume, time)
            : null;

    /// <summary>On the socket the day and time beside a true Unix time are Korean ones: what they tell is for REST alone.</summary>
    private bool TryRestTime(in Element ticker, out ProviderTime? time)
    {
        var isOwn = ticker.Has(Time) && (dialect.TickersAreTimed || !ticker.HasTime(TradeTime));
        time = null;
        if (!ticker.OptionalUnixTime(TradeTime, UnixUnit.Milliseconds, out var traded)
            || (isOwn && !ticker.OptionalUnixTime(Time, UnixUnit.Milliseconds, out time)))
        {
            return false;
        }

        time ??= traded;
        if (time is { } told && IsKorean(ticker, told, traded ?? told))
        {
            time = KoreanTime.ToUtc(told);
        }

        return true;
    }

    /// <summary>Whether the last trade's time is counted from the Korean clock, and so the ticker's: it would be hours before its trade
    /// otherwise.</summary>
    private static bool IsKorean(in Element ticker, ProviderTime time, ProviderTime traded) =>
        TryText(ticker, UtcDay, out var day) && TryText(ticker, UtcClock, out var clock) && KoreanTime.IsCountedAsUtc(traded, day, clock)
        && time.UnixNanoseconds > traded.UnixNanoseconds - Hour;

    private static bool TryText(in Element ticker, int field, out string text)
    {
        var isText = ticker[field].Type is JsonTokenType.String && ticker[field].TryText(ticker.Json, out var utf8) && utf8.Length <= 8;
        text = isText ? Encoding.UTF8.GetString(ticker[field].Of(ticker.Json)) : "";
        return isText;
    }

    /// <summary>An element with none of a ticker's fields, not even a null, is another endpoint's: a market's, a trade's.</summary>
    private static bool SaysAnything(in Element ticker) =>
        ticker[Last].Type is not JsonTokenType.None || ticker[Volume].Type is not JsonTokenType.None
        || ticker[High].Type is not JsonTokenType.None || ticker[Low].Type is not JsonTokenType.None
        || ticker.Refuse(Last, RefusalCode.UnexpectedShape, "a ticker with a price");
}
