using System.Collections.Concurrent;
using System.Globalization;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>Every knob turned up and down at random while replies flow: nothing is lost, nothing is doubled, nothing restarts.</summary>
public sealed class RetuningSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const int Turns = 30;
    private const int New = 50;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(400);

    private static readonly string[] Pairs = ["btc-krw", "eth-krw", "xrp-krw", "ada-krw", "sol-krw"];

    private readonly ConcurrentDictionary<string, int> _newest = new(StringComparer.Ordinal);

    [Theory]
    [InlineData(20_260_101)]
    [InlineData(7)]
    [InlineData(4_711)]
    public async Task Under_load_no_change_of_throughput_loses_or_doubles_a_trade(int seed)
    {
        var random = new Random(seed);
        await using var run = Trades(
            "akkacrypto.feeds.coinone { budget.per-minute = 1000000, datasets.trades.every = 1s }",
            $"akkacrypto.feeds.coinone.datasets.trades.pairs = [{string.Join(", ", Pairs)}]");
        foreach (var pair in Pairs)
        {
            run.Provider.On(CoinoneReplies.PathOf(pair), _ => Reply(pair, random));
        }

        run.Start();
        for (var turn = 0; turn < Turns; turn++)
        {
            run.Change(Settings(random));
            var asked = run.Provider.Asked.Count + random.Next(8);
            var until = run.Time.GetUtcNow().AddSeconds(5);
            await run.UntilAsync(() => run.Provider.Asked.Count >= asked || run.Time.GetUtcNow() >= until, Step);
        }

        run.Change();
        var answered = run.Provider.Asked.Count;
        await run.UntilAsync(() => run.Committed.Count >= answered + Pairs.Length, Step);
        // A commit that the stop met could be stored and not told: nothing is under way then.
        run.Change("akkacrypto.streams.trades.paused = true");
        await run.UntilAsync(() => run.Committed.Count == run.Provider.Asked.Count, Step);
        await run.StopAsync();

        Assert.Equal(0, run.Status.Restarts);
        Assert.Empty(await GapsAsync());
        Assert.Empty(await LettersAsync());
        var counts = run.Status.Counts;
        Assert.Equal(counts.Attempted, counts.Inserted + counts.Skipped);
        foreach (var pair in Pairs)
        {
            // Windows overlap, so a reply that was dropped would leave no hole in the table: it is missing among those committed.
            var ends = run.Committed.Where(reply => reply.Request.Series == pair)
                .Select(reply => reply.Furthest is { } place ? int.Parse(place.Id, CultureInfo.InvariantCulture) : 0).ToList();
            Assert.Equal(Enumerable.Range(1, ends.Count).Select(number => number * New), ends);
            var stored = await ColumnAsync<int>(
                $"SELECT trade_id::integer FROM market.trades JOIN market.currency_pairs USING (currency_pair_no) "
                + $"WHERE pair = '{pair}' ORDER BY 1");
            Assert.Equal(Enumerable.Range(1, ends.Count * New), stored);
            Assert.Equal(_newest[pair], ends.Count * New);
        }
    }

    private ScriptedReply Reply(string pair, Random random)
    {
        var newest = _newest.AddOrUpdate(pair, New, (_, before) => before + New);
        lock (random)
        {
            return CoinoneReplies.Newest(pair, newest) with { After = TimeSpan.FromMilliseconds(random.Next(3) * 300) };
        }
    }

    private static string Settings(Random random)
    {
        lock (random)
        {
            string Of(params string[] values) => values[random.Next(values.Length)];
            return $$"""
                akkacrypto.streams.trades {
                  paused = {{Of("false", "false", "false", "true")}}, batch-size = {{Of("1", "49", "51", "5000", "100000")}}
                  flush-interval = {{Of("1ms", "250ms", "3s", "60s")}}, buffer = {{Of("1", "2", "64")}}
                  parallelism = {{Of("1", "2", "3", "16", "64")}}, requests-per-second = {{Of("0.5", "3", "50", "10000")}}
                }
                """;
        }
    }
}
