using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>One request on the socket, as far as it could be read.</summary>
/// <param name="Type"><c>PING</c>, <c>SUBSCRIBE</c>, <c>UNSUBSCRIBE</c>.</param>
/// <param name="Channel"><c>ORDERBOOK</c>, <c>TICKER</c>, <c>TRADE</c>; empty for PING.</param>
/// <param name="Topic">The topic as it was sent, which is how it is echoed.</param>
/// <param name="Pair">Null where nothing such is traded.</param>
internal sealed record CoinoneRequest(string Type, string Channel, JsonElement Topic, MarketPair? Pair, bool Short)
{
    private static readonly string[] Channels = ["ORDERBOOK", "TICKER", "TRADE"];

    public static CoinoneRequest? Read(ReadOnlyMemory<byte> message)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(message);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }

        var type = Text(root, "request_type");
        if (type == "PING")
        {
            return new CoinoneRequest(type, "", default, null, false);
        }

        var channel = Text(root, "channel");
        if (type is not ("SUBSCRIBE" or "UNSUBSCRIBE") || !Channels.Contains(channel) || !root.TryGetProperty("topic", out var topic)
            || topic.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var pair = Catalogue.FindPair(Text(topic, "target_currency").ToLowerInvariant(), Text(topic, "quote_currency").ToLowerInvariant());
        return new CoinoneRequest(type, channel, topic, pair, Text(root, "format") == "SHORT");
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? ""
            : "";
}
