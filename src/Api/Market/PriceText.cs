using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// The value under <c>price:&lt;asset&gt;:&lt;currency&gt;:latest</c>: the normalised record itself, as
/// <c>{"kind":"price","asset":"bitcoin","currency":"usd","price":"97000.5","market_cap":null,…,"time":"2026-01-31T12:00:00Z"}</c>.
/// </summary>
public static class PriceText
{
    public static string Key(string asset, string currency) => $"price:{asset}:{currency}:latest";

    public static ReadOnlyMemory<byte> Encode(AssetPrice price)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            NormalisedJson.Write(json, price);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>
    /// The record, or null for anything that is not one of this asset and currency: then the cache is no help and the database is asked.
    /// </summary>
    public static AssetPrice? Decode(byte[]? text, string asset, string currency)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            var json = document.RootElement;
            return json.GetProperty("asset").GetString() == asset && json.GetProperty("currency").GetString() == currency
                ? new AssetPrice(
                    asset, currency, Decimal(json, "price"), Decimal(json, "market_cap"),
                    Decimal(json, "volume_24h"), Decimal(json, "change_24h"),
                    json.GetProperty("time").GetString() is { } time ? TimeOf(time) : null)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException or OverflowException)
        {
            return null;
        }
    }

    private static MarketNumber? Decimal(JsonElement json, string name) =>
        json.GetProperty(name).GetString() is { } text ? MarketNumber.Parse(text) : null;

    private static ProviderTime TimeOf(string text) =>
        ProviderTime.TryParseIso(text, out var time) ? time : throw new FormatException($"'{text}' is no ISO 8601 time.");
}
