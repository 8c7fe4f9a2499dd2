using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// <c>GET /0/public/AssetPairs</c>: <c>{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT\/USD","base":"XXBT","quote":"ZUSD",
/// "pair_decimals":1,"lot_decimals":8,"tick_size":"0.1","status":"online",…}}</c>, and <c>/0/public/Assets</c>:
/// <c>{"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,…}}</c>. The socket v2's channel <c>instrument</c> has both lists in one
/// object.
/// </summary>
internal static class KrakenMarkets
{
    private const int MostDecimals = 28;

    private static readonly FieldNames PairNames = new("base", "quote", "pair_decimals", "lot_decimals", "tick_size", "status");
    private static readonly FieldNames AssetNames = new("altname");
    private static readonly FieldNames InstrumentNames = new("symbol", "price_increment", "qty_increment", "status");
    private static readonly FieldNames Lists = new("pairs");

    public static readonly Normaliser Markets =
        KrakenResults.Normaliser(JsonTokenType.StartObject, "an object with a market for each pair", ReadPair, RequireAsked);

    public static readonly Normaliser Currencies =
        KrakenResults.Normaliser(JsonTokenType.StartObject, "an object with an asset for each code", ReadAsset);

    /// <summary>The data of a frame <c>{"channel":"instrument","type":"snapshot","data":{"assets":[…],"pairs":[…]}}</c>.</summary>
    public static void ReadSocketObject(ReadOnlySpan<byte> data, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Lists.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        Lists.Read(ref reader, fields);
        if (fields[0].Type is JsonTokenType.StartArray)
        {
            KrakenFrames.Read(fields[0].Of(data), reply, InstrumentNames, ReadInstrument, "$.data.pairs");
        }
    }

    private static void ReadPair(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[PairNames.Count];
        PairNames.Read(ref reader, fields);
        var market = new Element(reply.Json, fields, PairNames, reply.Into, new ElementPath(path));
        if (!TryLegs(reply, market, key, path, out var pair)
            || !market.OptionalDecimal(4, Sign.Positive, out var tick)
            || !market.OptionalText(5, out var status)
            || !Step(market, 2, out var priceStep)
            || !Step(market, 3, out var quantityStep))
        {
            return;
        }

        if (!market.Has(2) && !market.Has(3) && !market.Has(4))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "not a market: expected pair_decimals and lot_decimals", path);
            return;
        }

        reply.Into.Records.Add(new Instrument(KrakenProvider.Exchange, pair, Meaning(status), tick ?? priceStep, quantityStep));
    }

    /// <summary>The legs that the market states; of a dark pool (<c>XXBTZUSD.d</c>) they are marked as its key is.</summary>
    private static bool TryLegs(in Reply reply, in Element market, string key, string path, out string pair)
    {
        if (!market.Has(0) && !market.Has(1))
        {
            return KrakenPairs.TryRead(key, reply.Context.Pair, out pair) || KrakenPairs.OfName(reply, key, path, out pair);
        }

        pair = "";
        if (!market.Text(0, out var target) || !market.Text(1, out var quote))
        {
            return false;
        }

        pair = $"{KrakenPairs.Ticker(target)}-{KrakenPairs.Ticker(quote)}{(key.EndsWith(".d", StringComparison.Ordinal) ? ".d" : "")}";
        return CurrencyPair.TryParse(pair, out _) || market.Refuse(0, RefusalCode.InvalidField, "an asset's code such as XXBT");
    }

    private static void RequireAsked(in Reply reply, int first, JsonField last) =>
        StatedPair.RequireAskedPair(reply, first, record => ((Instrument)record).Pair);

    private static void ReadAsset(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[AssetNames.Count];
        AssetNames.Read(ref reader, fields);
        var asset = new Element(reply.Json, fields, AssetNames, reply.Into, new ElementPath(path));
        if (!asset.Text(0, out var name))
        {
            return;
        }

        var symbol = KrakenPairs.Ticker(name);
        if (CurrencyPair.IsTicker(symbol))
        {
            reply.Into.Records.Add(new AssetListing(null, symbol, null));
        }
        else
        {
            asset.Refuse(0, RefusalCode.InvalidField, "an asset's name such as XBT");
        }
    }

    private static NormalisedRecord? ReadInstrument(in Reply reply, in Element market)
    {
        if (!market.Text(0, out var symbol))
        {
            return null;
        }

        if (!KrakenPairs.TryRead(symbol, reply.Context.Pair, out var pair))
        {
            market.Refuse(0, RefusalCode.InvalidField, "a pair such as BTC/USD");
            return null;
        }

        return market.OptionalDecimal(1, Sign.Positive, out var priceStep)
            && market.OptionalDecimal(2, Sign.Positive, out var quantityStep)
            && market.OptionalText(3, out var status)
                ? new Instrument(KrakenProvider.Exchange, pair, Meaning(status), priceStep, quantityStep)
                : null;
    }

    private static string? Meaning(string? status) => status switch
    {
        "online" or "limit_only" or "reduce_only" => "trading",
        "cancel_only" or "post_only" or "delisted" => "halted",
        "maintenance" or "work_in_progress" => "maintenance",
        _ => null,
    };

    /// <summary>One unit of the last of so many decimals.</summary>
    private static bool Step(in Element market, int field, out MarketNumber? step)
    {
        step = null;
        if (!market.OptionalInteger(field, out var decimals))
        {
            return false;
        }

        if (decimals is < 0 or > MostDecimals)
        {
            return market.Refuse(field, RefusalCode.OutOfRange, "a number of decimals, 0 to 28");
        }

        step = decimals is { } count ? new MarketNumber(isNegative: false, 1UL, (int)count) : null;
        return true;
    }
}
