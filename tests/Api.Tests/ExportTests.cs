using System.Net;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Tests;

public sealed class ExportTests
{
    private const string Trades = "/trades?exchange=coinone&pair=btc-krw";

    [Fact]
    public async Task Csv_has_the_records_fields_as_columns_quotes_what_needs_it_and_leaves_null_empty()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Trades.RemoveRange(1, 4);
        api.Reads.Trades.Add(new Trade("coinone", "btc-krw", "a,\"b\"\n", 0.00000001m, 2m, null, ApiHost.At(TimeSpan.Zero)));
        using var response = await ExportAsync(api, Trades, "text/csv");
        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "exchange,pair,trade_id,price,quantity,taker_side,time\r\n"
            + "coinone,btc-krw,t0,140000000,0.00000001,buy,2026-01-31T11:59:10.000Z\r\n"
            + "coinone,btc-krw,\"a,\"\"b\"\"\n\",0.00000001,2,,2026-01-31T12:00:00.000Z\r\n",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Ndjson_streams_the_whole_range_over_many_pages_once_each()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Trades.Clear();
        for (var i = 0; i < 3500; i++)
        {
            api.Reads.Trades.Add(
                new Trade("coinone", "btc-krw", $"n{i}", 1m, 1m, TakerSide.Sell, ApiHost.At(TimeSpan.FromSeconds(4000 - i))));
        }

        using var response = await ExportAsync(api, Trades + "&to=2026-01-31T11:59:00Z&limit=1", "application/x-ndjson");
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 3500).Select(i => $"\"trade_id\":\"n{i}\""), lines.Select(line => line.Split(',')[3]));
        Assert.All(lines, line => Assert.StartsWith("{\"kind\":\"trade\",", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/market_chart?asset=bitcoin&currency=usd&days=2&interval=daily", "asset,currency,time,price,market_cap,volume", 4)]
    [InlineData("/onchain?asset=bitcoin&metric=exchange_netflow", "asset,metric,source,interval,time,value", 6)]
    public async Task Charts_and_on_chain_series_are_exported_too(string path, string header, int lines)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await ExportAsync(api, path, "text/csv");
        var rows = (await response.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(header, rows[0]);
        Assert.Equal(lines, rows.Length);
    }

    [Fact]
    public async Task An_export_of_what_is_unknown_is_a_404_and_an_empty_range_has_the_columns_names_alone()
    {
        await using var api = await ApiHost.StartAsync();
        using var unknown = await ExportAsync(api, "/trades?exchange=nowhere&pair=btc-krw", "text/csv");
        await ApiHost.ProblemAsync(unknown, HttpStatusCode.NotFound, "unknown_exchange");
        using var empty = await ExportAsync(api, Trades + "&from=2026-02-01", "text/csv");
        Assert.Equal(
            (HttpStatusCode.OK, "exchange,pair,trade_id,price,quantity,taker_side,time\r\n"),
            (empty.StatusCode, await empty.Content.ReadAsStringAsync()));
        using var noLines = await ExportAsync(api, Trades + "&from=2026-02-01", "application/x-ndjson");
        Assert.Equal((HttpStatusCode.OK, ""), (noLines.StatusCode, await noLines.Content.ReadAsStringAsync()));
        using var book = await ExportAsync(api, "/orderbook?exchange=coinone&pair=btc-krw", "text/csv");
        var refused = await ApiHost.ProblemAsync(book, HttpStatusCode.NotAcceptable, "not_acceptable");
        Assert.Equal("Accept allows none of what the route answers as: application/json.", refused.GetProperty("detail").GetString());
        using var picture = await ExportAsync(api, Trades, "image/png");
        Assert.Equal(
            "Accept allows none of what the route answers as: application/json, text/csv, application/x-ndjson.",
            (await ApiHost.ProblemAsync(picture, HttpStatusCode.NotAcceptable, "not_acceptable")).GetProperty("detail").GetString());
    }

    private static Task<HttpResponseMessage> ExportAsync(ApiHost api, string path, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", accept);
        return api.Client.SendAsync(request);
    }
}
