using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>
/// Reads back what <see cref="NormalisedJson"/> wrote, exactly: every digit of a decimal, every digit of a time. For the kinds that are
/// stored one by one; a delta means nothing without the book before it.
/// </summary>
public static class NormalisedJsonReader
{
    /// <summary>False with what is wrong and what was expected. Fields that the kind does not have are no fault.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out NormalisedRecord? record, out string fault)
    {
        (record, fault) = (null, "");
        try
        {
            using var document = JsonDocument.Parse(json);
            record = Read(new Fields(document.RootElement));
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException)
        {
            fault = wrong.Message;
            return false;
        }
    }

    private static NormalisedRecord Read(Fields of) => of.Text("kind") switch
    {
        "trade" => new Trade(
            of.Text("exchange"), of.Text("pair"), of.Text("trade_id"), of.Decimal("price"), of.Decimal("quantity"), Side(of),
            of.Time("time")),
        "order_book" => new OrderBook(
            of.Text("exchange"), of.Text("pair"), of.IntegerOrNull("sequence"), of.TimeOrNull("time"), of.Levels("bids"),
            of.Levels("asks")),
        "candle" => new Candle(
            of.Text("exchange"), of.Text("pair"), of.Text("interval"), of.Time("open_time"), of.Decimal("open"), of.Decimal("high"),
            of.Decimal("low"), of.Decimal("close"), of.DecimalOrNull("volume"), of.FlagOrNull("final")),
        "ticker" => new Ticker(
            of.Text("exchange"), of.Text("pair"), of.DecimalOrNull("last"), of.DecimalOrNull("bid"), of.DecimalOrNull("ask"),
            of.DecimalOrNull("high"), of.DecimalOrNull("low"), of.DecimalOrNull("volume"), of.TimeOrNull("time")),
        "price" => new AssetPrice(
            of.Text("asset"), of.Text("currency"), of.DecimalOrNull("price"), of.DecimalOrNull("market_cap"),
            of.DecimalOrNull("volume_24h"), of.DecimalOrNull("change_24h"), of.TimeOrNull("time")),
        "chart_point" => new ChartPoint(
            of.Text("asset"), of.Text("currency"), of.Time("time"), of.DecimalOrNull("price"), of.DecimalOrNull("market_cap"),
            of.DecimalOrNull("volume")),
        "onchain" => new OnChainPoint(
            of.Text("asset"), of.Text("metric"), of.Text("source"), of.Text("interval"), of.Time("time"), of.DecimalOrNull("value")),
        var kind => throw new FormatException(
            $"kind is \"{kind}\", expected one of trade, order_book, candle, ticker, price, chart_point, onchain."),
    };

    private static TakerSide? Side(Fields of) => of.TextOrNull("taker_side") switch
    {
        null => null,
        "buy" => TakerSide.Buy,
        "sell" => TakerSide.Sell,
        var side => throw new FormatException($"taker_side is \"{side}\", expected buy, sell or null."),
    };

    /// <summary>The fields of one object; each method throws <see cref="FormatException"/> that names the field.</summary>
    private readonly struct Fields(JsonElement of)
    {
        public string Text(string name) => TextOrNull(name) ?? throw Wrong(name, "a text");

        public string? TextOrNull(string name) => Field(name) switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Null } => null,
            _ => throw Wrong(name, "a text or null"),
        };

        public MarketNumber Decimal(string name) => DecimalOrNull(name) ?? throw Wrong(name, "a decimal as text");

        public MarketNumber? DecimalOrNull(string name) => TextOrNull(name) is { } text ? Number(name, text) : null;

        public ProviderTime Time(string name) => TimeOrNull(name) ?? throw Wrong(name, "a time in ISO 8601");

        public ProviderTime? TimeOrNull(string name) =>
            TextOrNull(name) is not { } text ? null
            : ProviderTime.TryParseIso(text, out var time) ? time
            : throw Wrong(name, "a time in ISO 8601");

        public long? IntegerOrNull(string name) => Field(name) switch
        {
            { ValueKind: JsonValueKind.Null } => null,
            { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => value,
            _ => throw Wrong(name, "a whole number or null"),
        };

        public bool? FlagOrNull(string name) => Field(name).ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, "true, false or null"),
        };

        public IReadOnlyList<BookLevel> Levels(string name) => Field(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(level => Level(name, level))]
            : throw Wrong(name, "a list of [price, quantity]");

        private static BookLevel Level(string name, JsonElement level) =>
            level.ValueKind == JsonValueKind.Array && level.GetArrayLength() == 2
            && level[0].ValueKind == JsonValueKind.String && level[1].ValueKind == JsonValueKind.String
                ? new BookLevel(Number(name, level[0].GetString()!), Number(name, level[1].GetString()!))
                : throw Wrong(name, "a list of [price, quantity], each a decimal as text");

        private static MarketNumber Number(string name, string text) =>
            MarketNumber.TryParse(text, out var value) ? value : throw Wrong(name, "a decimal as text");

        private static FormatException Wrong(string name, string expected) => new($"{name}: expected {expected}.");

        private JsonElement Field(string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var field)
            ? field
            : throw new FormatException($"{name} is missing.");
    }
}
