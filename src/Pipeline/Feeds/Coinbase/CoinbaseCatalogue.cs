using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>What Coinbase Exchange trades, and its candles: <c>/products</c>, <c>/products/BTC-USD</c>, <c>/currencies</c>,
/// <c>/products/BTC-USD/candles</c>; and Advanced Trade's products, which have their list below <c>products</c> and a step of the price
/// beside that of the quote currency.</summary>
internal static class CoinbaseCatalogue
{
    private const int List = 9;
    private const int Type = 10;

    private static readonly FieldNames ProductNames = new(
        "base_currency|base_currency_id", "quote_currency|quote_currency_id", "quote_increment", "base_increment", "status",
        "trading_disabled|is_disabled", "cancel_only", "post_only", "price_increment", "products",
        "product_type|type");

    private static readonly FieldNames CurrencyNames = new("id", "name");
    private static readonly FieldNames Row = new("[0]", "[1]", "[2]", "[3]", "[4]", "[5]");
    private static readonly FieldNames CandlesRoot = new("candles");
    private static readonly FieldNames CandleNames = new("start", "low", "high", "open", "close", "volume");

    public static readonly Normaliser Markets = Reply.Normaliser(ReadProducts);
    public static readonly Normaliser Currencies = Reply.Normaliser(ReadCurrencies);
    public static readonly Normaliser Candles = Reply.Normaliser(ReadCandles);

    /// <summary>The products of a list that was captured whole: those of the socket's channel <c>status</c>.</summary>
    public static void ReadProducts(ReadOnlySpan<byte> list, in Reply reply, string path) =>
        Elements.Read(list, reply, path, ProductNames, reply.Context with { Pair = null }, ReadProduct);

    private static void ReadProducts(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "a list of products, or one";
        var first = reply.Into.Records.Count;
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            Elements.Read(ref reader, reply.Json, reply, "$", ProductNames, reply.Context, ReadProduct);
        }
        else if (reply.IsObject(ref reader, Expected))
        {
            Span<JsonField> fields = stackalloc JsonField[ProductNames.Count];
            ProductNames.Read(ref reader, fields);
            var product = new Element(reply.Json, fields, ProductNames, reply.Into, new ElementPath("$"));
            if (product[List].Type is JsonTokenType.StartArray)
            {
                Elements.Read(
                    product[List].Of(reply.Json), reply, product.PathOf(List), ProductNames, reply.Context, ReadProduct);
            }
            else if (!product.Has(0) && !product.Has(1))
            {
                CoinbaseErrors.Refuse(reply, Expected);
            }
            else if (ReadProduct(product, reply.Context) is { } instrument)
            {
                reply.Into.Records.Add(instrument);
            }
        }

        StatedPair.RequireAskedPair(reply, first, record => ((Instrument)record).Pair);
    }

    private static Instrument? ReadProduct(in Element product, ReplyContext context) =>
        IsSpot(product)
        && product.Pair(0, 1, context.Pair, out var pair)
        && product.OptionalDecimal(2, Sign.NotNegative, out var priceStep)
        && product.OptionalDecimal(3, Sign.NotNegative, out var quantityStep)
        && product.OptionalText(4, out var status)
        && product.OptionalFlag(5, out var disabled)
        && product.OptionalFlag(6, out var cancelOnly)
        && product.OptionalFlag(7, out var postOnly)
        && product.OptionalDecimal(8, Sign.NotNegative, out var ownPriceStep)
            ? new Instrument(
                CoinbaseProvider.Exchange, pair, Status(status, disabled is true || cancelOnly is true || postOnly is true),
                ownPriceStep ?? priceStep, quantityStep)
            : null;

    /// <summary>A future or a perpetual (<c>"product_type":"FUTURE"</c>, whose base is mostly empty) is not its legs' pair.</summary>
    private static bool IsSpot(in Element product) =>
        !product.Has(Type) || (product[Type].TryText(product.Json, out var type)
            && (Ascii.EqualsIgnoreCase(type, "spot"u8) || type.SequenceEqual("UNKNOWN_PRODUCT_TYPE"u8)))
        || product.Refuse(Type, RefusalCode.InvalidField, "a spot product");

    /// <summary><c>online</c> trades unless a flag says that no order would be matched: disabled, orders only cancelled or only
    /// posted.</summary>
    private static string? Status(string? status, bool isHalted) =>
        status switch { null => null, "online" when !isHalted => "trading", _ => "halted" };

    private static void ReadCurrencies(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            Elements.Read(ref reader, reply.Json, reply, "$", CurrencyNames, reply.Context, ReadCurrency);
        }
        else
        {
            CoinbaseErrors.Refuse(reply, "a list of currencies");
        }
    }

    private static AssetListing? ReadCurrency(in Element currency, ReplyContext context) =>
        currency.Ticker(0, out var symbol) && currency.OptionalText(1, out var name) ? new AssetListing(null, symbol, name) : null;

    /// <summary>
    /// <c>[[1517443740,10106,10120.21,10106.01,10120.21,2.85107455],…]</c>: time in seconds, <b>low, high, open, close</b>, volume, newest
    /// first. Advanced Trade: <c>{"candles":[{"start":"1639508050","low":…,"high":…,"open":…,"close":…,"volume":…}]}</c>. Neither names its
    /// product or interval, nor says whether the newest is final.
    /// </summary>
    private static void ReadCandles(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "a list of [time, low, high, open, close, volume]";
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            if (HasContext(reply))
            {
                ReadRows(ref reader, reply);
            }

            return;
        }

        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> root = stackalloc JsonField[CandlesRoot.Count];
        CandlesRoot.Read(ref reader, root);
        if (root[0].Type is not JsonTokenType.StartArray)
        {
            CoinbaseErrors.Refuse(reply, Expected);
        }
        else if (HasContext(reply))
        {
            Elements.Read(root[0].Of(reply.Json), reply, "$.candles", CandleNames, reply.Context, ReadCandle);
        }
    }

    private static bool HasContext(in Reply reply)
    {
        if (CoinbaseProducts.Asked(reply) is null)
        {
            return false;
        }

        reply.Into.MissingContext ??= reply.Context.Interval is null ? "interval" : null;
        return reply.Into.MissingContext is null;
    }

    private static void ReadRows(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Row.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (reader.TokenType is not JsonTokenType.StartArray || !Elements.ReadRow(ref reader, fields))
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "expected [time, low, high, open, close, volume]", $"$[{index}]");
            }
            else if (ReadCandle(new Element(reply.Json, fields, Row, reply.Into, new ElementPath("$", index)), reply.Context) is { } candle)
            {
                reply.Into.Records.Add(candle);
            }
        }
    }

    public static Candle? ReadCandle(in Element candle, ReplyContext context) =>
        candle.UnixTime(0, UnixUnit.Seconds, out var openTime)
        && candle.Decimal(1, Sign.Positive, out var low)
        && candle.Decimal(2, Sign.Positive, out var high)
        && candle.Decimal(3, Sign.Positive, out var open)
        && candle.Decimal(4, Sign.Positive, out var close)
        && candle.OptionalDecimal(5, Sign.NotNegative, out var volume)
        && CandleRange.IsSound(candle, 2, high, low)
            ? new Candle(CoinbaseProvider.Exchange, context.Pair!, context.Interval!, openTime, open, high, low, close, volume, null)
            : null;
}
