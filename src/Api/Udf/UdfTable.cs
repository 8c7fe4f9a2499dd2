using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;

namespace AkkaCrypto.Api.Udf;

/// <summary>The rows of TradingView's datafeed.</summary>
public static class UdfTable
{
    private const string About = "TradingView's UDF protocol, for its charting library's UDF-compatible datafeed at /udf. ";

    private const string ConfigExample =
        """{"supports_search":true,"supports_group_request":false,"supports_marks":false,"supports_timescale_marks":false,"supports_time":true,"exchanges":[{"value":"COINONE","name":"COINONE","desc":"COINONE"}],"symbols_types":[{"name":"Crypto","value":"crypto"}],"supported_resolutions":["1","5","15","60","240","1D"]}""";

    private static readonly string Texts = SchemaText.Array("""{"type":"string"}""");

    private static readonly string ConfigSchema = SchemaText.Object(
        "supports_search boolean, supports_group_request boolean, supports_marks boolean, supports_timescale_marks boolean, "
        + "supports_time boolean",
        ("exchanges", SchemaText.Array(SchemaText.Object("value string, name string, desc string"))),
        ("symbols_types", SchemaText.Array(SchemaText.Object("name string, value string"))), ("supported_resolutions", Texts));

    private const string SymbolExample =
        """{"name":"COINONE:BTC-KRW","ticker":"COINONE:BTC-KRW","description":"BTC / KRW","type":"crypto","session":"24x7","timezone":"Etc/UTC","exchange":"COINONE","listed_exchange":"COINONE","exchange-listed":"COINONE","exchange-traded":"COINONE","format":"price","minmov":1,"minmov2":0,"pointvalue":1,"pricescale":1,"volume_precision":8,"currency_code":"KRW","has_intraday":true,"has_daily":true,"has_weekly_and_monthly":false,"data_status":"streaming","intraday_multipliers":["1","5","15","60","240"],"supported_resolutions":["1","5","15","60","240","1D"]}""";

    private const string Error =
        """{"type":"object","additionalProperties":false,"required":["s","errmsg"],"properties":{"s":{"const":"error"},"errmsg":{"type":"string"}}}""";

    private static readonly string Symbol = SchemaText.Object(
        "name string, ticker string, description string, type string, session string, timezone string, exchange string, "
        + "listed_exchange string, exchange-listed string, exchange-traded string, format string, minmov integer, minmov2 integer, "
        + "pointvalue integer, pricescale integer, volume_precision integer, currency_code string, has_intraday boolean, "
        + "has_daily boolean, has_weekly_and_monthly boolean, data_status string",
        ("intraday_multipliers", Texts), ("supported_resolutions", Texts));

    private static readonly string SymbolSchema = $$"""{"anyOf":[{{Symbol}},{{Error}}]}""";

    private const string SearchExample =
        """[{"symbol":"COINONE:BTC-KRW","full_name":"COINONE:BTC-KRW","ticker":"COINONE:BTC-KRW","description":"BTC / KRW","exchange":"COINONE","type":"crypto"}]""";

    private const string SearchSchema =
        """{"type":"array","items":{"type":"object","additionalProperties":false,"required":["symbol","full_name","ticker","description","exchange","type"],"properties":{"symbol":{"type":"string"},"full_name":{"type":"string"},"ticker":{"type":"string"},"description":{"type":"string"},"exchange":{"type":"string"},"type":{"const":"crypto"}}}}""";

    private const string HistoryExample =
        """{"s":"ok","t":[1769860800],"o":[140000000],"h":[140001000],"l":[139999000],"c":[140000000],"v":[0.5]}""";

    private const string HistorySchema =
        """{"anyOf":[{"type":"object","additionalProperties":false,"required":["s","t","o","h","l","c","v"],"properties":{"s":{"const":"ok"},"t":{"type":"array","items":{"type":"integer"}},"o":{"type":"array","items":{"type":"number"}},"h":{"type":"array","items":{"type":"number"}},"l":{"type":"array","items":{"type":"number"}},"c":{"type":"array","items":{"type":"number"}},"v":{"type":"array","items":{"type":["number","null"]}}}},{"type":"object","additionalProperties":false,"required":["s"],"properties":{"s":{"const":"no_data"},"nextTime":{"type":"integer"}}},"""
        + Error + "]}";

    public static IReadOnlyList<ApiRoute> Of(UdfFeed feed, Requests requests) =>
    [
        new("GET", "/udf/config", "Udf", "UdfConfig", "What the datafeed can do", About, [], ConfigExample, [503],
            requests.Handle([], static _ => NoRequest.Instance, feed.ConfigAsync)) { Schema = ConfigSchema },
        new("GET", "/udf/symbols", "Udf", "UdfSymbol", "One symbol", About + "An unknown one is 200 with s: error.",
            UdfFeed.SymbolParameters, SymbolExample, [503],
            requests.Handle(UdfFeed.SymbolParameters, UdfFeed.ParseSymbol, feed.SymbolAsync)) { Schema = SymbolSchema },
        new("GET", "/udf/search", "Udf", "UdfSearch", "Symbols by a part of their name", About, UdfFeed.SearchParameters, SearchExample,
            [503], requests.Handle(UdfFeed.SearchParameters, UdfFeed.ParseSearch, feed.SearchAsync)) { Schema = SearchSchema },
        new("GET", "/udf/history", "Udf", "UdfHistory", "Bars of a symbol, oldest first",
            About + "At most 5000 bars, the newest of the range; s: no_data says in nextTime where the next older bar is.",
            UdfFeed.HistoryParameters, HistoryExample, [503],
            requests.Handle(UdfFeed.HistoryParameters, UdfFeed.ParseHistory, feed.HistoryAsync)) { Schema = HistorySchema },
        new("GET", "/udf/time", "Udf", "UdfTime", "The server's time in Unix seconds", About, [], "1769860800", [],
            requests.Handle([], static _ => NoRequest.Instance, feed.TimeAsync, only: Media.Text), Media: Media.Text)
        {
            Schema = """{"type":"string"}""",
        },
    ];
}
