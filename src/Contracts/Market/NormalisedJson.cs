using System.Text.Json;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>
/// The one JSON form of normalised records: <c>kind</c> first, decimals as strings without exponent or trailing zeros, times ISO 8601 UTC
/// with the provider's digits, unknown as null. The CLI prints it, the API serves it, dead letters and differing records keep it.
/// </summary>
public static class NormalisedJson
{
    public static void Write(Utf8JsonWriter json, NormalisedRecord record)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, record.Kind);
        WriteFields(json, record);
        json.WriteEndObject();
    }

    /// <summary>The fields alone, for an object that the caller opened and may add to.</summary>
    public static void WriteFields(Utf8JsonWriter json, NormalisedRecord record)
    {
        switch (record)
        {
            case Trade trade: WriteTrade(json, trade); break;
            case OrderBook book: WriteBook(json, book.Exchange, book.Pair, null, book.Sequence, book.Time, book.Bids, book.Asks); break;
            case OrderBookDelta delta:
                WriteBook(json, delta.Exchange, delta.Pair, delta, delta.Sequence, delta.Time, delta.Bids, delta.Asks);
                break;
            case Candle candle:
                WriteCandleHead(json, candle.Exchange, candle.Pair, candle.Interval, candle.OpenTime);
                WriteCandleBody(json, candle, candle.Volume, candle.Final);
                break;
            case EmptyCandle empty:
                WriteCandleHead(json, empty.Exchange, empty.Pair, empty.Interval, empty.OpenTime);
                WriteCandleBody(json, null, null, empty.Final);
                break;
            case Ticker ticker: WriteTicker(json, ticker); break;
            case Instrument instrument: WriteInstrument(json, instrument); break;
            case AssetPrice price: WritePrice(json, price); break;
            case ChartPoint point: WriteChartPoint(json, point); break;
            case OnChainPoint point: WriteOnChainPoint(json, point); break;
            case AssetListing listing:
                json.WriteString("asset"u8, listing.Asset);
                json.WriteString("symbol"u8, listing.Symbol);
                json.WriteString("name"u8, listing.Name);
                break;
            case GlobalMarket market:
                json.WriteString("currency"u8, market.Currency);
                Write(json, "market_cap"u8, market.MarketCap);
                Write(json, "volume_24h"u8, market.Volume24h);
                Write(json, "time"u8, market.Time);
                break;
            case CoinDocument document:
                json.WriteString("dataset"u8, document.Dataset);
                json.WriteString("name"u8, document.Name);
                Write(json, "time"u8, document.Time);
                json.WritePropertyName("content"u8);
                json.WriteRawValue(OneLine(document.Json));
                break;
            default: throw new ArgumentOutOfRangeException(nameof(record), record.GetType(), "This kind of record has no JSON form.");
        }
    }

    /// <summary>A record is one line, also where its document came on many: within a text a line's end is written otherwise, so that these
    /// are all between tokens.</summary>
    private static string OneLine(string document) =>
        document.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);

    private static void WriteTrade(Utf8JsonWriter json, Trade trade)
    {
        json.WriteString("exchange"u8, trade.Exchange);
        json.WriteString("pair"u8, trade.Pair);
        json.WriteString("trade_id"u8, trade.TradeId);
        Write(json, "price"u8, trade.Price);
        Write(json, "quantity"u8, trade.Quantity);
        json.WriteString("taker_side"u8, trade.TakerSide switch { TakerSide.Buy => "buy", TakerSide.Sell => "sell", null => null });
        Write(json, "time"u8, trade.Time);
    }

    private static void WriteBook(
        Utf8JsonWriter json, string exchange, string pair, OrderBookDelta? delta, long? sequence, ProviderTime? time,
        IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        json.WriteString("exchange"u8, exchange);
        json.WriteString("pair"u8, pair);
        if (delta is not null)
        {
            Write(json, "first_sequence"u8, delta.FirstSequence);
        }

        Write(json, "sequence"u8, sequence);
        Write(json, "time"u8, time);
        WriteLevels(json, "bids"u8, bids);
        WriteLevels(json, "asks"u8, asks);
    }

    private static void WriteLevels(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<BookLevel> levels)
    {
        json.WriteStartArray(name);
        foreach (var level in levels)
        {
            json.WriteStartArray();
            json.WriteText(level.Price);
            json.WriteText(level.Quantity);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteCandleHead(Utf8JsonWriter json, string exchange, string pair, string interval, ProviderTime openTime)
    {
        json.WriteString("exchange"u8, exchange);
        json.WriteString("pair"u8, pair);
        json.WriteString("interval"u8, interval);
        Write(json, "open_time"u8, openTime);
    }

    private static void WriteCandleBody(Utf8JsonWriter json, Candle? candle, MarketNumber? volume, bool? isFinal)
    {
        Write(json, "open"u8, candle?.Open);
        Write(json, "high"u8, candle?.High);
        Write(json, "low"u8, candle?.Low);
        Write(json, "close"u8, candle?.Close);
        Write(json, "volume"u8, volume);
        if (isFinal is { } final)
        {
            json.WriteBoolean("final"u8, final);
        }
        else
        {
            json.WriteNull("final"u8);
        }
    }

    private static void WriteTicker(Utf8JsonWriter json, Ticker ticker)
    {
        json.WriteString("exchange"u8, ticker.Exchange);
        json.WriteString("pair"u8, ticker.Pair);
        Write(json, "last"u8, ticker.Last);
        Write(json, "bid"u8, ticker.Bid);
        Write(json, "ask"u8, ticker.Ask);
        Write(json, "high"u8, ticker.High);
        Write(json, "low"u8, ticker.Low);
        Write(json, "volume"u8, ticker.Volume);
        Write(json, "time"u8, ticker.Time);
    }

    private static void WriteInstrument(Utf8JsonWriter json, Instrument instrument)
    {
        json.WriteString("exchange"u8, instrument.Exchange);
        json.WriteString("pair"u8, instrument.Pair);
        json.WriteString("status"u8, instrument.Status);
        Write(json, "price_step"u8, instrument.PriceStep);
        Write(json, "quantity_step"u8, instrument.QuantityStep);
    }

    private static void WritePrice(Utf8JsonWriter json, AssetPrice price)
    {
        json.WriteString("asset"u8, price.Asset);
        json.WriteString("currency"u8, price.Currency);
        Write(json, "price"u8, price.Price);
        Write(json, "market_cap"u8, price.MarketCap);
        Write(json, "volume_24h"u8, price.Volume24h);
        Write(json, "change_24h"u8, price.Change24h);
        Write(json, "time"u8, price.Time);
    }

    private static void WriteChartPoint(Utf8JsonWriter json, ChartPoint point)
    {
        json.WriteString("asset"u8, point.Asset);
        json.WriteString("currency"u8, point.Currency);
        Write(json, "time"u8, point.Time);
        Write(json, "price"u8, point.Price);
        Write(json, "market_cap"u8, point.MarketCap);
        Write(json, "volume"u8, point.Volume);
    }

    private static void WriteOnChainPoint(Utf8JsonWriter json, OnChainPoint point)
    {
        json.WriteString("asset"u8, point.Asset);
        json.WriteString("metric"u8, point.Metric);
        json.WriteString("source"u8, point.Source);
        json.WriteString("interval"u8, point.Interval);
        Write(json, "time"u8, point.Time);
        Write(json, "value"u8, point.Value);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, MarketNumber? value) => json.WriteText(name, value);

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, ProviderTime? value) =>
        json.WriteString(name, value?.ToString());

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
