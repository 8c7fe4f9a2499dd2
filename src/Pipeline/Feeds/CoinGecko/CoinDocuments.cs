using System.Globalization;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// Replies that are kept whole, once it is sure of what they speak: <c>/coins/{id}</c> (<c>{"id":"bitcoin","symbol":"btc",…,
/// "last_updated":"2024-04-07T15:24:51.021Z"}</c>), <c>/coins/{id}/history</c> (the same head; without <c>market_data</c> for a day before
/// the coin's first) and <c>/search</c> (<c>{"coins":[…],"exchanges":[…],"icos":[],"categories":[…],"nfts":[…]}</c>).
/// </summary>
internal static class CoinDocuments
{
    /// <summary>In bytes. A hundred tickers and sixty currencies are about 150,000.</summary>
    private const int Longest = 2 * 1024 * 1024;

    private const int MarketData = 3;

    private static readonly FieldNames Coin = new(
        "id", "symbol", "name", "market_data", "image", "links", "description", "localization", "community_data", "developer_data",
        "last_updated");

    private static readonly FieldNames Found = new("coins", "exchanges", "icos", "categories", "nfts");

    public static readonly Normaliser Details = CoinGeckoErrors.Object("an object of one coin", ReadDetails);
    public static readonly Normaliser History = CoinGeckoErrors.Object("an object of one coin on one day", ReadHistory);
    public static readonly Normaliser Search = CoinGeckoErrors.Object("an object with what was found", ReadSearch);

    private static void ReadDetails(ref Utf8JsonReader reader, in Reply reply)
    {
        if (Coins(ref reader, reply, out var id, out var time))
        {
            reply.Into.Records.Add(new CoinDocument("coin_details", id, time, Encoding.UTF8.GetString(reply.Json)));
        }
    }

    private static void ReadHistory(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.Context.Query is not { } day)
        {
            reply.Into.MissingContext = "query";
        }
        else if (!DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            reply.RefuseShape($"a day such as 2026-01-31 for this snapshot, asked for {day}");
        }
        else if (Coins(ref reader, reply, out var id, out _))
        {
            reply.Into.Records.Add(new CoinDocument("coin_history", $"{id}/{day}", null, Encoding.UTF8.GetString(reply.Json)));
        }
    }

    private static void ReadSearch(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Found.Count];
        Found.Read(ref reader, fields);
        if (reply.Context.Query is not { } query)
        {
            reply.Into.MissingContext = "query";
            return;
        }

        foreach (ref readonly var field in fields)
        {
            if (field.Type is not JsonTokenType.StartArray)
            {
                reply.RefuseShape("lists of coins, exchanges, icos, categories and nfts");
                return;
            }
        }

        if (IsShort(reply))
        {
            reply.Into.Records.Add(new CoinDocument("coin_search", query, null, Encoding.UTF8.GetString(reply.Json)));
        }
    }

    /// <summary>Whether the reply speaks of one coin, and of the one that was asked for; what else it says must have its form.</summary>
    private static bool Coins(ref Utf8JsonReader reader, in Reply reply, out string id, out ProviderTime? time)
    {
        Span<JsonField> fields = stackalloc JsonField[Coin.Count];
        Coin.Read(ref reader, fields);
        var coin = new Element(reply.Json, fields, Coin, reply.Into, new ElementPath("$"));
        time = null;
        if (!coin.Text(0, out id) || !coin.Text(1, out _)
            || !coin.OptionalLongText(2, CoinMarkets.LongestName, out var name) || (name is null && !coin.Text(2, out _))
            || !coin.OptionalIsoTime(Coin.Count - 1, out time))
        {
            return false;
        }

        if (reply.Context.Asset is { } asked && asked != id)
        {
            return coin.Refuse(0, RefusalCode.InvalidField, $"the coin that was asked for, {asked}");
        }

        for (var field = MarketData; field < Coin.Count - 1; field++)
        {
            if (!fields[field].IsUnknown && fields[field].Type is not JsonTokenType.StartObject)
            {
                return coin.Refuse(field, RefusalCode.InvalidField, "an object");
            }
        }

        return IsShort(reply);
    }

    private static bool IsShort(in Reply reply)
    {
        if (reply.Json.Length <= Longest)
        {
            return true;
        }

        reply.RefuseShape($"a document of at most {Longest} bytes");
        return false;
    }
}
