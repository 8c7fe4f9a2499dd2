using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class TickerStoreTests(StoreFixture fixture)
{
    private readonly string exchange = fixture.NewName("exchange");
    private readonly TickerStore store = new(fixture.Database, new PairCatalogue(fixture.Database), fixture.Time);

    [Fact]
    public async Task The_newest_by_the_providers_time_wins_and_a_late_one_never_goes_back()
    {
        Assert.Equal(new IngestCounts(3, 1, 2, 0, 0, 0), await AppendAsync(0, Ticker(1, 5), Ticker(3, 6), Ticker(2, 4)));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(1, Ticker(9, 5)));
        Assert.Equal(Ticker(3, 6), await ReadAsync());
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(2, Ticker(4, 7)));
        Assert.Equal(Ticker(4, 7), await ReadAsync());
    }

    [Fact]
    public async Task Of_equal_times_and_without_times_the_newest_arrival_wins()
    {
        await AppendAsync(5, Ticker(1, 5));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(6, Ticker(2, 5)));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(7, Ticker(2, 5)));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(8, Ticker(3, null)));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(7, Ticker(4, null)));
        Assert.Equal(new IngestCounts(2, 0, 1, 0, 1, 0), await AppendAsync(9, Ticker(5, null), Ticker(6, null)));
        Assert.Equal(Ticker(6, null), await ReadAsync());
    }

    [Fact]
    public async Task Unknown_stays_null_and_what_is_no_pair_is_rejected()
    {
        var counts = await AppendAsync(0, Ticker(null, 1) with { Bid = 0.00000001m }, Ticker(1, 1) with { Pair = "nothing" });

        Assert.Equal(new IngestCounts(2, 1, 0, 0, 0, 1), counts);
        Assert.Equal(Ticker(null, 1) with { Bid = 0.00000001m }, await ReadAsync());
        Assert.Null(await store.ReadAsync(exchange, "eth-krw", default));
    }

    [Fact]
    public async Task Eight_writers_in_any_order_leave_the_newest()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(second => Task.Run(() => AppendAsync(0, Ticker(second, second)))));

        Assert.Equal(Ticker(8, 8), await ReadAsync());
    }

    private Ticker Ticker(decimal? last, int? second) => new(
        exchange, "btc-krw", last, null, null, 10m, 1m, 5.5m,
        second is { } at ? ProviderTime.From(StoreFixture.Arrival.AddSeconds(at), 3) : null);

    private Task<IngestCounts> AppendAsync(int second, params Ticker[] tickers) =>
        store.AppendAsync(tickers, StoreFixture.Arrival.AddSeconds(second), [], default);

    private Task<Ticker?> ReadAsync() => store.ReadAsync(exchange, "btc-krw", default);
}
