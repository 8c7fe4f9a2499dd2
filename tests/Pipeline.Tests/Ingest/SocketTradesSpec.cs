using System.Globalization;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>
/// Trades that are pushed over a real websocket and polled beside it: whatever happens to either, what is not stored is in the register.
/// </summary>
public sealed class SocketTradesSpec(StoreFixture stores, ITestOutputHelper output) : IngestSpec(stores)
{
    private const string Dataset = "akkacrypto.feeds.coinone.datasets.trades";
    private int _newest = 50;

    [Fact]
    public async Task Pushed_trades_are_stored_without_waiting_for_the_next_round()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 1h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);
        Assert.Contains("\"SUBSCRIBE\"", socket.Heard[0], StringComparison.Ordinal);

        await PushAsync(socket, 51, 60);
        await run.UntilAsync(() => run.Committed.Any(reply => reply.IsPushed && reply.Request.Series == Pair));
        await UntilStoredAsync(run, 60);

        Assert.Equal(Enumerable.Range(1, 60), await StoredAsync());
        Assert.Empty(await GapsAsync());
        Assert.True(run.Status.SocketConnected);
        Assert.Equal(FeedState.Running, run.Status.State);
        Assert.Equal(run.Status.Counts.Attempted, run.Status.Counts.Inserted + run.Status.Counts.Skipped);
    }

    [Theory]
    [InlineData(418)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_connection_that_is_refused_for_a_time_holds_the_provider_and_is_not_tried_before_it_is_over(int status)
    {
        await using var socket = await ScriptedSocket.StartAsync();
        socket.Refusal = (status, "120");
        await using var run = Listening(socket, $"{Dataset}.every = 1h", "akkacrypto.streams.trades.restart.max-backoff = 1s");
        await run.UntilAsync(() => socket.Refused > 0 && run.Feed.Client.Governor.Status().HeldUntil is not null);
        var until = run.Feed.Client.Governor.Status().HeldUntil!.Value;
        Assert.Equal(FeedState.BackingOff, run.Status.State);

        await run.UntilAsync(() => run.Time.GetUtcNow() > until.AddSeconds(-1));
        Assert.Equal(1, socket.Refused);
        socket.Refusal = null;
        await run.UntilAsync(() => socket.Connections == 1);
        Assert.InRange(run.Time.GetUtcNow(), until, until.AddSeconds(60));
    }

    [Fact]
    public async Task What_a_lost_connection_missed_and_REST_still_shows_is_stored()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 1h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        socket.Cut();
        _newest = 180;
        await run.UntilAsync(() => socket.Connections == 2);
        await PushAsync(socket, 181, 190);
        await UntilStoredAsync(run, 190);

        Assert.Equal(Enumerable.Range(1, 190), await StoredAsync());
        Assert.Empty(await GapsAsync());
        Assert.Equal(2, socket.Heard.Count(text => text.Contains("SUBSCRIBE", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_REST_no_longer_shows_after_a_lost_connection_is_a_gap_with_its_exact_bounds()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 1h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);
        await PushAsync(socket, 51, 60);
        await UntilStoredAsync(run, 60);
        await run.UntilAsync(() => run.Provider.Asked.Count >= 2); // the join has shown all that was pushed

        socket.Cut();
        _newest = 1000;
        await run.UntilAsync(() => socket.Connections == 2);
        await PushAsync(socket, 1001, 1003);
        await UntilStoredAsync(run, 1003);

        // REST was asked between the 1,000th trade and the 1,003rd.
        var gap = Assert.Single(await GapsAsync(), gap => gap.StartsWith("60-", StringComparison.Ordinal));
        var shown = int.Parse(gap[3..], CultureInfo.InvariantCulture);
        Assert.InRange(shown, 801, 804);
        Assert.Equal([.. Enumerable.Range(1, 60), .. Enumerable.Range(shown, 1004 - shown)], await StoredAsync());
        Assert.Equal(run.Status.OpenGaps, (await GapsAsync()).Count);
    }

    [Fact]
    public async Task When_REST_is_down_at_the_join_the_hole_before_the_first_pushed_trade_is_a_gap_with_that_reason()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 1h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        run.Provider.On("/trades/", ScriptedReply.Of(503));
        socket.Cut();
        await run.UntilAsync(() => socket.Connections == 2);
        _newest = 70;
        while (!run.Committed.Any(reply => reply.IsPushed))
        {
            await PushAsync(socket, _newest + 1, _newest + 1);
            await LooksAsync(run, 5);
        }

        await UntilStoredAsync(run, _newest);
        Assert.Equal([.. Enumerable.Range(1, 50), .. Enumerable.Range(71, _newest - 70)], await StoredAsync());
        Assert.Equal(["50-71"], await GapsAsync());
        Assert.Equal(
            ["the provider's REST did not show what came before the first pushed record"],
            await ColumnAsync<string>("SELECT reason FROM ops.gaps"));
    }

    [Fact]
    public async Task A_pair_whose_REST_hangs_keeps_no_other_pairs_pushed_trades_waiting()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(
            socket, $"{Dataset} {{ every = 1h, pairs = [eth-krw, btc-krw] }}", "akkacrypto.feeds.coinone.timeout = 10m");
        run.Provider.On("/KRW/ETH", ScriptedReply.Hang);
        var began = run.Time.GetUtcNow();
        await run.UntilAsync(() => socket.Heard.Count == 2 && run.Committed.Count > 0);
        await PushAsync(socket, 51, 60);
        await UntilStoredAsync(run, 60);

        Assert.True(run.Time.GetUtcNow() - began < TimeSpan.FromMinutes(10), "they came before it was given up");
        Assert.Equal(1, run.Provider.AskedFor("/KRW/ETH"));
        Assert.Empty(await GapsAsync());
    }

    [Fact]
    public async Task A_frame_that_the_provider_did_not_send_is_found_by_the_next_round()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 30s");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        await PushAsync(socket, 51, 60);
        await PushAsync(socket, 66, 70);
        await UntilStoredAsync(run, 70);
        await run.UntilAsync(() => run.Status.Counts.Inserted == 70);

        Assert.Equal(Enumerable.Range(1, 70), await StoredAsync());
        Assert.Empty(await GapsAsync());
    }

    [Fact]
    public async Task Pushes_past_half_a_window_are_compared_with_RESTs_list_long_before_the_next_round()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 24h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);
        for (var from = 51; from < 1050; from += 50)
        {
            await PushAsync(socket, from, from + 48); // each fiftieth is never pushed
            _newest = from + 49;
            await UntilStoredAsync(run, from + 48);
            await run.UntilAsync(() => run.Status.Counts.Inserted >= from - 51);
        }

        // In two steps, for the list must have been asked for again before what it was last compared with leaves it.
        await PushAsync(socket, 1051, 1100);
        await run.UntilAsync(() => run.Status.Counts.Inserted >= 1098);
        await PushAsync(socket, 1101, 1160);
        await run.UntilAsync(() => run.Status.Counts.Inserted == 1160);
        Assert.Equal(Enumerable.Range(1, 1160), await StoredAsync());
        Assert.Empty(await GapsAsync());
    }

    [Fact]
    public async Task When_the_store_stands_still_the_connection_closes_and_nothing_is_lost()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(
            socket, $"{Dataset}.every = 1h", "akkacrypto.streams.trades { socket-buffer = 20, buffer = 1, batch-size = 1 }",
            "akkacrypto.streams.trades.flush-interval = 10ms");
        using var gate = new SemaphoreSlim(0);
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        run.OnCommit = _ => gate.Wait(Bounds.Real);
        for (var number = 51; !run.Log.Lines.Any(line => line.Contains("socket-buffer", StringComparison.Ordinal)); number++)
        {
            await PushAsync(socket, number, number);
            await LooksAsync(run, 2);
        }

        run.OnCommit = static _ => { };
        gate.Release(1000);
        await SettleAsync(socket, run);
        await AssertWholeAsync();
        Assert.Empty(await GapsAsync());
    }

    [Fact]
    public async Task Frames_of_nothing_of_other_datasets_and_of_other_pairs_are_left_alone_and_what_cannot_be_read_is_kept()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 1h");
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        await socket.SendAsync(
            """{"response_type":"PONG"}""", """{"response_type":"SUBSCRIBED","channel":"TRADE","data":{}}""",
            CoinoneReplies.Pushed("doge-krw", 55), "{\"response_type\":\"DATA\",\"channel\":\"TRADE\"", """{"response_type":"WHAT"}""");
        await socket.SendAsync("""{"response_type":"ERROR","error_code":160012,"message":"Invalid Topic"}""");
        await run.UntilAsync(() => run.Status.LastError?.Contains("Invalid Topic", StringComparison.Ordinal) == true);
        await PushAsync(socket, 51, 51);
        await UntilStoredAsync(run, 51);

        Assert.Equal(Enumerable.Range(1, 51), await StoredAsync());
        Assert.Equal(2, (await LettersAsync()).Count);
        Assert.Equal(2, run.Status.Counts.Rejected);
        Assert.Equal(1, socket.Connections);
    }

    [Fact]
    public async Task A_pair_that_is_added_is_subscribed_to_and_the_socket_can_be_switched_off_and_on_and_paused()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket, $"{Dataset}.every = 5s");
        run.Provider.On("/KRW/ETH", CoinoneReplies.Trades("eth-krw", 1, 3));
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);

        run.Change($"{Dataset}.pairs = [btc-krw, eth-krw]");
        await run.UntilAsync(() => socket.Connections == 2 && socket.Heard.Count == 3);
        Assert.Contains("ETH", socket.Heard[2], StringComparison.Ordinal);

        run.Change($"{Dataset}.socket = false");
        await run.UntilAsync(() => !socket.IsConnected);
        Assert.Null(run.Status.SocketConnected);
        _newest = 70;
        await UntilStoredAsync(run, 70);

        run.Change();
        await run.UntilAsync(() => socket.Connections == 3);
        run.Change("akkacrypto.streams.trades.paused = true");
        await run.UntilAsync(() => !socket.IsConnected && run.Status.State == FeedState.Paused);
        run.Change();
        await run.UntilAsync(() => socket.Connections == 4 && socket.IsConnected);
        await PushAsync(socket, 71, 75);
        await UntilStoredAsync(run, 75);

        Assert.Equal(Enumerable.Range(1, 75), await ColumnAsync<int>(
            "SELECT trade_id::integer FROM market.trades WHERE currency_pair_no = 1 ORDER BY trade_id::integer"));
        Assert.Empty(await GapsAsync());
        Assert.Equal(0, run.Status.Restarts);
    }

    [Fact]
    public Task A_cancelled_feed_leaves_nothing_running() => StreamAssert.AssertAllStagesStopped(async () =>
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Listening(socket);
        await run.UntilAsync(() => socket.Heard.Count == 1 && run.Committed.Count > 0);
        await PushAsync(socket, 51, 60);
        await run.StopAsync();
        await Eventually.HoldsAsync(() => !socket.IsConnected);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_what_is_not_stored_is_in_the_register(int round)
    {
        var random = new Random(Seed.Next(output) + round);
        await using var socket = await ScriptedSocket.StartAsync();
        var run = Listening(socket, $"{Dataset}.every = 20s", "akkacrypto.streams.trades { socket-buffer = 60, batch-size = 20 }");
        await run.UntilAsync(() => run.Committed.Count > 0);
        for (var step = 0; step < 60; step++)
        {
            await DisturbAsync(random, socket, run);
            await MarketGoesOnAsync(random, socket);
            await LooksAsync(run, random.Next(8));
            if (random.Next(15) == 0)
            {
                await run.DisposeAsync(); // as a killed process: what was not committed is gone
                run = Listening(socket, $"{Dataset}.every = 20s", "akkacrypto.streams.trades { socket-buffer = 60, batch-size = 20 }");
            }
        }

        await SettleAsync(socket, run);
        await run.DisposeAsync();
        await AssertWholeAsync();
        output.WriteLine($"{_newest} trades, {socket.Connections} connections, gaps {string.Join(' ', await GapsAsync())}");
    }

    private async Task DisturbAsync(Random random, ScriptedSocket socket, FeedRun run)
    {
        switch (random.Next(8))
        {
            case 0:
                socket.Cut();
                break;
            case 1:
                socket.Refuses = !socket.Refuses;
                break;
            case 2:
                run.Provider.On("/trades/", ScriptedReply.Of(503));
                break;
            case 3:
                ServeTrades(run);
                break;
            case 4:
                socket.Cut();
                _newest += random.Next(400);
                break;
        }

        await Task.CompletedTask;
    }

    /// <summary>Trades happen, and most of them are pushed; some twice, some out of order.</summary>
    private async Task MarketGoesOnAsync(Random random, ScriptedSocket socket)
    {
        for (var count = random.Next(30); count > 0; count--)
        {
            var number = ++_newest;
            switch (random.Next(10))
            {
                case 0:
                    break;
                case 1:
                    await socket.SendAsync(CoinoneReplies.Pushed(Pair, number), CoinoneReplies.Pushed(Pair, number));
                    break;
                case 2:
                    await socket.SendAsync(CoinoneReplies.Pushed(Pair, number), CoinoneReplies.Pushed(Pair, Math.Max(1, number - 3)));
                    break;
                default:
                    await socket.SendAsync(CoinoneReplies.Pushed(Pair, number));
                    break;
            }
        }
    }

    /// <summary>All is well again, for long enough that a round has compared everything.</summary>
    private async Task SettleAsync(ScriptedSocket socket, FeedRun run)
    {
        socket.Refuses = false;
        ServeTrades(run);
        await run.UntilAsync(() => socket.IsConnected, TimeSpan.FromSeconds(1));
        await PushAsync(socket, _newest + 1, _newest + 3);
        run.Change($"{Dataset}.every = 2s", "akkacrypto.streams.trades { socket-buffer = 60, batch-size = 20 }");
        var last = _newest;
        await run.UntilAsync(
            () => run.Committed.Any(reply => !reply.IsPushed && reply.Content.Records.Count > 0
                && reply.Content.Records.OfType<Contracts.Market.Trade>().Any(trade => trade.TradeId == $"{last}")),
            TimeSpan.FromSeconds(1));
    }

    private async Task AssertWholeAsync()
    {
        var stored = (await StoredAsync()).ToHashSet();
        var gaps = (await GapsAsync()).Select(gap => gap.Split('-').Select(int.Parse).ToList()).Select(gap => (From: gap[0], To: gap[1]))
            .ToList();
        Assert.All(stored, number => Assert.InRange(number, 1, _newest));
        Assert.All(gaps, gap => Assert.True(stored.Contains(gap.From) && stored.Contains(gap.To), $"{gap} is not between stored trades"));
        var lost = Enumerable.Range(1, _newest).Except(stored)
            .Where(number => !gaps.Exists(gap => gap.From < number && number < gap.To)).ToList();
        Assert.True(lost.Count == 0, $"neither stored nor in the register: {string.Join(' ', lost)}");
    }

    private FeedRun Listening(ScriptedSocket socket, params string[] settings)
    {
        var run = Trades([
            $"akkacrypto.feeds.coinone.socket-url = \"{socket.Address}\"", $"{Dataset}.socket = true",
            "akkacrypto.feeds.coinone.circuit { failures = 1000 }", "akkacrypto.feeds.coinone.budget.per-minute = 100000", .. settings]);
        ServeTrades(run);
        return run.Start();
    }

    private void ServeTrades(FeedRun run) => run.Provider.On("/trades/", _ => CoinoneReplies.Newest(Pair, Volatile.Read(ref _newest)));

    /// <summary>The trades happen now and are pushed.</summary>
    private async Task PushAsync(ScriptedSocket socket, int from, int to)
    {
        for (var number = from; number <= to; number++)
        {
            _newest = Math.Max(_newest, number);
            await socket.SendAsync(CoinoneReplies.Pushed(Pair, number));
        }
    }

    /// <summary>Lets the graph go on for so many tenths of a second of its clock.</summary>
    private static Task LooksAsync(FeedRun run, int looks) => run.UntilAsync(() => looks-- <= 0, null, "looks");

    private static Task UntilStoredAsync(FeedRun run, int number, TimeSpan? step = null) => run.UntilAsync(
        () => run.Committed.Any(reply => reply.Request.Series == Pair
            && reply.Content.Records.OfType<Contracts.Market.Trade>().Any(trade => trade.TradeId == $"{number}")),
        step, $"trade {number} is stored");
}
