using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// <c>GET /global</c>: <c>{"data":{"total_market_cap":{"btc":34570737.199462704,"clp":1.52899720736006e+15,…},"total_volume":{…},
/// "updated_at":1779878351,…}}</c>; the time is in seconds here. One record per currency of either object, in their order.
/// </summary>
internal static class GlobalMarkets
{
    private const int MostCurrencies = 1000;

    private static readonly FieldNames Root = new("data");
    private const int LongestPercentages = 64 * 1024;

    private static readonly FieldNames Data = new(
        "total_market_cap", "total_volume", "updated_at", "active_cryptocurrencies", "upcoming_icos", "ongoing_icos", "ended_icos",
        "markets", "market_cap_percentage", "market_cap_change_percentage_24h_usd", "volume_change_percentage_24h_usd");

    public static readonly Normaliser Normaliser = CoinGeckoErrors.Object("an object with data", Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> root = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, root);
        if (root[0].Type is not JsonTokenType.StartObject)
        {
            reply.RefuseShape("an object with an object data");
            return;
        }

        var json = root[0].Of(reply.Json);
        Span<JsonField> fields = stackalloc JsonField[Data.Count];
        var inner = new Utf8JsonReader(json);
        inner.Read();
        Data.Read(ref inner, fields);
        var data = new Element(json, fields, Data, reply.Into, new ElementPath("$.data"));
        if ((data.Has(0) || !data.Has(1)) && fields[0].Type is not JsonTokenType.StartObject
            || data.Has(1) && fields[1].Type is not JsonTokenType.StartObject)
        {
            reply.RefuseShape("an object data with total_market_cap and total_volume");
        }
        else if (data.OptionalUnixTime(2, UnixUnit.Seconds, out var time))
        {
            var figures = ReadFigures(data);
            var currencies = new Dictionary<string, JsonField[]>(StringComparer.Ordinal);
            Collect(data, 0, currencies);
            Collect(data, 1, currencies);
            if (currencies.Count > MostCurrencies)
            {
                reply.RefuseShape($"at most {MostCurrencies} currencies");
                return;
            }

            foreach (var (currency, values) in currencies)
            {
                Add(json, reply, currency, values, time, figures);
            }
        }
    }

    private static GlobalFigures ReadFigures(in Element data)
    {
        var sides = new SideFields(data.Into);
        data.OptionalInteger(3, out var active);
        data.OptionalInteger(4, out var upcoming);
        data.OptionalInteger(5, out var ongoing);
        data.OptionalInteger(6, out var ended);
        data.OptionalInteger(7, out var markets);
        data.OptionalObject(8, LongestPercentages, out var percentages);
        data.OptionalDecimal(9, Sign.Any, out var capChange);
        data.OptionalDecimal(10, Sign.Any, out var volumeChange);
        sides.Forgive();
        return new GlobalFigures(active, upcoming, ongoing, ended, markets, percentages, capChange, volumeChange);
    }

    private static void Collect(in Element data, int field, Dictionary<string, JsonField[]> currencies)
    {
        if (data[field].Type is not JsonTokenType.StartObject)
        {
            return;
        }

        var start = data[field].Start;
        var reader = new Utf8JsonReader(data[field].Of(data.Json));
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var currency = JsonKeys.Read(ref reader).ToLowerInvariant();
            reader.Read();
            var value = JsonField.Capture(ref reader);
            if (!currencies.TryGetValue(currency, out var values))
            {
                currencies[currency] = values = new JsonField[2];
            }

            values[field] = value with { Start = value.Start + start };
        }
    }

    private static void Add(
        ReadOnlySpan<byte> json, in Reply reply, string currency, JsonField[] values, ProviderTime? time, GlobalFigures figures)
    {
        var names = new FieldNames(currency);
        var cap = new Element(json, values.AsSpan(0, 1), names, reply.Into, new ElementPath("$.data.total_market_cap"));
        var volume = new Element(json, values.AsSpan(1, 1), names, reply.Into, new ElementPath("$.data.total_volume"));
        if (!CurrencyPair.IsTicker(currency))
        {
            (cap.Has(0) ? cap : volume).Refuse(0, RefusalCode.InvalidField, "a value under a currency's ticker");
        }
        else if (cap.OptionalDecimal(0, Sign.NotNegative, out var total) && volume.OptionalDecimal(0, Sign.NotNegative, out var traded))
        {
            reply.Into.Records.Add(new GlobalMarket(currency, total, traded, time) { Figures = figures });
        }
    }
}
