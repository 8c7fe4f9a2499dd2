using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class OrderBookStoreTests(StoreFixture fixture)
{
    private const string Pair = "btc-krw";
    private const ulong Seed = 20260305;
    private const long StartMs = 1_790_000_000_000;

    private static readonly Gen<(int Ms, int Sequence, int Price)> Records =
        Gen.Choose(0, 4).SelectMany(ms => Gen.Choose(0, 1).SelectMany(sequence => Gen.Choose(1, 2).Select(price => (ms, sequence, price))));

    private readonly string exchange = fixture.NewName("exchange");
    private readonly OrderBookStore store = NewStore(fixture);

    [Fact]
    public async Task A_book_comes_back_as_it_was_with_its_levels_in_order()
    {
        var book = new OrderBook(
            exchange, Pair, 77, new ProviderTime(1_790_000_000_123_456_789, 9),
            [.. Enumerable.Range(0, 30).Select(n => new BookLevel(50_000m - n, 0.1m + n))],
            [.. Enumerable.Range(0, 20).Select(n => new BookLevel(50_001m + n, 0.00000001m))]);

        Assert.Equal(new IngestCounts(1, 1, 0, 0, 0, 0), await AppendAsync(book));
        AssertSame(book, await store.ReadAsync(exchange, Pair, null, default));
    }

    [Fact]
    public async Task An_empty_side_and_an_empty_book_are_books()
    {
        var empty = Book(1, 0, 1) with { Bids = [], Asks = [] };
        await AppendAsync(Book(0, 0, 1) with { Asks = [] }, empty);

        AssertSame(empty, await store.ReadAsync(exchange, Pair, null, default));
        AssertSame(Book(0, 0, 1) with { Asks = [] }, await store.ReadAsync(exchange, Pair,
            DateTimeOffset.FromUnixTimeMilliseconds(StartMs), default));
    }

    [Fact]
    public async Task The_newest_at_a_moment_is_by_time_and_then_by_sequence()
    {
        await AppendAsync(Book(5, 1, 1), Book(5, 2, 2), Book(9, 1, 3));

        AssertSame(Book(9, 1, 3), await store.ReadAsync(exchange, Pair, null, default));
        AssertSame(Book(5, 2, 2), await store.ReadAsync(exchange, Pair, DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 8), default));
        Assert.Null(await store.ReadAsync(exchange, Pair, DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 4), default));
        Assert.Null(await store.ReadAsync(exchange, "eth-krw", null, default));
    }

    [Fact]
    public async Task Other_levels_under_a_stored_key_are_differing_and_kept_aside()
    {
        var series = fixture.NewName("xrp") + "-krw";
        var stored = Book(1, 0, 1) with { Pair = series };
        await AppendAsync(stored);

        Assert.Equal(
            new IngestCounts(3, 1, 1, 1, 0, 0),
            await AppendAsync(stored, Book(1, 0, 2) with { Pair = series }, Book(2, 0, 2) with { Pair = series }));
        AssertSame(stored, await store.ReadAsync(exchange, series, DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 1), default));
        Assert.Equal("differing", Assert.Single(await fixture.LettersAsync("orderbook", series)).Reason);
    }

    [Fact]
    public async Task A_book_without_time_is_placed_at_its_arrival()
    {
        await AppendAsync(Book(0, 0, 1) with { Time = null });

        var stored = await store.ReadAsync(exchange, Pair, null, default);
        Assert.Equal(ProviderTime.FromUnixMilliseconds(StoreFixture.Arrival.ToUnixTimeMilliseconds()), stored?.Time);
        Assert.Null(stored?.Sequence);
    }

    [Fact]
    public async Task A_level_without_quantity_rejects_its_book_alone()
    {
        var series = fixture.NewName("xrp") + "-krw";
        var broken = Book(1, 0, 1) with { Pair = series, Asks = [new BookLevel(1, 0)] };

        Assert.Equal(new IngestCounts(2, 1, 0, 0, 0, 1), await AppendAsync(broken, Book(2, 0, 1) with { Pair = series }));
        Assert.Equal("invalid_field", Assert.Single(await fixture.LettersAsync("orderbook", series)).Reason);
    }

    [Fact]
    public async Task Eight_writers_of_one_batch_write_each_book_once()
    {
        OrderBook[] batch = [.. Enumerable.Range(0, 50).Select(ms => Book(ms, 0, 1))];

        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => NewStore(fixture).AppendAsync(batch, StoreFixture.Arrival, [], default))));

        Assert.Equal((50, 350), (counts.Sum(of => of.Inserted), counts.Sum(of => of.Skipped)));
    }

    [Fact]
    public async Task A_position_that_was_moved_by_another_leaves_nothing()
    {
        var series = new SeriesKey(exchange, "orderbook", Pair);

        await Assert.ThrowsAsync<PositionMovedException>(
            () => store.AppendAsync([Book(1, 0, 1)], StoreFixture.Arrival, [StoreFixture.Progress(series, 3, 1)], default));
        Assert.Null(await store.ReadAsync(exchange, Pair, null, default));
    }

    [Fact]
    public async Task Random_batches_give_the_counts_of_a_naive_dictionary()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 25))
        {
            var name = fixture.NewName("exchange");
            var oracle = new Dictionary<(int, int), int>();
            foreach (var batch in run)
            {
                var expected = default(IngestCounts);
                foreach (var of in batch)
                {
                    expected += oracle.TryAdd((of.Ms, of.Sequence), of.Price) ? new IngestCounts(1, 1, 0, 0, 0, 0)
                        : oracle[(of.Ms, of.Sequence)] == of.Price ? new IngestCounts(1, 0, 1, 0, 0, 0)
                        : new IngestCounts(1, 0, 0, 1, 0, 0);
                }

                Assert.Equal(expected, await AppendAsync([.. batch.Select(of =>
                    Book(of.Ms, of.Sequence, of.Price) with { Exchange = name })]));
            }
        }
    }

    private static OrderBookStore NewStore(StoreFixture fixture) =>
        new(fixture.Database, new PairCatalogue(fixture.Database), fixture.Time);

    private static void AssertSame(OrderBook expected, OrderBook? stored)
    {
        Assert.NotNull(stored);
        Assert.Equal(expected.Bids, stored.Bids);
        Assert.Equal(expected.Asks, stored.Asks);
        Assert.Equal(expected with { Bids = [], Asks = [] }, stored with { Bids = [], Asks = [] });
    }

    private OrderBook Book(int ms, int sequence, int price) => new(
        exchange, Pair, sequence == 0 ? null : sequence, ProviderTime.FromUnixMilliseconds(StartMs + ms),
        [new BookLevel(price, 1)], [new BookLevel(price + 1, 2), new BookLevel(price + 2, 3)]);

    private Task<IngestCounts> AppendAsync(params OrderBook[] books) => store.AppendAsync(books, StoreFixture.Arrival, [], default);
}
