using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Kraken;

/// <summary>One channel of one pair on one connection, and how far it has told.</summary>
internal abstract class KrakenChannel
{
    public static IReadOnlyList<int> Depths { get; } = [10, 25, 100, 500, 1000];

    public static KrakenChannel Open(
        string channel, KrakenPair pair, MarketModel market, TradeTapes tapes, DateTimeOffset now, int depth, bool snapshot) =>
        channel == "trade" ? new Trades(pair, tapes.Of(pair.Pair), now, snapshot) : new Book(pair, market, depth);

    public abstract IEnumerable<byte[]> News(DateTimeOffset now);

    /// <summary>RFC 3339 with microseconds, which cut what is finer.</summary>
    public static string Time(long nanoseconds)
    {
        var second = DateTimeOffset.FromUnixTimeSeconds(nanoseconds / 1_000_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-ddTHH:mm:ss}.{nanoseconds / 1000 % 1_000_000:D6}Z");
    }

    private static byte[] Frame(string channel, bool snapshot, Action<Utf8JsonWriter> write) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("channel", channel);
        json.WriteString("type", snapshot ? "snapshot" : "update");
        json.WriteStartArray("data");
        write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private sealed class Trades(KrakenPair pair, TradeTape tape, DateTimeOffset since, bool snapshot) : KrakenChannel
    {
        private const int InSnapshot = 50;

        // A connection that could not be served for longer begins again here instead of flooding the client.
        private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);

        private DateTimeOffset told = since;
        private bool first = snapshot;

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            var upTo = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
            var from = upTo - told > LongestBacklog ? upTo - LongestBacklog : told;
            var trades = first ? tape.Newest(now, InSnapshot) : [.. tape.Between(from, upTo)];
            told = upTo > told ? upTo : told;
            if (trades.Count == 0)
            {
                return [];
            }

            var isSnapshot = first;
            first = false;
            return [Frame("trade", isSnapshot, json =>
            {
                foreach (var trade in trades)
                {
                    Write(json, trade);
                }
            })];
        }

        private void Write(Utf8JsonWriter json, NumberedTrade trade)
        {
            json.WriteStartObject();
            json.WriteString("symbol", pair.Symbol);
            json.WriteString("side", trade.Trade.TakerBought ? "buy" : "sell");
            json.WritePropertyName("price");
            json.WriteRawValue(pair.Price(trade.Trade.Price));
            json.WritePropertyName("qty");
            json.WriteRawValue(KrakenMarket.Quantity(trade.Trade.Quantity));
            json.WriteString("ord_type", trade.Number % 3 == 0 ? "market" : "limit");
            json.WriteNumber("trade_id", trade.Number);
            json.WriteString("timestamp", Time(KrakenMarket.NanosecondsOf(trade)));
            json.WriteEndObject();
        }
    }

    /// <summary>
    /// The whole book first, then its changes with the checksum of the book that they make. Levels that fall out at the far end are the
    /// subscriber's to cut.
    /// </summary>
    private sealed class Book(KrakenPair pair, MarketModel market, int depth) : KrakenChannel
    {
        private MarketBook? told;

        public override IEnumerable<byte[]> News(DateTimeOffset now)
        {
            if (told?.Time == market.QuoteAt(pair.Pair, now).Time)
            {
                return [];
            }

            var (before, book) = (told, market.Book(pair.Pair, now, depth));
            var changes = before is null ? new BookChanges(book.Bids, book.Asks) : BookChanges.Between(before, book, tellsOfDropped: false);
            told = book;
            return changes.IsEmpty ? [] : [Frame("book", before is null, json =>
            {
                json.WriteStartObject();
                json.WriteString("symbol", pair.Symbol);
                WriteSide(json, "bids", changes.Bids);
                WriteSide(json, "asks", changes.Asks);
                json.WriteNumber("checksum", KrakenMarket.Checksum(pair, book));
                json.WriteString("timestamp", Time(book.Time * 1_000_000));
                json.WriteEndObject();
            })];
        }

        private void WriteSide(Utf8JsonWriter json, string name, IReadOnlyList<MarketLevel> levels)
        {
            json.WriteStartArray(name);
            foreach (var level in levels)
            {
                json.WriteStartObject();
                json.WritePropertyName("price");
                json.WriteRawValue(pair.Price(level.Price));
                json.WritePropertyName("qty");
                json.WriteRawValue(KrakenMarket.Quantity(level.Quantity));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }
}
