using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class PriceStoreTests(StoreFixture fixture)
{
    private const ulong Seed = 20260303;

    private static readonly Gen<(int Asset, int Second, int Price)> Records =
        Gen.Choose(0, 3).SelectMany(asset =>
            Gen.Choose(0, 9).SelectMany(second => Gen.Choose(0, 2).Select(price => (asset, second, price))));

    private readonly string asset = fixture.NewName("asset");
    private readonly PriceStore store = new(fixture.Database, fixture.Time);

    [Fact]
    public async Task The_newest_by_the_providers_time_wins_and_a_late_one_never_goes_back()
    {
        Assert.Equal(new IngestCounts(1, 1, 0, 0, 0, 0), await AppendAsync(Price(10, 1m)));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(Price(9, 2m)));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await AppendAsync(Price(10, 1.0m)));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(Price(10, 3m)));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await AppendAsync(Price(11, 3m)));
        Assert.Equal([Price(11, 3m)], await store.ReadAsync([asset], ["usd"], default));
    }

    [Fact]
    public async Task Of_one_key_in_a_batch_the_newest_counts_and_of_equal_times_the_last()
    {
        Assert.Equal(new IngestCounts(4, 1, 3, 0, 0, 0), await AppendAsync(Price(1, 1m), Price(5, 5m), Price(5, 6m), Price(2, 2m)));
        Assert.Equal([Price(5, 6m)], await store.ReadAsync([asset], ["usd"], default));
    }

    [Fact]
    public async Task A_price_without_time_is_rejected_and_one_without_price_is_kept()
    {
        Assert.Equal(new IngestCounts(2, 1, 0, 0, 0, 1), await AppendAsync(Price(1, 1m) with { Time = null }, Price(1, null)));
        Assert.Equal([Price(1, null)], await store.ReadAsync([asset], ["usd"], default));
        Assert.Equal("missing_field", Assert.Single(await fixture.LettersAsync("simple_price", $"{asset}/usd")).Reason);
    }

    [Fact]
    public async Task A_read_gives_the_product_of_both_lists()
    {
        var other = fixture.NewName("asset");
        await AppendAsync(
            Price(1, 1m), Price(1, 2m) with { Currency = "krw" }, Price(1, 3m) with { Asset = other },
            Price(1, 4m) with { Currency = "eur" });

        var prices = await store.ReadAsync([asset, other, "nobody"], ["usd", "krw"], default);

        Assert.Equal([1m, 2m, 3m], prices.Select(price => price.Price).Order());
    }

    [Fact]
    public async Task Eight_writers_leave_the_newest()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var second = 0; second < 10; second++)
            {
                await AppendAsync(Price((second * 8) + writer, second), Price((second * 8) + writer, second) with { Currency = "krw" });
            }
        })));

        Assert.All(await store.ReadAsync([asset], ["usd", "krw"], default), price => Assert.Equal(Price(79, 9m).Time, price.Time));
    }

    [Fact]
    public async Task Random_batches_give_the_counts_and_rows_of_a_naive_dictionary()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 40))
        {
            var name = fixture.NewName("asset");
            var oracle = new Dictionary<string, AssetPrice>();
            foreach (var batch in run)
            {
                AssetPrice[] prices = [.. batch.Select(of =>
                    Price(of.Second, of.Price == 0 ? null : of.Price) with { Asset = $"{name}-{of.Asset}" })];
                Assert.Equal(Expected(oracle, prices), await AppendAsync(prices));
            }

            var stored = await store.ReadAsync([.. oracle.Keys], ["usd"], default);
            Assert.Equal(oracle.Values.OrderBy(price => price.Asset), stored.OrderBy(price => price.Asset));
        }
    }

    private static IngestCounts Expected(Dictionary<string, AssetPrice> oracle, AssetPrice[] prices)
    {
        var (inserted, revised) = (0, 0);
        foreach (var same in prices.GroupBy(price => price.Asset))
        {
            var newest = same.Last(price => price.Time == same.Max(other => other.Time));
            var known = oracle.GetValueOrDefault(same.Key);
            if (known is null || known.Time < newest.Time || (known.Time == newest.Time && known != newest))
            {
                oracle[same.Key] = newest;
                (inserted, revised) = known is null ? (inserted + 1, revised) : (inserted, revised + 1);
            }
        }

        return new IngestCounts(prices.Length, inserted, prices.Length - inserted - revised, 0, revised, 0);
    }

    private AssetPrice Price(int second, decimal? price) =>
        new(asset, "usd", price, 100m, null, -1.5m, ProviderTime.FromUnixSeconds(1_790_000_000 + second));

    private Task<IngestCounts> AppendAsync(params AssetPrice[] prices) => store.AppendAsync(prices, StoreFixture.Arrival, [], default);
}
