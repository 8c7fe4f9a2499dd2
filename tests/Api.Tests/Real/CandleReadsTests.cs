using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Candles from trades in PostgreSQL, and what was known at moments of the past, over HTTP.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CandleReadsTests(ServerFixture servers)
{
    private const string Candles = "/candles?exchange=coinone&pair=btc-krw&interval=1m";
    private static readonly DateTimeOffset Today = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Candles_of_trades_are_served_filled_and_exported_in_pages()
    {
        await using var api = await RealHost.StartAsync(servers);
        await TradeAsync(api, ("1", -240, 100.50m), ("2", -200, 120m), ("3", -30, 90m));
        await new CandleBuilder(api.Database, api.Clock).BuildAsync(200, default);

        Assert.Equal(
            """{"data":[{"kind":"candle","exchange":"coinone","pair":"btc-krw","interval":"1m","open_time":"2026-01-31T11:56:00Z","open":"100.5","high":"120","low":"100.5","close":"120","volume":"1","final":true},{"kind":"candle","exchange":"coinone","pair":"btc-krw","interval":"1m","open_time":"2026-01-31T11:59:00Z","open":"90","high":"90","low":"90","close":"90","volume":"0.5","final":false}],"next_cursor":null}""",
            await api.ReadAsync(Candles));
        Assert.Equal(["120/1", "120/0", "120/0", "90/0.5", "90/0"], await FilledAsync(api, "previous"));
        Assert.Equal(["120/1", "/", "/", "90/0.5", "/"], await FilledAsync(api, "null"));
        Assert.Equal(
            "exchange,pair,interval,open_time,open,high,low,close,volume,final\r\n"
            + "coinone,btc-krw,1m,2026-01-31T11:58:00Z,,,,,,true\r\n"
            + "coinone,btc-krw,1m,2026-01-31T11:59:00Z,90,90,90,90,0.5,false\r\n",
            await ExportAsync(api, Candles + "&fill=null&from=2026-01-31T11:57:30Z&to=2026-01-31T12:00:00Z"));
    }

    [Fact]
    public async Task As_of_answers_what_was_known_then_on_candles_charts_and_on_chain_points()
    {
        await using var api = await RealHost.StartAsync(servers);
        var builder = new CandleBuilder(api.Database, api.Clock);
        for (var value = 1; value <= 3; value++)
        {
            await TradeAsync(api, ($"{value}", -60 + value, 100 + value));
            await builder.BuildAsync(200, default);
            await api.AddChartAsync("daily", (Today, value));
            await api.AddPointsAsync((Today, value));
            api.Clock.Advance(TimeSpan.FromMinutes(10));
        }

        const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=1&interval=daily";
        const string OnChain = "/onchain?asset=bitcoin&metric=exchange_netflow";
        foreach (var (asOf, known) in ((string, int)[])[
            ("2026-01-31T11:59:59.999999Z", 0), ("2026-01-31T12:00:00Z", 1), ("1769861399", 1), ("2026-01-31T12:10:00Z", 2),
            ("2026-01-31T21:25:00%2B09:00", 3)])
        {
            Assert.Equal(known == 0 ? [] : [100m + known], await ValuesAsync(api, $"{Candles}&as_of={asOf}", "data", "close"));
            Assert.Equal(known == 0 ? [] : [(decimal)known], await ValuesAsync(api, $"{Chart}&as_of={asOf}", "points", "price"));
            Assert.Equal(known == 0 ? [] : [(decimal)known], await ValuesAsync(api, $"{OnChain}&as_of={asOf}", "data", "value"));
            // The names of the columns, and the one point.
            Assert.Equal(known == 0 ? 1 : 2, (await ExportAsync(api, $"{OnChain}&as_of={asOf}")).Split('\n').Length - 1);
        }
    }

    private static Task TradeAsync(RealHost api, params (string Id, int Second, decimal Price)[] trades) => api.Trades.AppendAsync(
        [.. trades.Select(trade => new Trade(
            "coinone", "btc-krw", trade.Id, trade.Price, 0.5m, null, ProviderTime.From(Clock.Start.AddSeconds(trade.Second), 3)))],
        api.Clock.GetUtcNow(), [], default);

    /// <summary>Close and volume of every bucket, in pages of two.</summary>
    private static async Task<List<string>> FilledAsync(RealHost api, string fill)
    {
        var filled = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonDocument.Parse(await api.ReadAsync($"{Candles}&fill={fill}&from=2026-01-31&limit=2{cursor}")).RootElement;
            filled.AddRange(page.GetProperty("data").EnumerateArray()
                .Select(candle => $"{candle.GetProperty("close").GetString()}/{candle.GetProperty("volume").GetString()}"));
            cursor = page.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : null;
        }

        return filled;
    }

    private static async Task<List<decimal>> ValuesAsync(RealHost api, string path, string list, string field) =>
    [
        .. JsonDocument.Parse(await api.ReadAsync(path)).RootElement.GetProperty(list).EnumerateArray()
            .Select(item => item.GetProperty(field))
            .Select(value => value.ValueKind is JsonValueKind.String
                ? decimal.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture)
                : value.GetDecimal()),
    ];

    private static async Task<string> ExportAsync(RealHost api, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", "text/csv");
        using var response = await api.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
