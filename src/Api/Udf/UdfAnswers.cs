using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Udf;

/// <summary>The bodies of TradingView's UDF protocol (charting library's documentation, "Connecting data", "UDF").</summary>
internal static class UdfAnswers
{
    /// <summary>As TradingView names the intervals that candles have, the shortest first.</summary>
    public static readonly IReadOnlyList<(string Resolution, string Interval)> Resolutions =
        [("1", "1m"), ("5", "5m"), ("15", "15m"), ("60", "1h"), ("240", "4h"), ("1D", "1d")];

    public static Answer Config(IEnumerable<string> exchanges) => Answer.Of(Encode(json =>
    {
        json.WriteBoolean("supports_search", true);
        json.WriteBoolean("supports_group_request", false);
        json.WriteBoolean("supports_marks", false);
        json.WriteBoolean("supports_timescale_marks", false);
        json.WriteBoolean("supports_time", true);
        json.WriteStartArray("exchanges");
        foreach (var exchange in exchanges.Prepend(""))
        {
            json.WriteStartObject();
            json.WriteString("value", exchange.ToUpperInvariant());
            json.WriteString("name", exchange.Length == 0 ? "All exchanges" : exchange.ToUpperInvariant());
            json.WriteString("desc", exchange.ToUpperInvariant());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("symbols_types");
        foreach (var (name, value) in ((string, string)[])[("All types", ""), ("Crypto", "crypto")])
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteResolutions(json, "supported_resolutions", Resolutions.Select(of => of.Resolution));
    }));

    public static Answer Symbol(UdfSymbol symbol, long priceScale) => Answer.Of(Encode(json =>
    {
        var exchange = symbol.Exchange.ToUpperInvariant();
        json.WriteString("name", symbol.Ticker);
        json.WriteString("ticker", symbol.Ticker);
        json.WriteString("description", symbol.Description);
        json.WriteString("type", "crypto");
        json.WriteString("session", "24x7");
        json.WriteString("timezone", "Etc/UTC");
        json.WriteString("exchange", exchange);
        json.WriteString("listed_exchange", exchange);
        json.WriteString("exchange-listed", exchange);
        json.WriteString("exchange-traded", exchange);
        json.WriteString("format", "price");
        json.WriteNumber("minmov", 1);
        json.WriteNumber("minmov2", 0);
        json.WriteNumber("pointvalue", 1);
        json.WriteNumber("pricescale", priceScale);
        json.WriteNumber("volume_precision", 8);
        json.WriteString("currency_code", symbol.Quote);
        json.WriteBoolean("has_intraday", true);
        json.WriteBoolean("has_daily", true);
        json.WriteBoolean("has_weekly_and_monthly", false);
        json.WriteString("data_status", "streaming");
        var intraday = Resolutions.Select(of => of.Resolution).Where(resolution => resolution != "1D");
        WriteResolutions(json, "intraday_multipliers", intraday);
        WriteResolutions(json, "supported_resolutions", Resolutions.Select(of => of.Resolution));
    }));

    public static Answer Found(IEnumerable<UdfSymbol> symbols)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var symbol in symbols)
            {
                json.WriteStartObject();
                json.WriteString("symbol", symbol.Ticker);
                json.WriteString("full_name", symbol.Ticker);
                json.WriteString("ticker", symbol.Ticker);
                json.WriteString("description", symbol.Description);
                json.WriteString("exchange", symbol.Exchange.ToUpperInvariant());
                json.WriteString("type", "crypto");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    /// <param name="candles">Oldest first, at least one.</param>
    public static Answer Bars(IReadOnlyList<Candle> candles) => Answer.Of(Encode(json =>
    {
        json.WriteString("s", "ok");
        json.WriteStartArray("t");
        foreach (var candle in candles)
        {
            json.WriteNumberValue(candle.OpenTime.UnixMilliseconds / 1000);
        }

        json.WriteEndArray();
        WriteColumn(json, "o", candles, candle => candle.Open);
        WriteColumn(json, "h", candles, candle => candle.High);
        WriteColumn(json, "l", candles, candle => candle.Low);
        WriteColumn(json, "c", candles, candle => candle.Close);
        WriteColumn(json, "v", candles, candle => candle.Volume);
    }));

    /// <param name="nextTime">Of the newest bar before the range; null where there is none.</param>
    public static Answer NoData(long? nextTime) => Answer.Of(Encode(json =>
    {
        json.WriteString("s", "no_data");
        if (nextTime is { } seconds)
        {
            json.WriteNumber("nextTime", seconds);
        }
    }));

    public static Answer Error(string message) => Answer.Of(Encode(json =>
    {
        json.WriteString("s", "error");
        json.WriteString("errmsg", message);
    }));

    public static Answer Time(DateTimeOffset now) => Answer.Of(Encoding.ASCII.GetBytes($"{now.ToUnixTimeSeconds()}"), "text/plain");

    private static void WriteColumn(Utf8JsonWriter json, string name, IReadOnlyList<Candle> candles, Func<Candle, MarketNumber?> value)
    {
        json.WriteStartArray(name);
        foreach (var candle in candles)
        {
            json.WriteNumber(value(candle));
        }

        json.WriteEndArray();
    }

    private static void WriteResolutions(Utf8JsonWriter json, string name, IEnumerable<string> resolutions)
    {
        json.WriteStartArray(name);
        foreach (var resolution in resolutions)
        {
            json.WriteStringValue(resolution);
        }

        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
