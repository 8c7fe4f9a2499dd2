using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>Rows such as <c>[1779199200000,76769.0,…]</c>.</summary>
internal static class CoinGeckoRows
{
    /// <summary>Reads the row on which the reader stands; refuses what is not an array of just the fields' length.</summary>
    public static bool TryRead(
        ref Utf8JsonReader reader, in Reply reply, scoped Span<JsonField> fields, string path, int index, string expected)
    {
        if (reader.TokenType is JsonTokenType.StartArray && Elements.ReadRow(ref reader, fields))
        {
            return true;
        }

        reader.Skip();
        reply.Refuse(RefusalCode.UnexpectedShape, $"expected {expected}", $"{path}[{index}]");
        return false;
    }
}

/// <summary>What CoinGecko's replies leave out.</summary>
internal static class CoinGeckoContext
{
    /// <summary>The pair of an asset and a currency; null where either is missing, or where the asset's ticker is not known: its id
    /// (<c>zocoin</c>) is none, and another coin may have it for a ticker.</summary>
    public static string? PairOf(ReplyContext context) =>
        context is { Asset: { } asset, Currency: { } currency }
        && AssetTickers.TickerOf(asset) is { } ticker && CurrencyPair.TryParse($"{ticker}-{currency}", out var pair)
            ? pair.ToString()
            : null;

    /// <summary>Null where one is missing, which is then marked.</summary>
    public static (string Asset, string Currency)? AssetAndCurrency(in Reply reply)
    {
        if (reply.Context is { Asset: { } asset, Currency: { } currency })
        {
            return (asset, currency);
        }

        reply.Into.MissingContext = reply.Context.Asset is null ? "asset" : "currency";
        return null;
    }
}
