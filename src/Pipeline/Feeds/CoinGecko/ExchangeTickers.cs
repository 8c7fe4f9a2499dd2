using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// <c>GET /exchanges/{id}/tickers</c>: <c>{"name":"Binance","tickers":[{"base":"BTC","target":"USDT","market":{"name":"Binance",
/// "identifier":"binance",…},"last":48964.36,"volume":86497.48158192317,"timestamp":"2021-05-16T07:46:57+00:00",…}]}</c>. CoinGecko's
/// <c>base</c> is our target and its <c>target</c> our quote; the volume is in the base. Where a leg is a contract's address rather than a
/// ticker, the element is refused: such a pair has no name here.
/// </summary>
internal static class ExchangeTickers
{
    private const int Base = 0;
    private const int Target = 1;
    private const int Market = 2;
    private const int Timestamp = 5;

    private static readonly FieldNames Root = new("tickers");
    private static readonly FieldNames Names = new("base", "target", "market", "last", "volume", "timestamp", "last_traded_at");
    private static readonly FieldNames MarketNames = new("identifier");

    public static readonly Normaliser Normaliser = CoinGeckoErrors.Object("an object with tickers", Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> root = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, root);
        if (root[0].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("an object with a list tickers");
            return;
        }

        Elements.Read(root[0].Of(reply.Json), reply, "$.tickers", Names, reply.Context, ReadTicker);
    }

    private static Ticker? ReadTicker(in Element ticker, ReplyContext context)
    {
        if (!TryExchange(ticker, out var exchange) || !ticker.Pair(Base, Target, context.Pair, out var pair))
        {
            return null;
        }

        var timeField = ticker.HasTime(Timestamp) ? Timestamp : Timestamp + 1;
        return ticker.OptionalDecimal(3, Sign.NotNegative, out var last)
            && ticker.OptionalDecimal(4, Sign.NotNegative, out var volume)
            && ticker.OptionalIsoTime(timeField, out var time)
                ? new Ticker(exchange, pair, last, null, null, null, null, volume, time)
                : null;
    }

    private static bool TryExchange(in Element ticker, out string exchange)
    {
        exchange = "";
        if (ticker[Market].Type is not JsonTokenType.StartObject)
        {
            return ticker.Refuse(Market, RefusalCode.InvalidField, "an object with the exchange's identifier");
        }

        var json = ticker[Market].Of(ticker.Json);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[MarketNames.Count];
        MarketNames.Read(ref reader, fields);
        return ticker.Within(Market, json, fields, MarketNames).Text(0, out exchange);
    }
}
