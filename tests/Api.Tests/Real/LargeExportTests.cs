using System.Globalization;
using System.Text;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Exports far larger than what the service may hold of them.</summary>
[Collection(ServerFixture.Collection)]
public sealed class LargeExportTests(ServerFixture servers)
{
    private const int Rows = 120_000;

    /// <summary>Far more than what the sockets of both ends take.</summary>
    private const int ManyRows = 300_000;
    private const string Trades = "/trades?exchange=coinone&pair=btc-krw";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=max&interval=hourly";

    [Theory]
    [InlineData("application/x-ndjson", 0)]
    [InlineData("text/csv", 1)]
    public async Task A_range_is_exported_whole_and_in_order_in_a_small_part_of_its_size(string media, int headers)
    {
        await using var api = await RealHost.StartAsync(servers);
        await FillTradesAsync(api, Rows);
        await ReadAsync(api, Trades, media, headers, Rows, row => row == 0 ? "first" : $"n{row}");
    }

    [Fact]
    public async Task A_chart_is_exported_whole_in_order_and_by_its_newest_revisions_in_a_small_part_of_its_size()
    {
        const int Hours = 80_000;
        await using var api = await RealHost.StartAsync(servers);
        await api.ScalarAsync<long>($"""
            WITH filled AS (
                INSERT INTO market.chart_points
                SELECT 'bitcoin', 'usd', 'hourly', '2012-01-01T00:00:00Z'::timestamptz + n * interval '1 hour', revision,
                    1325376000000000000 + n * 3600000000000, 3, n + revision * 1000000, 12345.678, 1.5, '2026-01-01T00:00:00Z'
                FROM generate_series(0::bigint, {Hours - 1}) n, generate_series(0, 1) revision WHERE revision = 0 OR n % 3 = 0
                RETURNING 1)
            SELECT count(*) FROM filled
            """);
        await ReadAsync(api, Chart, "application/x-ndjson", 0, Hours,
            row => string.Create(CultureInfo.InvariantCulture, $"\"price\":\"{row + (row % 3 == 0 ? 1_000_000 : 0)}\""));
    }

    [Fact]
    public async Task Who_takes_an_export_more_slowly_than_the_setting_is_cut_off_and_leaves_its_place_to_others()
    {
        await using var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Http = settings.Http with
            {
                MaxConcurrentReads = 1, SlowestExportBytes = 1L << 30, SlowestExportGrace = TimeSpan.FromSeconds(2),
            },
        });
        await FillTradesAsync(api, ManyRows);
        using var response = await ExportAsync(api, Trades, "text/csv");
        using (var beside = await api.GetAsync(Trades))
        {
            Assert.Equal(503, (int)beside.StatusCode);
        }

        await Eventually.HoldsAsync(async () =>
        {
            using var beside = await api.GetAsync(Trades + "&from=2026-01-01");
            return beside.IsSuccessStatusCode;
        });
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.CopyToAsync(Stream.Null);
        });
    }

    private static async Task FillTradesAsync(RealHost api, int rows)
    {
        await api.AddTradesAsync(("first", TimeSpan.FromHours(1)));
        await using var fill = api.Database.CreateCommand(
            $"""
            INSERT INTO market.trades
            SELECT time_ns + n * 1000000::bigint, received_at, currency_pair_no, exchange_id, taker_side, time_digits, 'n' || n, price,
                quantity
            FROM market.trades, generate_series(1, {rows - 1}) n
            """);
        await fill.ExecuteNonQueryAsync();
    }

    private static Task<HttpResponseMessage> ExportAsync(RealHost api, string path, string media)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", media);
        return api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task ReadAsync(
        RealHost api, string path, string media, int headers, int rows, Func<int, string> expected)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var response = await ExportAsync(api, path, media);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        var (read, bytes, most) = (-headers, 0L, 0L);
        while (await lines.ReadLineAsync() is { } line)
        {
            if (read >= 0)
            {
                Assert.Contains(expected(read), line, StringComparison.Ordinal);
            }

            bytes += line.Length + 1;
            if (++read % (rows / 5) == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(rows, read);
        Assert.True(most < bytes / 2, $"{most} bytes were held at once of an export of {bytes}");
    }
}
