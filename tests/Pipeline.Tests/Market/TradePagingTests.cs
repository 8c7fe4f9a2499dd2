using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class TradePagingTests(StoreFixture fixture)
{
    private const string Pair = "btc-krw";
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    private readonly string exchange = fixture.NewName("exchange");
    private readonly TradeStore store = new(fixture.Database, new PairCatalogue(fixture.Database), fixture.Time);

    [Fact]
    public async Task An_unknown_pair_has_an_empty_page()
    {
        var page = await ReadAsync(new PageRequest(null, null, 10, null));

        Assert.Empty(page.Records);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Forwards_pages_begin_at_from_and_end_before_to()
    {
        await WriteAsync(0, 1, 2, 3, 4, 5, 6);

        var first = await ReadAsync(new PageRequest(Start.AddSeconds(1), Start.AddSeconds(6), 3, null));
        var second = await ReadAsync(new PageRequest(Start.AddSeconds(1), Start.AddSeconds(6), 3, first.Next));

        Assert.Equal([1, 2, 3], Seconds(first));
        Assert.Equal([4, 5], Seconds(second));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Without_from_the_newest_come_first_and_older_pages_follow()
    {
        await WriteAsync(0, 1, 2, 3, 4, 5, 6);

        var newest = await ReadAsync(new PageRequest(null, Start.AddSeconds(6), 3, null));
        var older = await ReadAsync(new PageRequest(null, Start.AddSeconds(6), 3, newest.Next));

        Assert.Equal([3, 4, 5], Seconds(newest));
        Assert.Equal([0, 1, 2], Seconds(older));
        Assert.Null(older.Next);
    }

    [Fact]
    public async Task A_page_that_just_fits_has_no_next()
    {
        await WriteAsync(0, 1, 2);

        Assert.Null((await ReadAsync(new PageRequest(Start, null, 3, null))).Next);
        Assert.Null((await ReadAsync(new PageRequest(null, null, 3, null))).Next);
        Assert.NotNull((await ReadAsync(new PageRequest(null, null, 2, null))).Next);
    }

    [Fact]
    public async Task Trades_of_one_instant_are_paged_by_their_ids()
    {
        await store.AppendAsync([.. Enumerable.Range(0, 10).Select(n => Trade(5, $"same{n}"))], StoreFixture.Arrival, [], default);

        foreach (var from in (DateTimeOffset?[])[Start.AddSeconds(5), null])
        {
            Assert.Equal(10, (await AllPagesAsync(from, 3)).Select(trade => trade.TradeId).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inserts_between_pages_neither_repeat_nor_hide_what_was_there(bool forwards)
    {
        await WriteAsync([.. Enumerable.Range(0, 50).Select(n => n * 10)]);
        var page = await ReadAsync(new PageRequest(forwards ? Start : null, null, 7, null));
        var seen = new List<Trade>(page.Records);
        for (var n = 1; page.Next is not null; n++)
        {
            await WriteAsync([.. Enumerable.Range(0, 50).Select(m => (m * 10) + n)]); // before, between and after all of them
            page = await ReadAsync(new PageRequest(forwards ? Start : null, null, 7, Reparsed(page.Next)));
            seen.AddRange(page.Records);
            Assert.True(n < 200, "The pages don't come to an end.");
        }

        Assert.Equal(seen.Count, seen.Select(trade => trade.TradeId).Distinct().Count());
        Assert.Superset(Enumerable.Range(0, 50).Select(n => $"t{n * 10}").ToHashSet(), seen.Select(trade => trade.TradeId).ToHashSet());
    }

    [Fact]
    public async Task Times_past_what_can_be_stored_are_just_open_ends()
    {
        await WriteAsync(0, 1);

        Assert.Equal(2, (await ReadAsync(new PageRequest(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 5, null))).Records.Count);
    }

    private static PageCursor? Reparsed(PageCursor cursor) => PageCursor.TryParse(cursor.ToString(), out var parsed) ? parsed : null;

    private static IEnumerable<long> Seconds(Page<Trade> page) =>
        page.Records.Select(trade => (trade.Time.UnixNanoseconds / 1_000_000_000) - 1_790_000_000);

    private Task<Page<Trade>> ReadAsync(PageRequest page) => store.ReadAsync(exchange, Pair, page, default);

    private async Task<List<Trade>> AllPagesAsync(DateTimeOffset? from, int limit)
    {
        var all = new List<Trade>();
        PageCursor? next = null;
        do
        {
            var page = await ReadAsync(new PageRequest(from, null, limit, next));
            all.AddRange(page.Records);
            next = page.Next;
        }
        while (next is not null);
        return all;
    }

    private Task WriteAsync(params int[] seconds) =>
        store.AppendAsync([.. seconds.Select(second => Trade(second, $"t{second}"))], StoreFixture.Arrival, [], default);

    private Trade Trade(int second, string id) =>
        new(exchange, Pair, id, 1, 1, null, ProviderTime.FromUnixSeconds(1_790_000_000 + second));
}
