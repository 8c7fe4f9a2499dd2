using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary><c>/udf/*</c> by the letter of TradingView's protocol, over candles made of stored trades.</summary>
[Collection(ServerFixture.Collection)]
public sealed class UdfTests(ServerFixture servers)
{
    private static readonly long Noon = Clock.Start.ToUnixTimeSeconds();

    [Fact]
    public async Task The_configuration_says_what_the_feed_can_do_and_time_is_plain_text()
    {
        await using var api = await StartAsync();
        var config = await JsonAsync(api, "/udf/config");
        Assert.Equal(["1", "5", "15", "60", "240", "1D"], Texts(config, "supported_resolutions"));
        Assert.Equal(
            ["", "COINONE", "KRAKEN"], config.GetProperty("exchanges").EnumerateArray().Select(of => of.GetProperty("value").GetString()));
        Assert.True(config.GetProperty("supports_search").GetBoolean());
        Assert.False(config.GetProperty("supports_group_request").GetBoolean());
        using var time = await api.GetAsync("/udf/time");
        Assert.Equal("text/plain", time.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"{Noon}", await time.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_symbol_says_how_it_is_traded_and_priced_and_an_unknown_one_is_an_error_of_the_protocol()
    {
        await using var api = await StartAsync();
        var symbol = await JsonAsync(api, "/udf/symbols?symbol=COINONE:BTC-KRW&currencyCode=&unitId=");
        Assert.Equal(
            ("COINONE:BTC-KRW", "24x7", "Etc/UTC", "COINONE", "COINONE", "crypto"),
            (Text(symbol, "ticker"), Text(symbol, "session"), Text(symbol, "timezone"), Text(symbol, "exchange-listed"),
                Text(symbol, "exchange-traded"), Text(symbol, "type")));
        Assert.Equal((100, 1), (symbol.GetProperty("pricescale").GetInt32(), symbol.GetProperty("minmov").GetInt32()));
        Assert.True(symbol.GetProperty("has_intraday").GetBoolean());
        Assert.Equal("KRAKEN:ETH-USD", Text(await JsonAsync(api, "/udf/symbols?symbol=eth-usd"), "ticker"));
        Assert.Equal(
            """{"s":"error","errmsg":"unknown_symbol"}""", await api.ReadAsync("/udf/symbols?symbol=COINONE:DOGE-KRW"));
    }

    [Fact]
    public async Task A_search_finds_parts_of_names_with_the_librarys_own_empty_parameters()
    {
        await using var api = await StartAsync();
        Assert.Equal(["COINONE:BTC-KRW"], await FoundAsync(api, "query=btc&type=&exchange=&limit=30"));
        Assert.Equal(["COINONE:BTC-KRW", "KRAKEN:ETH-USD"], await FoundAsync(api, "query=&type=crypto&exchange="));
        Assert.Equal(["KRAKEN:ETH-USD"], await FoundAsync(api, "query=&type=&exchange=KRAKEN"));
        Assert.Equal(["COINONE:BTC-KRW"], await FoundAsync(api, "query=&type=&exchange=&limit=1"));
        Assert.Empty(await FoundAsync(api, "query=btc&type=stock&exchange="));
    }

    [Fact]
    public async Task History_is_bars_of_a_range_or_a_count_before_its_end_or_where_the_next_older_bar_is()
    {
        await using var api = await StartAsync();
        const string Path = "/udf/history?symbol=COINONE:BTC-KRW&resolution=";
        // Trades at 11:50, 11:51 and 11:57, prices 100.25, 101 and 107.
        Assert.Equal(
            $$"""{"s":"ok","t":[{{Noon - 600}},{{Noon - 540}},{{Noon - 180}}],"o":[100.25,101,107],"h":[100.25,101,107],"l":[100.25,101,107],"c":[100.25,101,107],"v":[0.5,0.5,0.5]}""",
            await api.ReadAsync($"{Path}1&from={Noon - 600}&to={Noon}"));
        Assert.Equal([Noon - 540], await TimesAsync(api, $"{Path}1&from={Noon - 599}&to={Noon - 180}"));
        Assert.Equal([Noon - 540, Noon - 180], await TimesAsync(api, $"{Path}1&from={Noon - 60}&to={Noon}&countback=2"));
        Assert.Equal([Noon - 600, Noon - 300], await TimesAsync(api, $"{Path}5&from={Noon - 3600}&to={Noon}"));
        Assert.Equal([Noon - (12 * 3600)], await TimesAsync(api, $"{Path}1D&from=0&to={Noon}"));
        Assert.Equal(
            $$"""{"s":"no_data","nextTime":{{Noon - 180}}}""", await api.ReadAsync($"{Path}1&from={Noon - 60}&to={Noon}"));
        Assert.Equal("""{"s":"no_data"}""", await api.ReadAsync($"{Path}1&from=0&to={Noon - 3600}"));
        Assert.Equal("""{"s":"no_data"}""", await api.ReadAsync($"{Path}1&from=0&to={Noon - 3600}&countback=10"));
        Assert.Equal("""{"s":"error","errmsg":"unsupported_resolution"}""", await api.ReadAsync($"{Path}7&from=0&to={Noon}"));
        Assert.Equal(
            """{"s":"error","errmsg":"unknown_symbol"}""", await api.ReadAsync($"/udf/history?symbol=X:Y&resolution=1&from=0&to={Noon}"));
        using var wrong = await api.GetAsync($"{Path}1&from=0&countback=0");
        var problem = await ApiHost.ProblemAsync(wrong, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(["countback", "to"], problem.GetProperty("errors").EnumerateObject().Select(field => field.Name).Order());
    }

    private async Task<RealHost> StartAsync()
    {
        var api = await RealHost.StartAsync(servers);
        await api.Trades.AppendAsync(
            [Trade("1", 10, 100.25m), Trade("2", 9, 101m), Trade("3", 3, 107m)], Clock.Start, [], default);
        await api.Trades.AppendAsync([Trade("1", 10, 1m) with { Exchange = "kraken", Pair = "eth-usd" }], Clock.Start, [], default);
        await new CandleBuilder(api.Database, api.Clock).BuildAsync(100, default);
        return api;
    }

    private static Trade Trade(string id, int minutesBefore, decimal price) => new(
        "coinone", "btc-krw", id, price, 0.5m, TakerSide.Buy, ProviderTime.From(Clock.Start.AddMinutes(-minutesBefore), 3));

    private static async Task<JsonElement> JsonAsync(RealHost api, string path) =>
        JsonDocument.Parse(await api.ReadAsync(path)).RootElement;

    private static async Task<IEnumerable<string>> FoundAsync(RealHost api, string query) =>
        (await JsonAsync(api, "/udf/search?" + query)).EnumerateArray().Select(found => Text(found, "symbol"));

    private static async Task<IEnumerable<long>> TimesAsync(RealHost api, string path) =>
        (await JsonAsync(api, path)).GetProperty("t").EnumerateArray().Select(time => time.GetInt64());

    private static IEnumerable<string> Texts(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateArray().Select(text => text.GetString()!);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
