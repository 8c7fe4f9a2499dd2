using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// <c>GET /simple/price</c>: <c>{"bitcoin":{"usd":76975,"usd_market_cap":1542226908349.8406,"usd_24h_vol":29096603418.89408,
/// "usd_24h_change":-1.4093297098441402,"last_updated_at":1779092258}}</c>. Unknown coins are left out and an unknown currency gives an
/// empty object, both under HTTP 200: then there is no record, for nothing was said.
/// </summary>
internal static class SimplePrices
{
    private const int MostCurrencies = 256;
    private const string LastUpdated = "last_updated_at";

    /// <summary>A currency's fields; the path of a refusal names the key itself, so the table is only for reading.</summary>
    private static readonly (string Suffix, int Field)[] Suffixes = [("_market_cap", 1), ("_24h_vol", 2), ("_24h_change", 3)];

    public static readonly Normaliser Normaliser = CoinGeckoErrors.Object("an object of coins", Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!IsOfCoins(reply.Json))
        {
            reply.RefuseShape("an object with one object per coin");
            return;
        }

        var (first, coins, isRepeated) = (reply.Into.Records.Count, new Dictionary<string, int>(StringComparer.Ordinal), false);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName && !reply.IsHopeless)
        {
            var asset = JsonKeys.Read(ref reader);
            isRepeated |= coins.ContainsKey(asset);
            coins[asset] = reply.Into.Records.Count;
            var path = "$" + ElementPath.Step(asset);
            reader.Read();
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an object of currencies", path);
            }
            else if (asset.Length is 0 or > 128 || asset.Any(c => char.IsControl(c) || c == '\uFFFD'))
            {
                reader.Skip();
                reply.Refuse(RefusalCode.InvalidField, "expected a coin's id: 1 to 128 characters, none a control character", path);
            }
            else
            {
                ReadCoin(ref reader, reply, asset, path);
            }
        }

        if (isRepeated)
        {
            KeepLast(reply.Into.Records, first, coins);
        }
    }

    /// <summary>Of a coin that comes twice the last counts, as of any key in <see cref="FieldNames"/>.</summary>
    /// <param name="coins">Where each coin's last records begin.</param>
    private static void KeepLast(List<NormalisedRecord> records, int first, Dictionary<string, int> coins)
    {
        var kept = records.Skip(first).Where((record, index) => first + index >= coins[((AssetPrice)record).Asset]).ToList();
        records.RemoveRange(first, records.Count - first);
        records.AddRange(kept);
    }

    /// <summary>Whether the object is empty or any of its values an object; where none is, it is some other endpoint's reply.</summary>
    private static bool IsOfCoins(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var isEmpty = true;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            isEmpty = false;
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject)
            {
                return true;
            }

            reader.Skip();
        }

        return isEmpty;
    }

    private static void ReadCoin(ref Utf8JsonReader reader, in Reply reply, string asset, string path)
    {
        var quotes = new Dictionary<string, JsonField[]>(StringComparer.Ordinal);
        var updated = default(JsonField);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var key = JsonKeys.Read(ref reader);
            reader.Read();
            var value = JsonField.Capture(ref reader);
            if (key == LastUpdated)
            {
                updated = value;
            }
            else if (TrySplit(key, out var currency, out var field))
            {
                if (!quotes.TryGetValue(currency, out var fields))
                {
                    quotes[currency] = fields = new JsonField[5];
                }

                fields[field] = value;
            }
        }

        if (quotes.Count > MostCurrencies)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, $"{quotes.Count} currencies: expected at most {MostCurrencies}", path);
            return;
        }

        foreach (var (currency, fields) in quotes)
        {
            fields[4] = updated;
            AddPrice(reply, asset, currency, fields, path);
        }
    }

    /// <summary>Keys that are neither a currency nor one of its known fields are not read: no currency has an underscore.</summary>
    private static bool TrySplit(string key, out string currency, out int field)
    {
        (currency, field) = (key, 0);
        foreach (var (suffix, place) in Suffixes)
        {
            if (key.EndsWith(suffix, StringComparison.Ordinal))
            {
                (currency, field) = (key[..^suffix.Length], place);
            }
        }

        currency = currency.ToLowerInvariant();
        return !currency.Contains('_', StringComparison.Ordinal);
    }

    private static void AddPrice(in Reply reply, string asset, string currency, JsonField[] fields, string path)
    {
        if (!CurrencyPair.IsTicker(currency))
        {
            var shown = ShownText.Of(Encoding.UTF8.GetBytes(currency));
            reply.Refuse(RefusalCode.InvalidField, $"\"{shown}\": expected a currency's ticker", path + ElementPath.Step(currency));
            return;
        }

        var names = new FieldNames(currency, $"{currency}_market_cap", $"{currency}_24h_vol", $"{currency}_24h_change", LastUpdated);
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = fields[i] with { Name = (byte)i };
        }

        var quote = new Element(reply.Json, fields, names, reply.Into, new ElementPath(path));
        if (quote.OptionalDecimal(0, Sign.NotNegative, out var price)
            && quote.OptionalDecimal(1, Sign.NotNegative, out var cap)
            && quote.OptionalDecimal(2, Sign.NotNegative, out var volume)
            && quote.OptionalDecimal(3, Sign.Any, out var change)
            && quote.OptionalUnixTime(4, UnixUnit.Seconds, out var time))
        {
            reply.Into.Records.Add(new AssetPrice(asset, currency, price, cap, volume, change, time));
        }
    }
}
