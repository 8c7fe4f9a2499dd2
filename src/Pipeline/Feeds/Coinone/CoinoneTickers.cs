using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// <c>GET /public/v2/ticker_new/KRW[/BTC]</c>: <c>{…,"tickers":[{"quote_currency":"KRW","target_currency":"BTC","timestamp":1499341142000,
/// "high":"3845000.0","low":…,"last":…,"target_volume":"163.3828","best_asks":[{"price":"1200.0","qty":"1.234"}],"best_bids":[…],
/// "id":…}]}</c>. v1 <c>/ticker/?currency=btc</c>: the ticker's fields beside the head's, seconds as strings; <c>currency=all</c>: one key
/// per currency among <c>result</c>, <c>errorCode</c> and <c>timestamp</c>. The socket names the best prices flat
/// (<c>ask_best_price</c>) and has a short form.
/// </summary>
internal static class CoinoneTickers
{
    private const int Tickers = 3;
    private const int HeadTimestamp = 4;
    private const int HeadCurrency = 5;

    private static readonly FieldNames Names = CoinoneErrors.Reply("tickers", "timestamp", "currency");

    private const int Quote = 0;
    private const int Target = 1;
    private const int Timestamp = 2;
    private const int Last = 3;
    private const int High = 4;
    private const int Low = 5;
    private const int Volume = 6;
    private const int Bids = 7;
    private const int Asks = 8;
    private const int Bid = 9;
    private const int Ask = 10;
    private const int Currency = 11;

    private static readonly FieldNames TickerNames = new(
        "quote_currency|qc", "target_currency|tc", "timestamp|t", "last|la", "high|hi", "low|lo", "target_volume|tv|volume",
        "best_bids", "best_asks", "bid_best_price|bbp", "ask_best_price|abp", "currency");

    private static readonly FieldNames LevelNames = new("price", "qty");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <summary>The ticker of a socket frame's <c>data</c>.</summary>
    public static void ReadSocketTicker(ReadOnlySpan<byte> data, in Reply reply)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[TickerNames.Count];
        TickerNames.Read(ref reader, fields);
        var ticker = new Element(data, fields, TickerNames, reply.Into, new ElementPath("$.data"));
        if (StatedPair.OfReply(reply, ticker, Target, Quote, out var pair)
            && ReadTicker(ticker, reply.Context with { Pair = pair }) is { } read)
        {
            reply.Into.Records.Add(read);
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, "an object with tickers"))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var head = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (CoinoneErrors.Refused(reply, head))
        {
            return;
        }

        var first = reply.Into.Records.Count;
        if (head[Tickers].Type is JsonTokenType.StartArray)
        {
            Elements.Read(head[Tickers].Of(reply.Json), reply, "$.tickers", TickerNames, reply.Context with { Pair = null }, ReadTicker);
        }
        else if (head.Has(CoinoneErrors.Result) && head.Has(HeadTimestamp))
        {
            ReadLegacy(reply, head);
        }
        else
        {
            reply.RefuseShape("an object with a list tickers");
        }

        StatedPair.RequireAskedPair(reply, first, record => ((Ticker)record).Pair);
    }

    private static void ReadLegacy(in Reply reply, in Element head)
    {
        if (!head.OptionalUnixTime(HeadTimestamp, UnixUnit.Seconds, out var time))
        {
            return;
        }

        var reader = new Utf8JsonReader(reply.Json);
        reader.Read();
        if (head.Has(HeadCurrency))
        {
            ReadLegacyTicker(ref reader, reply, "$", null, time);
            return;
        }

        var whole = reader;
        var found = false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName && !reply.IsHopeless)
        {
            var key = JsonKeys.Read(ref reader);
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject)
            {
                found = true;
                ReadLegacyTicker(ref reader, reply, "$" + ElementPath.Step(key), key, time);
            }
            else
            {
                reader.Skip();
            }
        }

        if (!found)
        {
            ReadNamelessTicker(ref whole, reply, time);
        }
    }

    /// <summary>A reply without a currency and without currencies: one ticker that leaves out whose it is, or something else.</summary>
    private static void ReadNamelessTicker(ref Utf8JsonReader reader, in Reply reply, ProviderTime? time)
    {
        Span<JsonField> fields = stackalloc JsonField[TickerNames.Count];
        TickerNames.Read(ref reader, fields);
        fields[Timestamp] = default;
        var ticker = new Element(reply.Json, fields, TickerNames, reply.Into, new ElementPath("$"));
        if (!ticker.Has(Last) && !ticker.Has(Volume))
        {
            reply.RefuseShape("a ticker, or an object with one for each currency");
        }
        else if (reply.Context.Pair is not { } pair)
        {
            reply.Into.MissingContext = "pair";
        }
        else if (ReadTicker(ticker, reply.Context) is { } read)
        {
            reply.Into.Records.Add(read with { Pair = pair, Time = time });
        }
    }

    private static void ReadLegacyTicker(ref Utf8JsonReader reader, in Reply reply, string path, string? key, ProviderTime? time)
    {
        Span<JsonField> fields = stackalloc JsonField[TickerNames.Count];
        TickerNames.Read(ref reader, fields);
        fields[Timestamp] = default; // stands in the head and is read there, in seconds
        var ticker = new Element(reply.Json, fields, TickerNames, reply.Into, new ElementPath(path));
        var currency = key?.ToLowerInvariant();
        if (ticker.Has(Currency) && !ticker.Ticker(Currency, out currency))
        {
            return;
        }

        if (!CurrencyPair.IsTicker(currency))
        {
            reply.Refuse(RefusalCode.InvalidField, $"\"{ShownText.Of(Encoding.UTF8.GetBytes(key ?? ""))}\": expected a ticker", path);
        }
        else if (ReadTicker(ticker, reply.Context with { Pair = $"{currency}-{CoinonePairs.LegacyQuote}" }) is { } read)
        {
            reply.Into.Records.Add(read with { Time = time });
        }
    }

    /// <param name="context">With the pair where the ticker itself need not be asked for it.</param>
    private static Ticker? ReadTicker(in Element ticker, ReplyContext context)
    {
        var pair = context.Pair;
        return SaysAnything(ticker)
            && (pair is not null || ticker.Pair(Target, Quote, null, out pair))
            && ticker.OptionalUnixTime(Timestamp, UnixUnit.Milliseconds, out var time)
            && Prices.TryRead(ticker, Last, out var last)
            && Prices.TryRead(ticker, High, out var high)
            && Prices.TryRead(ticker, Low, out var low)
            && ticker.OptionalDecimal(Volume, Sign.NotNegative, out var volume)
            && Best(ticker, Bid, Bids, out var bid)
            && Best(ticker, Ask, Asks, out var ask)
                ? new Ticker(CoinoneProvider.Exchange, pair, last, bid, ask, high, low, volume, time)
                : null;
    }

    /// <summary>An object with none of a ticker's fields, not even a null, is something else: a key that v1 put among its currencies, a
    /// market.</summary>
    private static bool SaysAnything(in Element ticker) =>
        ticker[Last].Type is not JsonTokenType.None || ticker[High].Type is not JsonTokenType.None
        || ticker[Volume].Type is not JsonTokenType.None || ticker[Bids].Type is not JsonTokenType.None
        || ticker[Bid].Type is not JsonTokenType.None
        || ticker.Refuse(Last, RefusalCode.UnexpectedShape, "a ticker with prices");

    /// <summary>The flat field, or the price of the list's first level; an empty list is a side without orders.</summary>
    private static bool Best(in Element ticker, int flat, int list, out MarketNumber? price)
    {
        if (ticker.Has(flat) || !ticker.Has(list))
        {
            return Prices.TryRead(ticker, flat, out price);
        }

        price = null;
        if (ticker[list].Type is not JsonTokenType.StartArray)
        {
            return ticker.Refuse(list, RefusalCode.InvalidField, "a list of levels");
        }

        var levels = new EntryReader(ticker, list, LevelNames, stackalloc JsonField[LevelNames.Count]);
        return levels.TryObject(out var best)
            ? Prices.TryRead(best, 0, out price)
            : levels.IsAtEnd || ticker.Refuse(list, RefusalCode.InvalidField, "a list of levels");
    }
}
