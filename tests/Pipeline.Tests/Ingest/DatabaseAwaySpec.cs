using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>The way to the database is cut: nothing is dropped, and what is asked for meanwhile has an exact bound.</summary>
public sealed class DatabaseAwaySpec(StoreFixture stores) : IngestSpec(stores)
{
    private const int Buffer = 3;
    private const int Parallelism = 2;

    /// <summary>Several seconds by the fake clock, in which a feed that had a place would ask several times.</summary>
    private const int LooksAtRest = 40;

    [Fact]
    public async Task While_the_database_is_away_the_feed_stops_asking_and_then_nothing_is_missing()
    {
        await using var relay = Relay();
        await using var database = Through(relay);
        await using var run = TradesOver(
            database, "akkacrypto.feeds.coinone.datasets.trades.every = 1s",
            "akkacrypto.streams.trades { batch-size = 1, flush-interval = 10ms }",
            $"akkacrypto.streams.trades {{ buffer = {Buffer}, parallelism = {Parallelism} }}");
        var newest = 200;
        run.Provider.On("/trades/", _ => CoinoneReplies.Newest(Pair, Interlocked.Add(ref newest, 100)));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 2);

        relay.Cut();
        var asked = run.Provider.Asked.Count;
        await run.UntilAsync(() => run.Status.LastError?.Contains("the database does not take writes", StringComparison.Ordinal) == true);
        await run.UntilAsync(() => run.Provider.Asked.Count >= run.Committed.Count + 1 + Buffer);

        // Until all places are taken and nothing is under way: a request that is would run into its deadline when the clock is set on.
        var (before, still) = (0, 0);
        await run.UntilAsync(() =>
        {
            var now = run.Provider.Asked.Count;
            (before, still) = (now, now == before ? still + 1 : 0);
            return still >= LooksAtRest;
        });

        // Hours pass: nothing is asked that there is no place for. One batch of one reply waits at the write, and what stands behind it.
        run.Time.Advance(TimeSpan.FromHours(3));
        await run.UntilAsync(() => run.Status.State == FeedState.BackingOff);
        Assert.InRange(run.Provider.Asked.Count - run.Committed.Count, 1 + Buffer, 1 + Buffer + Parallelism);
        Assert.True(run.Provider.Asked.Count >= asked);
        var fetched = run.Provider.Asked.Count;

        relay.Open();
        await run.UntilAsync(() => run.Committed.Count > fetched);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(101, (await StoredAsync()).Count), await StoredAsync());
        Assert.Empty(await GapsAsync());
        Assert.Equal(0, run.Status.Restarts);
        Assert.Equal((await StoredAsync()).Count, run.Status.Counts.Inserted);
    }

    [Fact]
    public async Task A_feed_that_starts_before_its_database_asks_nobody_until_it_is_there()
    {
        await using var relay = Relay(isOpen: false);
        await using var database = Through(relay);
        await using var run = TradesOver(database);
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        run.Start();

        await run.UntilAsync(() => run.Status.Restarts >= 3);
        Assert.Empty(run.Provider.Asked);
        Assert.Equal(FeedState.BackingOff, run.Status.State);

        relay.Open();
        await run.UntilAsync(() => run.Committed.Count >= 1);
        Assert.Equal([1, 2, 3], await StoredAsync());
        Assert.Equal(FeedState.Running, run.Status.State);
    }

    [Fact]
    public async Task Letters_are_counted_once_however_often_their_write_is_tried()
    {
        await using var relay = Relay();
        await using var database = Through(relay);
        await using var run = TradesOver(database);
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3), ScriptedReply.Ok("garbage"), CoinoneReplies.Trades(Pair, 1, 3));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 1);
        relay.Cut();
        await run.UntilAsync(() => run.Status.LastError?.Contains("the database does not take writes", StringComparison.Ordinal) == true);
        relay.Open();
        await run.UntilAsync(() => run.Status.Counts.Rejected == 1);

        Assert.Equal(["malformed_json 1 garbage"], await LettersAsync());
    }

    private TcpRelay Relay(bool isOpen = true) => new(new NpgsqlConnectionStringBuilder(ConnectionString).Port, isOpen);

    private NpgsqlDataSource Through(TcpRelay relay) => TestDatabase.Open(
        new NpgsqlConnectionStringBuilder(ConnectionString) { Host = "127.0.0.1", Port = relay.Port }.ConnectionString);
}
