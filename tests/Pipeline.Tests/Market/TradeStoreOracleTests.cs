using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class TradeStoreOracleTests(StoreFixture fixture)
{
    private const ulong Seed = 20260301;

    // Few keys and few contents, so that repeats and contradictions are common, within a batch and between batches, in any order.
    private static readonly Gen<(int Pair, int Id, int Price, int Time)> Records =
        Gen.Choose(0, 1).SelectMany(pair => Gen.Choose(0, 25).SelectMany(id => Gen.Choose(1, 8).SelectMany(
            price => Gen.Choose(0, 1).Select(time => (pair, id, price == 8 ? 2 : 1, time == 0 ? 0 : id)))));

    [Fact]
    public async Task Random_batches_give_the_counts_and_rows_of_a_naive_dictionary()
    {
        var store = new TradeStore(fixture.Database, new PairCatalogue(fixture.Database), fixture.Time);
        var total = default(IngestCounts);
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 40))
        {
            var exchange = fixture.NewName("exchange");
            var oracle = new Dictionary<(string Pair, string Id), Trade>();
            foreach (var batch in run)
            {
                Trade[] trades = [.. batch.Select(of => Trade(exchange, of.Pair, of.Id, of.Price, of.Time))];
                var expected = Expected(oracle, trades);
                Assert.Equal(expected, await store.AppendAsync(trades, StoreFixture.Arrival, [], default));
                total += expected;
            }

            foreach (var pair in oracle.Values.GroupBy(trade => trade.Pair))
            {
                var stored = await store.ReadAsync(exchange, pair.Key, new PageRequest(null, null, 1000, null), default);
                Assert.Equal(pair.OrderBy(trade => trade.Time).ThenBy(trade => trade.TradeId, StringComparer.Ordinal), stored.Records);
            }
        }

        Assert.True(total is { Inserted: > 100, Skipped: > 100, Differing: > 100 }, $"The batches prove too little: {total}.");
    }

    private static IngestCounts Expected(Dictionary<(string, string), Trade> oracle, Trade[] trades)
    {
        var counts = default(IngestCounts);
        foreach (var trade in trades)
        {
            counts += oracle.TryAdd((trade.Pair, trade.TradeId), trade) ? new IngestCounts(1, 1, 0, 0, 0, 0)
                : oracle[(trade.Pair, trade.TradeId)] == trade ? new IngestCounts(1, 0, 1, 0, 0, 0)
                : new IngestCounts(1, 0, 0, 1, 0, 0);
        }

        return counts;
    }

    private static Trade Trade(string exchange, int pair, int id, int price, int time) => new(
        exchange, pair == 0 ? "btc-krw" : "eth-krw", $"{id}", price, 1, TakerSide.Sell, ProviderTime.FromUnixSeconds(1_790_000_000 + time));
}
