using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>The whole way of the data: scripted replies, a fake clock, a real database.</summary>
public sealed class IngestPipelineSpec(StoreFixture stores) : IngestSpec(stores)
{
    private static readonly SeriesKey Series = new("coinone", "trades", Pair);

    [Fact]
    public Task Records_that_several_replies_show_are_stored_once_and_counted_exactly() => AssertAllStagesStopped(async () =>
    {
        await using var run = Trades();
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 10), CoinoneReplies.Trades(Pair, 6, 15));
        run.Start();

        await run.UntilAsync(() => run.Committed.Count >= 3);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(1, 15), await StoredAsync());
        var counts = run.Status.Counts;
        Assert.Equal(15, counts.Inserted);
        Assert.Equal(counts.Attempted, counts.Inserted + counts.Skipped);
        Assert.True(counts.Skipped >= 5, $"{counts}");
        Assert.Equal(Place(15), PlaceOf(await run.Stores.Positions.FindAsync(Series, default)));
        Assert.Empty(await GapsAsync());
    });

    [Fact]
    public async Task What_the_provider_no_longer_showed_is_in_the_gap_register_with_its_exact_bounds()
    {
        await using var run = Trades();
        run.Provider.On("/trades/", CoinoneReplies.Newest(Pair, 200), CoinoneReplies.Newest(Pair, 500));
        run.Start();

        await run.UntilAsync(() => run.Committed.Count >= 3);

        Assert.Equal(["200-301"], await GapsAsync());
        Assert.Equal(400, (await StoredAsync()).Count);
        Assert.Equal(1, run.Status.OpenGaps);
        Assert.Single(run.Log.Lines, line => line.Contains("missed what came between", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_series_that_hangs_holds_up_no_other_and_is_asked_for_once_at_a_time()
    {
        var timeout = TimeSpan.FromMinutes(10);
        await using var run = Trades(
            "akkacrypto.feeds.coinone.datasets.trades.pairs = [btc-krw, eth-krw, xrp-krw]",
            $"akkacrypto.feeds.coinone.timeout = {timeout.TotalSeconds}s");
        run.Provider.On("/ETH", CoinoneReplies.Trades("eth-krw", 1, 3), CoinoneReplies.Trades("eth-krw", 1, 6));
        run.Provider.On("/XRP", CoinoneReplies.Trades("xrp-krw", 1, 3));
        run.Provider.On("/BTC", ScriptedReply.Hang);
        var began = run.Time.GetUtcNow();
        run.Start();

        await run.UntilAsync(
            () => run.Provider.AskedFor("/ETH") >= 3 && run.Provider.AskedFor("/XRP") >= 3 && run.Status.Counts.Inserted == 9);

        Assert.True(run.Time.GetUtcNow() - began < timeout, "the others came before it was given up");
        Assert.Equal(1, run.Provider.AskedFor("/BTC"));
        Assert.Equal(2, run.Provider.MostAtOnce);
    }

    [Fact]
    public async Task A_restart_amid_replies_in_flight_neither_loses_nor_doubles_and_hides_no_gap()
    {
        // What is fetched when the graph breaks never gets to the database; the next run must see the gap that those replies would have
        // shown.
        await using var run = Trades();
        var broken = false;
        run.Provider.On("/trades/", request => CoinoneReplies.Newest(Pair, request.Number switch { 1 => 200, 2 => 300, _ => 700 }));
        run.ReadBy(normaliser => (payload, context, into) =>
        {
            if (run.Provider.Asked.Count == 2 && !broken)
            {
                broken = true;
                throw new InvalidOperationException("the graph breaks here");
            }

            normaliser(payload, context, into);
        });
        run.Start();

        await run.UntilAsync(() => run.Committed.Count >= 3);

        Assert.True(run.Status.Restarts >= 1);
        Assert.Equal(["200-501"], await GapsAsync());
        Assert.Equal([.. Enumerable.Range(1, 200), .. Enumerable.Range(501, 200)], await StoredAsync());
        Assert.Equal(400, run.Status.Counts.Inserted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_process_that_ends_at_any_batch_goes_on_where_it_was_committed(int stopAfter)
    {
        // A window of trades that moves on with every request: 50 new ones each.
        var asked = 0;
        ScriptedReply Next(ScriptedRequest request) => CoinoneReplies.Newest(Pair, 200 + (50 * Interlocked.Increment(ref asked)));
        await using (var first = Trades())
        {
            first.Provider.On("/trades/", Next);
            first.Start();
            await first.UntilAsync(() => first.Committed.Count >= stopAfter);
            await first.StopAsync();
        }

        await using var second = Trades();
        second.Provider.On("/trades/", Next);
        second.Start();
        await second.UntilAsync(() => second.Committed.Count >= 2);
        await second.StopAsync();

        var stored = await StoredAsync();
        Assert.Equal(stored, stored.Distinct());
        Assert.Equal(Enumerable.Range(stored[0], stored.Count), stored);
        Assert.Empty(await GapsAsync());
        Assert.True(stored[^1] >= 200 + (50 * (stopAfter + 2)), $"the last stored is {stored[^1]}");
    }

    [Fact]
    public async Task Garbage_goes_to_the_dead_letters_whole_and_the_feed_goes_on()
    {
        await using var run = Trades();
        run.Provider.On("/trades/", ScriptedReply.Ok("<html>busy</html>"), CoinoneReplies.Trades(Pair, 1, 3));
        run.Start();

        await run.UntilAsync(() => run.Status.Counts.Rejected > 0);
        Assert.Equal(FeedState.BackingOff, run.Status.State);
        Assert.Null(run.Status.LastSuccessAt);
        await run.UntilAsync(() => run.Status.Counts.Inserted > 0);

        Assert.Equal(["malformed_json 1 <html>busy</html>"], await LettersAsync());
        Assert.Equal([1, 2, 3], await StoredAsync());
        Assert.Equal((FeedState.Running, 1), (run.Status.State, run.Status.Counts.Rejected));
        Assert.Contains("malformed_json", run.Status.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_of_any_scale_are_stored_and_those_too_long_are_rounded_and_counted()
    {
        await using var run = Trades();
        run.Provider.On("/trades/", ScriptedReply.Ok("""
            {"result":"success","error_code":"0","server_time":1790134177835,"quote_currency":"KRW","target_currency":"BTC","transactions":[
            {"id":"1","timestamp":1790134177835,"price":"0.12345678901234567890123456785","qty":"1.25e-40","is_seller_maker":true}]}
            """));
        run.Start();

        await run.UntilAsync(() => run.Status.Counts.Inserted > 0);
        Assert.True(run.Status.Rounded > 0);
        var stored = (await run.Stores.Trades.ReadAsync("coinone", Pair, new PageRequest(null, null, 5, null), default)).Records;
        Assert.Equal(
            ("0.1234567890123456789012345678", "0.000000000000000000000000000000000000000125"),
            (Assert.Single(stored).Price.ToString(), stored[0].Quantity.ToString()));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(503)]
    public async Task A_providers_own_error_is_no_dead_letter_and_no_success(int status)
    {
        await using var run = Trades("akkacrypto.feeds.coinone.attempts = 1");
        run.Provider.On("/trades/", CoinoneReplies.Error("405", "Server error") with { Status = status });
        run.Start();

        await run.UntilAsync(() => run.Provider.Asked.Count >= 3);

        Assert.Equal(FeedState.BackingOff, run.Status.State);
        Assert.Contains("provider_unavailable", run.Status.LastError, StringComparison.Ordinal);
        Assert.Null(run.Status.LastSuccessAt);
        Assert.Equal(default, run.Status.Counts);
        Assert.Empty(await LettersAsync());
        Assert.Empty(run.Committed);
    }

    [Fact]
    public async Task A_reply_that_the_database_refuses_is_set_aside_alone_and_its_gap_is_found()
    {
        // Both replies of a round come into one batch; the second pair's has a side that the table does not know.
        await using var run = Trades(
            "akkacrypto.feeds.coinone.datasets.trades { pairs = [btc-krw, eth-krw], every = 5s }",
            "akkacrypto.streams.trades.flush-interval = 1s");
        run.Provider.On("/KRW/BTC", CoinoneReplies.Newest(Pair, 200));
        run.Provider.On(
            "/KRW/ETH", CoinoneReplies.Newest("eth-krw", 200), CoinoneReplies.Newest("eth-krw", 300),
            CoinoneReplies.Newest("eth-krw", 500));
        run.ReadBy(normaliser => (payload, context, into) =>
        {
            normaliser(payload, context, into);
            if (context.Pair == "eth-krw" && into.Records.OfType<Trade>().Any(trade => trade.TradeId == "300") && into.Records.Count > 0
                && !into.Records.OfType<Trade>().Any(trade => trade.TradeId == "500"))
            {
                into.Records[0] = (Trade)into.Records[0] with { TakerSide = (TakerSide)3 };
            }
        });
        run.Start();

        await run.UntilAsync(
            () => run.Provider.AskedFor("/KRW/ETH") >= 4 && run.Committed.Count(reply => reply.Request.Series == "eth-krw") >= 2);

        var letter = Assert.Single(await LettersAsync());
        Assert.StartsWith("invalid_field 1 {\"result\":\"success\"", letter, StringComparison.Ordinal);
        Assert.Equal(["200-301"], await GapsAsync());
        Assert.Equal(0, run.Status.Restarts);
        Assert.Equal(200, run.Status.Counts.Rejected);
        var eth = await run.Stores.Trades.ReadAsync("coinone", "eth-krw", new PageRequest(null, null, 1000, null), default);
        Assert.Equal(400, eth.Records.Count);
        Assert.DoesNotContain(run.Committed, reply => reply.Content.Records.OfType<Trade>().Any(trade => trade.TakerSide == (TakerSide)3));
        Assert.True(run.Committed.Count(reply => reply.Request.Series == Pair) >= 2);
    }

    [Fact]
    public async Task A_position_that_another_writer_moved_starts_the_graph_anew_from_there()
    {
        await using var run = Trades();
        run.Provider.On(
            "/trades/", CoinoneReplies.Trades(Pair, 1, 3), CoinoneReplies.Trades(Pair, 1, 4), CoinoneReplies.Trades(Pair, 1, 20));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 1);
        await ColumnAsync<long>("UPDATE ops.feed_positions SET version = version + 7 RETURNING version");

        await run.UntilAsync(() => run.Committed.Count >= 3);

        Assert.Equal(1, run.Status.Restarts);
        Assert.Equal(Enumerable.Range(1, 20), await StoredAsync());
        Assert.Contains(run.Log.Lines, line => line.Contains(nameof(PositionMovedException), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_content_under_a_stored_key_is_kept_aside_and_alarmed()
    {
        await using var run = Trades();
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 2), CoinoneReplies.Trades(Pair, 2, 2, price: "999"));
        run.Start();

        await run.UntilAsync(() => run.Status.Counts.Differing > 0);

        Assert.Equal([100.5m, 100.5m], await ColumnAsync<decimal>("SELECT price FROM market.trades"));
        Assert.Contains(run.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)
            && line.Contains("came with other content", StringComparison.Ordinal));
        Assert.StartsWith("differing", Assert.Single(await LettersAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_history_is_asked_for_until_it_is_committed_and_again_a_day_later()
    {
        await using var run = new FeedRun(
            Database, "coingecko", "market_chart",
            """
            akkacrypto.feeds.coingecko { attempts = 1, datasets.market-chart {
              every = 6h, assets = [bitcoin], currencies = [usd], intervals = [daily], history-days = 365 } }
            """);
        run.Provider.On("/market_chart", ScriptedReply.Of(500), ScriptedReply.Ok("""{"prices":[[1767139200000,87000.5]],"market_caps":[],"total_volumes":[]}"""));
        run.Start();

        await run.UntilAsync(() => run.Status.LastError is not null);
        for (var asked = 2; asked <= 8; asked++)
        {
            // Timers go off one after the other only as the graph arms them, so hours pass in steps.
            await run.UntilAsync(
                () => run.Provider.Asked.Count >= asked && run.Committed.Count >= asked - 1, TimeSpan.FromMinutes(10));
        }

        var days = run.Provider.Asked.Select(request => request.Path.Contains("days=365", StringComparison.Ordinal) ? "all" : "new");
        Assert.Equal(["all", "all", "new", "new", "new", "new", "all", "new"], days.Take(8));
    }

    [Fact]
    public async Task The_providers_key_is_in_no_log_line_no_letter_and_no_status()
    {
        const string Secret = "s3cr3t-of-the-provider";
        await using var run = new FeedRun(
            Database, "coingecko", "simple_price",
            $"akkacrypto.feeds.coingecko {{ api-key = {Secret}, attempts = 1, "
            + "datasets.simple-price { every = 1s, assets = [bitcoin], currencies = [usd] } }");
        run.Provider.On(
            "/simple/price", ScriptedReply.Ok("garbage"), ScriptedReply.Broken("no route"), ScriptedReply.Of(500), ScriptedReply.Ok("[]"));
        run.Start();

        await run.UntilAsync(() => run.Provider.Asked.Count >= 6);

        Assert.All(run.Provider.Asked, request => Assert.Equal(Secret, request.Headers["x-cg-demo-api-key"]));
        var origins = await ColumnAsync<string>("SELECT origin || ' ' || reason FROM ops.dead_letters");
        Assert.NotEmpty(origins);
        Assert.DoesNotContain(
            [.. run.Log.Lines, .. origins, run.Status.ToString()], text => text.Contains(Secret, StringComparison.Ordinal));
    }

    private static (DateTimeOffset, string)? PlaceOf(FeedPosition? position) =>
        position is null ? null : (position.Time.ToDateTimeOffset(), position.RecordId);

    private static (DateTimeOffset, string) Place(int trade) => (CoinoneReplies.TimeOf(trade), $"{trade}");
}
