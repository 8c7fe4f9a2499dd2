using System.Globalization;
using System.Text;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Exports far larger than what the service may hold of them.</summary>
[Collection(ServerFixture.Collection)]
public sealed class LargeExportTests(ServerFixture servers)
{
    private const int Rows = 200_000;
    private const string Path = "/trades?exchange=coinone&pair=btc-krw";

    [Theory]
    [InlineData("application/x-ndjson", 0)]
    [InlineData("text/csv", 1)]
    public async Task A_range_is_exported_whole_and_in_order_in_a_small_part_of_its_size(string media, int headers)
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddTradesAsync(("first", TimeSpan.FromHours(1)));
        await using (var fill = api.Database.CreateCommand(
            $"""
            INSERT INTO market.trades
            SELECT time_ns + n * 1000000::bigint, received_at, currency_pair_no, exchange_id, taker_side, time_digits, 'n' || n, price, quantity
            FROM market.trades, generate_series(1, {Rows - 1}) n
            """))
        {
            await fill.ExecuteNonQueryAsync();
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", media);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        var (read, bytes, most) = (-headers, 0L, 0L);
        while (await lines.ReadLineAsync() is { } line)
        {
            if (read > 0)
            {
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"n{read}"), line, StringComparison.Ordinal);
            }

            bytes += line.Length + 1;
            if (++read % (Rows / 5) == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Rows, read);
        Assert.True(most < bytes / 2, $"{most} bytes were held at once of an export of {bytes}");
    }
}
