using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>One stream of one connection, and how far it has told. All begin with what comes after the subscription.</summary>
internal abstract class BinanceStream(string symbol)
{
    protected string Symbol => symbol;

    /// <summary>Null for a name that is no stream of ours.</summary>
    public static BinanceStream? Open(string name, MarketModel market, TradeTapes tapes, DateTimeOffset now)
    {
        var parts = name.Split('@');
        if (parts.Length < 2 || BinanceMarket.Find(parts[0].ToUpperInvariant()) is not { } pair || parts[0] != parts[0].ToLowerInvariant())
        {
            return null;
        }

        var symbol = BinanceMarket.Symbol(pair);
        return parts[1] switch
        {
            "aggTrade" => new Trades(symbol, tapes.Of(pair), now, isAggregate: true),
            "trade" => new Trades(symbol, tapes.Of(pair), now, isAggregate: false),
            "depth" => new Depth(symbol, market, pair, now),
            "bookTicker" => new Best(symbol, market, pair),
            _ when parts[1].StartsWith("kline_", StringComparison.Ordinal) && BinanceKlines.StartOf(parts[1][6..], now) is not null =>
                new Kline(symbol, market, pair, parts[1][6..]),
            _ => null,
        };
    }

    public abstract IEnumerable<byte[]> News(DateTimeOffset now);

    protected byte[] Event(string type, DateTimeOffset now, Action<Utf8JsonWriter> write) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("e", type);
        json.WriteNumber("E", now.ToUnixTimeMilliseconds());
        json.WriteString("s", symbol);
        write(json);
        json.WriteEndObject();
    });

    private sealed class Trades(string symbol, TradeTape tape, DateTimeOffset since, bool isAggregate) : BinanceStream(symbol)
    {
        // A connection that could not be served for longer begins again here instead of flooding the client.
        private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);

        private DateTimeOffset told = since;

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            // Up to and including this millisecond, and the next time from the one after it.
            var upTo = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
            var from = upTo - told > LongestBacklog ? upTo - LongestBacklog : told;
            told = upTo > told ? upTo : told;
            var type = isAggregate ? "aggTrade" : "trade";
            return [.. tape.Between(from, upTo).Select(trade => Event(type, now, json => Write(json, trade)))];
        }

        private void Write(Utf8JsonWriter json, NumberedTrade trade)
        {
            json.WriteNumber(isAggregate ? "a" : "t", trade.Number + (isAggregate ? 0 : BinanceMarket.BeforeFirstTradeId));
            json.WriteString("p", BinanceMarket.Eight(trade.Trade.Price));
            json.WriteString("q", BinanceMarket.Eight(trade.Trade.Quantity));
            if (isAggregate)
            {
                json.WriteNumber("f", BinanceMarket.BeforeFirstTradeId + trade.Number);
                json.WriteNumber("l", BinanceMarket.BeforeFirstTradeId + trade.Number);
            }

            json.WriteNumber("T", trade.Trade.Time);
            json.WriteBoolean("m", !trade.Trade.TakerBought);
            json.WriteBoolean("M", true);
        }
    }

    /// <summary>The changes between two states of the whole book; an event that has to span several seconds names all their ids.</summary>
    private sealed class Depth(string symbol, MarketModel market, MarketPair pair, DateTimeOffset since) : BinanceStream(symbol)
    {
        private MarketBook told = market.Book(pair, since, BinanceMarket.BookLevels);

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            if (market.QuoteAt(pair, now).Time == told.Time)
            {
                return [];
            }

            var book = market.Book(pair, now, BinanceMarket.BookLevels);
            var changes = BookChanges.Between(told, book, tellsOfDropped: true);
            if (changes.IsEmpty)
            {
                return [];
            }

            var first = BinanceMarket.UpdateIdOf(told) + 1;
            told = book;
            return [Event("depthUpdate", now, json =>
            {
                json.WriteNumber("U", first);
                json.WriteNumber("u", BinanceMarket.UpdateIdOf(book));
                BinanceMarket.WriteLevels(json, "b", changes.Bids);
                BinanceMarket.WriteLevels(json, "a", changes.Asks);
            })];
        }
    }

    private sealed class Best(string symbol, MarketModel market, MarketPair pair) : BinanceStream(symbol)
    {
        private long told = -1;

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            var book = market.Book(pair, now, 1);
            if (book.Time == told)
            {
                return [];
            }

            told = book.Time;
            return [JsonReply.Bytes(json =>
            {
                json.WriteStartObject();
                json.WriteNumber("u", BinanceMarket.UpdateIdOf(book));
                json.WriteString("s", Symbol);
                json.WriteString("b", BinanceMarket.Eight(book.Bids[0].Price));
                json.WriteString("B", BinanceMarket.Eight(book.Bids[0].Quantity));
                json.WriteString("a", BinanceMarket.Eight(book.Asks[0].Price));
                json.WriteString("A", BinanceMarket.Eight(book.Asks[0].Quantity));
                json.WriteEndObject();
            })];
        }
    }

    /// <summary>The running candle once a second, and each candle once more when it has ended.</summary>
    private sealed class Kline(string symbol, MarketModel market, MarketPair pair, string interval) : BinanceStream(symbol)
    {
        private DateTimeOffset? running;
        private long toldSecond = -1;

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            if (now.ToUnixTimeSeconds() == toldSecond)
            {
                return [];
            }

            toldSecond = now.ToUnixTimeSeconds();
            var start = BinanceKlines.StartOf(interval, now)!.Value;
            var ended = running is { } before && before < start ? before : (DateTimeOffset?)null;
            running = start;
            return ended is { } closed ? [Frame(closed, now, true), Frame(start, now, false)] : [Frame(start, now, false)];
        }

        private byte[] Frame(DateTimeOffset open, DateTimeOffset now, bool final)
        {
            var close = open + BinanceKlines.LengthOf(interval);
            var candle = market.Candle(pair, open, final ? close : now.AddMilliseconds(1));
            return Event("kline", now, json =>
            {
                json.WriteStartObject("k");
                json.WriteNumber("t", candle.OpenTime);
                json.WriteNumber("T", close.ToUnixTimeMilliseconds() - 1);
                json.WriteString("s", Symbol);
                json.WriteString("i", interval);
                json.WriteString("o", BinanceMarket.Eight(candle.Open));
                json.WriteString("c", BinanceMarket.Eight(candle.Close));
                json.WriteString("h", BinanceMarket.Eight(candle.High));
                json.WriteString("l", BinanceMarket.Eight(candle.Low));
                json.WriteString("v", BinanceMarket.Eight(candle.Volume));
                json.WriteBoolean("x", final);
                json.WriteString("q", BinanceMarket.Eight(candle.QuoteVolume));
                json.WriteEndObject();
            });
        }
    }
}
