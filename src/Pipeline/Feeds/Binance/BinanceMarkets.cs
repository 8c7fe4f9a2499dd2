using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// <c>GET /api/v3/exchangeInfo</c>: <c>{…,"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC",…,
/// "filters":[{"filterType":"PRICE_FILTER","minPrice":"0.00001000",…,"tickSize":"0.00001000"},{"filterType":"LOT_SIZE",…,
/// "stepSize":"0.00010000"},…]}]}</c>. A step of zero is a rule that is switched off.
/// </summary>
internal static class BinanceMarkets
{
    private const int Symbols = 3;
    private const int Base = 0;
    private const int Quote = 1;
    private const int Status = 2;
    private const int Filters = 3;
    private const int Name = 4;
    private const int ContractType = 5;
    private const string Expected = "an object with a list symbols";

    private static readonly FieldNames Names = BinanceReplies.Names("symbols");
    private static readonly FieldNames SymbolNames = new("baseAsset", "quoteAsset", "status", "filters", "symbol", "contractType");
    private static readonly FieldNames FilterNames = new("filterType", "tickSize", "stepSize");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var head = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (head[Symbols].Type is not JsonTokenType.StartArray)
        {
            BinanceReplies.RefuseOther(reply, head, Expected);
            return;
        }

        var first = reply.Into.Records.Count;
        Elements.Read(head[Symbols].Of(reply.Json), reply, "$.symbols", SymbolNames, reply.Context, ReadSymbol);
        StatedPair.RequireAskedPair(reply, first, record => ((Instrument)record).Pair);
    }

    private static Instrument? ReadSymbol(in Element symbol, ReplyContext context) =>
        IsSpot(symbol)
        && symbol.Pair(Base, Quote, context.Pair, out var pair)
        && symbol.OptionalText(Status, out var status)
        && TrySteps(symbol, out var priceStep, out var quantityStep)
            ? new Instrument(BinanceProvider.Exchange, pair, Meaning(status), priceStep, quantityStep)
            : null;

    /// <summary>The futures' lists have the same form; a contract (<c>BTCUSDT_260327</c>, <c>BTCUSD_PERP</c>) is not its legs'
    /// pair.</summary>
    private static bool IsSpot(in Element symbol)
    {
        if (symbol.Has(ContractType))
        {
            return symbol.Refuse(ContractType, RefusalCode.InvalidField, "a spot market, which is no contract");
        }

        return !symbol.Has(Name) || !symbol[Name].TryText(symbol.Json, out var name) || !name.Contains((byte)'_')
            || symbol.Refuse(Name, RefusalCode.InvalidField, "a spot market such as BTCUSDT, not a contract");
    }

    private static string? Meaning(string? status) => status switch
    {
        "TRADING" => "trading",
        "BREAK" or "HALT" or "AUCTION_MATCH" or "PRE_TRADING" or "POST_TRADING" or "END_OF_DAY" => "halted",
        _ => null,
    };

    private static bool TrySteps(in Element symbol, out MarketNumber? priceStep, out MarketNumber? quantityStep)
    {
        (priceStep, quantityStep) = (null, null);
        if (symbol[Filters].Type is not JsonTokenType.StartArray)
        {
            return !symbol.Has(Filters) || symbol.Refuse(Filters, RefusalCode.InvalidField, "a list of filters");
        }

        var filters = new EntryReader(symbol, Filters, FilterNames, stackalloc JsonField[FilterNames.Count]);
        while (filters.TryObject(out var filter))
        {
            var type = filter[0].TryText(filter.Json, out var text) ? text : default;
            if ((type.SequenceEqual("PRICE_FILTER"u8) && !Step(filter, 1, ref priceStep))
                || (type.SequenceEqual("LOT_SIZE"u8) && !Step(filter, 2, ref quantityStep)))
            {
                return false;
            }
        }

        return filters.IsAtEnd || symbol.Refuse(Filters, RefusalCode.InvalidField, "a list of filters, each an object");
    }

    private static bool Step(in Element filter, int field, ref MarketNumber? step)
    {
        var read = filter.OptionalDecimal(field, Sign.NotNegative, out var value);
        step = value is { IsZero: true } ? null : value;
        return read;
    }
}
