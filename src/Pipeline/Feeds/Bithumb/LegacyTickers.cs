using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// <c>GET /public/ticker/BTC_KRW</c>: <c>{"status":"0000","data":{"closing_price":"43232000","min_price":…,"max_price":…,
/// "units_traded_24H":"3919.13",…,"date":"1622591002293"}}</c>; with <c>ALL</c> one such object for each coin below its ticker, and the
/// date once among them. The quote currency, and without <c>ALL</c> the whole pair, stand in the request alone. Low and high are those of
/// the Korean day. 2018's replies have the best prices too, and call the day's volume <c>volume_1day</c>.
/// </summary>
internal static class LegacyTickers
{
    private const int Last = 0;
    private const int Low = 1;
    private const int High = 2;
    private const int Volume = 3;
    private const int Bid = 4;
    private const int Ask = 5;
    private const int Date = 6;
    private const string Expected = "a list, or an object with prices, or with one such object for each coin";

    private static readonly FieldNames Names = new(
        "closing_price", "min_price", "max_price", "units_traded_24H|volume_1day", "buy_price", "sell_price", "date");

    public static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!LegacyReply.TryData(ref reader, reply, Expected, out var data, out var path))
        {
            return;
        }

        var whole = LegacyReply.Open(data);
        if (whole.TokenType is not JsonTokenType.StartObject)
        {
            reply.RefuseShape(Expected);
            return;
        }

        var all = whole;
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref whole, fields);
        var head = new Element(data, fields, Names, reply.Into, new ElementPath(path));
        if (!head.OptionalUnixTime(Date, UnixUnit.Milliseconds, out var time))
        {
            return;
        }

        if (!head.Has(Last) && !head.Has(High))
        {
            ReadAll(ref all, data, reply, path, time);
        }
        else if (reply.Context.Pair is not { } pair)
        {
            reply.Into.MissingContext = "pair";
        }
        else
        {
            Add(head, pair, time, reply);
        }
    }

    private static void ReadAll(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, in Reply reply, string path, ProviderTime? time)
    {
        var (first, found) = (reply.Into.Records.Count, false);
        string? quote = null;
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName && !reply.IsHopeless)
        {
            var key = JsonKeys.Read(ref reader);
            reader.Read();
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            found = true;
            if ((quote ??= LegacyReply.QuoteOf(reply)) is null)
            {
                return;
            }

            Names.Read(ref reader, fields);
            var coin = path + ElementPath.Step(key);
            if (CurrencyPair.TryParse($"{key.ToLowerInvariant()}-{quote}", out var pair))
            {
                Add(new Element(data, fields, Names, reply.Into, new ElementPath(coin)), pair.ToString(), time, reply);
            }
            else
            {
                reply.Refuse(RefusalCode.InvalidField, $"\"{ShownText.Of(Encoding.UTF8.GetBytes(key))}\": expected a ticker", coin);
            }
        }

        if (!found)
        {
            reply.RefuseShape(Expected);
        }

        StatedPair.RequireAskedPair(reply, first, record => ((Ticker)record).Pair);
    }

    private static void Add(in Element ticker, string pair, ProviderTime? time, in Reply reply)
    {
        if (SaysAnything(ticker)
            && Prices.TryRead(ticker, Last, out var last)
            && Prices.TryRead(ticker, Low, out var low)
            && Prices.TryRead(ticker, High, out var high)
            && ticker.OptionalDecimal(Volume, Sign.NotNegative, out var volume)
            && Prices.TryRead(ticker, Bid, out var bid)
            && Prices.TryRead(ticker, Ask, out var ask))
        {
            reply.Into.Records.Add(new Ticker(BithumbProvider.Exchange, pair, last, bid, ask, high, low, volume, time));
        }
    }

    /// <summary>An object with none of a ticker's fields, not even a null, is something else that stands among the coins.</summary>
    private static bool SaysAnything(in Element ticker) =>
        ticker[Last].Type is not JsonTokenType.None || ticker[High].Type is not JsonTokenType.None
        || ticker[Volume].Type is not JsonTokenType.None
        || ticker.Refuse(Last, RefusalCode.UnexpectedShape, "a coin's prices");
}
