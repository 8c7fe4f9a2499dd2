using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>The pieces that Coinone's REST replies and socket frames share: decimals as strings, as the live API writes them.</summary>
internal static class CoinoneReplies
{
    /// <summary>No trailing zeros: <c>116460000</c>, <c>0.00483595</c>.</summary>
    public static string Plain(decimal value) => Contracts.Text.DecimalText.Format(value);

    /// <summary>With at least one decimal: <c>3845000.0</c>, as tickers, charts and units have it.</summary>
    public static string Dotted(decimal value)
    {
        var text = Plain(value);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    public static string Id(long milliseconds) => milliseconds.ToString(CultureInfo.InvariantCulture) + "001";

    public static void WriteSuccess(Utf8JsonWriter json)
    {
        json.WriteString("result", "success");
        json.WriteString("error_code", "0");
    }

    public static void WriteLevels(Utf8JsonWriter json, string name, IEnumerable<MarketLevel> levels, Func<decimal, string> text)
    {
        json.WriteStartArray(name);
        foreach (var level in levels)
        {
            json.WriteStartObject();
            json.WriteString("price", text(level.Price));
            json.WriteString("qty", text(level.Quantity));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteTrade(Utf8JsonWriter json, MarketTrade trade)
    {
        json.WriteString("id", trade.Id);
        json.WriteNumber("timestamp", trade.Time);
        json.WriteString("price", Plain(trade.Price));
        json.WriteString("qty", Plain(trade.Quantity));
        json.WriteBoolean("is_seller_maker", trade.TakerBought);
    }
}
