using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>The lists of what Coinone trades, and its candles: <c>/public/v2/markets</c>, <c>/currencies</c>, <c>/chart</c>.</summary>
internal static class CoinoneCatalogue
{
    private const int List = 3;
    private const int ReplyQuote = 4;
    private const int ReplyTarget = 5;

    private static readonly FieldNames MarketsNames = CoinoneErrors.Reply("markets");
    private static readonly FieldNames CurrenciesNames = CoinoneErrors.Reply("currencies");
    private static readonly FieldNames ChartNames = CoinoneErrors.Reply("chart", "quote_currency", "target_currency", "interval");

    private static readonly FieldNames MarketNames =
        new("quote_currency", "target_currency", "price_unit", "qty_unit", "maintenance_status", "trade_status");

    private static readonly FieldNames CurrencyNames = new("name", "symbol");
    private static readonly FieldNames CandleNames = new("timestamp", "open", "high", "low", "close", "target_volume");

    private static readonly FieldNames SocketCandleNames = new(
        "quote_currency|qc", "target_currency|tc", "interval|iv", "candle_timestamp|ct", "first|fi", "high|hi", "low|lo", "last|la");

    public static readonly Normaliser Markets = Reply.Normaliser(ReadMarkets);
    public static readonly Normaliser Currencies = Reply.Normaliser(ReadCurrencies);
    public static readonly Normaliser Candles = Reply.Normaliser(ReadCandles);

    /// <summary>
    /// The candle of a socket's frame, whose own time is <c>candle_timestamp</c> (<c>timestamp</c> is that of its last change). Its
    /// volumes are documented as those of the last 24 hours and so not the candle's.
    /// </summary>
    public static void ReadSocketCandle(ReadOnlySpan<byte> data, in Reply reply)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[SocketCandleNames.Count];
        SocketCandleNames.Read(ref reader, fields);
        var candle = new Element(data, fields, SocketCandleNames, reply.Into, new ElementPath("$.data"));
        if (StatedPair.OfReply(reply, candle, 1, 0, out var pair)
            && candle.Text(2, out var interval)
            && candle.UnixTime(3, UnixUnit.Milliseconds, out var openTime)
            && candle.Decimal(4, Sign.Positive, out var open)
            && candle.Decimal(5, Sign.Positive, out var high)
            && candle.Decimal(6, Sign.Positive, out var low)
            && candle.Decimal(7, Sign.Positive, out var close)
            && CandleRange.IsSound(candle, 5, high, low))
        {
            reply.Into.Records.Add(
                new Candle(CoinoneProvider.Exchange, pair, interval, openTime, open, high, low, close, null, null));
        }
    }

    private static void ReadMarkets(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[MarketsNames.Count];
        if (TryList(ref reader, reply, MarketsNames, fields, "markets"))
        {
            var first = reply.Into.Records.Count;
            Elements.Read(fields[List].Of(reply.Json), reply, "$.markets", MarketNames, reply.Context, ReadMarket);
            StatedPair.RequireAskedPair(reply, first, record => ((Instrument)record).Pair);
        }
    }

    private static void ReadCurrencies(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[CurrenciesNames.Count];
        if (TryList(ref reader, reply, CurrenciesNames, fields, "currencies"))
        {
            Elements.Read(fields[List].Of(reply.Json), reply, "$.currencies", CurrencyNames, reply.Context, ReadCurrency);
        }
    }

    /// <summary>Newest first, as they come. <c>is_last</c> ends the paging; whether the newest candle is finished is not said.</summary>
    private static void ReadCandles(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[ChartNames.Count];
        if (!TryList(ref reader, reply, ChartNames, fields, "chart"))
        {
            return;
        }

        var head = new Element(reply.Json, fields, ChartNames, reply.Into, new ElementPath("$"));
        if (!StatedPair.OfReply(reply, head, ReplyTarget, ReplyQuote, out var pair)
            || !head.OptionalText(6, out var stated))
        {
            return;
        }

        if ((stated ?? reply.Context.Interval) is not { } interval)
        {
            reply.Into.MissingContext = "interval";
            return;
        }

        var context = reply.Context with { Pair = pair, Interval = interval };
        Elements.Read(fields[List].Of(reply.Json), reply, "$.chart", CandleNames, context, ReadCandle);
    }

    private static bool TryList(ref Utf8JsonReader reader, in Reply reply, FieldNames names, scoped Span<JsonField> fields, string list)
    {
        if (!reply.IsObject(ref reader, $"an object with a list {list}"))
        {
            return false;
        }

        names.Read(ref reader, fields);
        if (CoinoneErrors.Refused(reply, new Element(reply.Json, fields, names, reply.Into, new ElementPath("$"))))
        {
            return false;
        }

        if (fields[List].Type is JsonTokenType.StartArray)
        {
            return true;
        }

        reply.RefuseShape($"an object with a list {list}");
        return false;
    }

    private static Instrument? ReadMarket(in Element market, ReplyContext context) =>
        market.Pair(1, 0, context.Pair, out var pair)
        && market.OptionalDecimal(2, Sign.NotNegative, out var priceStep)
        && market.OptionalDecimal(3, Sign.NotNegative, out var quantityStep)
        && market.OptionalInteger(4, out var maintenance)
        && market.OptionalInteger(5, out var trade)
            ? new Instrument(CoinoneProvider.Exchange, pair, Status(maintenance, trade), priceStep, quantityStep)
            : null;

    /// <summary>
    /// <c>maintenance_status</c>: 1 is under maintenance; <c>trade_status</c>: 1 buys and sells, 0 neither, 2 no buying, 3 no selling.
    /// </summary>
    private static string? Status(long? maintenance, long? trade) => (maintenance, trade) switch
    {
        (1, _) => "maintenance",
        (_, null) => null,
        (_, 1) => "trading",
        _ => "halted",
    };

    private static AssetListing? ReadCurrency(in Element currency, ReplyContext context) =>
        currency.Ticker(1, out var symbol) && currency.OptionalText(0, out var name) ? new AssetListing(null, symbol, name) : null;

    private static Candle? ReadCandle(in Element candle, ReplyContext context) =>
        candle.UnixTime(0, UnixUnit.Milliseconds, out var openTime)
        && candle.Decimal(1, Sign.Positive, out var open)
        && candle.Decimal(2, Sign.Positive, out var high)
        && candle.Decimal(3, Sign.Positive, out var low)
        && candle.Decimal(4, Sign.Positive, out var close)
        && candle.OptionalDecimal(5, Sign.NotNegative, out var volume)
        && CandleRange.IsSound(candle, 2, high, low)
            ? new Candle(CoinoneProvider.Exchange, context.Pair!, context.Interval!, openTime, open, high, low, close, volume, null)
            : null;
}
