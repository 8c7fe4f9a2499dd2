using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>
/// Pages of a series that is written all the while, before, between and after what is being read: what was there when the first page was
/// asked for is on exactly one page, and nothing is on two.
/// </summary>
[Collection(ServerFixture.Collection)]
public sealed class CursorTests(ServerFixture servers, ITestOutputHelper output)
{
    private const int Slots = 400;
    private static readonly DateTimeOffset Begin = Clock.Start.AddDays(-600);

    private delegate Task Writer(RealHost api, Random random, IReadOnlyList<int> slots);

    [Fact]
    public Task Each_trade_is_on_exactly_one_page_while_others_are_written() => ProveAsync(
        "/trades?exchange=coinone&pair=btc-krw", "time", "trade_id", "2024-01-01",
        // Many of one instant: then their ids decide.
        (api, random, slots) => api.Trades.AppendAsync(
            [.. slots.Select(slot => new Trade(
                "coinone", "btc-krw", $"t{slot}", 1, 1, null, ProviderTime.From(Begin.AddSeconds(slot / 5), 3)))],
            api.Clock.GetUtcNow(), [], CancellationToken.None));

    [Fact]
    public Task Each_on_chain_point_is_on_exactly_one_page_while_others_are_written_and_corrected() => ProveAsync(
        "/onchain?asset=bitcoin&metric=exchange_netflow&interval=day", "time", "time", "2024-01-01",
        // Of a point that is there already it is a revision.
        (api, random, slots) => api.Points.AppendAsync(
            [.. slots.Select(slot => new OnChainPoint(
                "bitcoin", "exchange_netflow", "all_exchange", "day", ProviderTime.From(Begin.AddDays(slot), 0), random.Next(100)))],
            api.Clock.GetUtcNow(), [], CancellationToken.None));

    [Fact]
    public Task Each_candle_is_on_exactly_one_page_while_others_are_written_and_corrected() => ProveAsync(
        "/candles?exchange=coinone&pair=btc-krw&interval=1h", "open_time", "open_time", "2024-01-01",
        (api, random, slots) => new ProviderCandleStore(api.Database, new PairCatalogue(api.Database), api.Clock).AppendAsync(
            [.. slots.Select(slot => new Candle(
                "coinone", "btc-krw", "1h", ProviderTime.From(Begin.AddHours(slot), 0), 1, 200, 1, 1 + random.Next(100), 1, null))],
            api.Clock.GetUtcNow(), [], CancellationToken.None));

    private async Task ProveAsync(string path, string time, string id, string from, Writer write)
    {
        var random = new Random(Seed.Next(output));
        await using var api = await RealHost.StartAsync(servers);
        foreach (var start in (string[])["&from=" + from, "&to=2026-01-31"])
        {
            var there = Some(random, Slots / 2);
            await write(api, random, there);
            var (initial, seen) = (await IdsAsync(api, path, id, from), new List<(string Time, string Id)>());
            using var read = new CancellationTokenSource();
            var writing = WriteOnAsync(api, new Random(random.Next()), write, read.Token);
            string? cursor = null;
            do
            {
                var limit = random.Next(1, 40).ToString(CultureInfo.InvariantCulture);
                var page = JsonDocument.Parse(await api.ReadAsync(
                    $"{path}{start}&limit={limit}{(cursor is null ? "" : "&cursor=" + cursor)}")).RootElement;
                var rows = page.GetProperty("data").EnumerateArray()
                    .Select(row => (row.GetProperty(time).GetString()!, row.GetProperty(id).GetString()!)).ToList();
                Assert.Equal(rows.Select(row => row.Item1).Order(StringComparer.Ordinal), rows.Select(row => row.Item1));
                seen.InsertRange(start.StartsWith("&from", StringComparison.Ordinal) ? seen.Count : 0, rows);
                cursor = page.GetProperty("next_cursor").GetString();
                Assert.True(seen.Count <= 2 * Slots, "The pages don't come to an end.");
            }
            while (cursor is not null);

            await read.CancelAsync();
            await writing;
            Assert.Equal(seen.Select(row => row.Time).Order(StringComparer.Ordinal), seen.Select(row => row.Time));
            Assert.Equal(seen.Count, seen.Select(row => row.Id).Distinct().Count());
            Assert.Superset(initial, seen.Select(row => row.Id).ToHashSet());
        }
    }

    private static async Task WriteOnAsync(RealHost api, Random random, Writer write, CancellationToken read)
    {
        await Task.Yield();
        while (!read.IsCancellationRequested)
        {
            await write(api, random, Some(random, 5));
        }
    }

    private static List<int> Some(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Slots)).Distinct()];

    private static async Task<HashSet<string>> IdsAsync(RealHost api, string path, string id, string from)
    {
        var page = JsonDocument.Parse(await api.ReadAsync($"{path}&from={from}&limit=1000")).RootElement;
        Assert.Null(page.GetProperty("next_cursor").GetString());
        return [.. page.GetProperty("data").EnumerateArray().Select(row => row.GetProperty(id).GetString()!)];
    }
}
