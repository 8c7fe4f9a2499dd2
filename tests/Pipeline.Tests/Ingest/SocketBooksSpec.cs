using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>Books that are followed over a real websocket: what readers see while messages go missing.</summary>
public sealed class SocketBooksSpec(StoreFixture stores, ITestOutputHelper output) : IngestSpec(stores)
{
    private const string Dataset = "akkacrypto.feeds.coinone.datasets.orderbook";
    private static readonly BookRules Rest = new(BookStart.Rest, NumberedMarket.StepOf);
    private static readonly BookRules Subscription = new(BookStart.Subscription, NumberedMarket.StepOf);

    private readonly NumberedMarket _market = new(new Random(7));

    [Fact]
    public async Task A_book_by_REST_becomes_valid_is_stored_and_a_missing_message_is_seen_before_the_book_is_fetched_again()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest);
        await run.UntilAsync(() => socket.IsConnected);
        Assert.Equal(BookState.Resyncing, Live(run).State);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run).State == BookState.Valid);
        Assert.Equal(_market.Now().Bids, Live(run).Read()!.Book.Bids);
        await run.UntilAsync(() => run.Committed.Count == 1);
        Assert.Equal(1, run.Status.SeriesWithData);

        var asked = run.Provider.Asked.Count;
        run.Provider.On("/orderbook/", ScriptedReply.Hang);
        var known = Live(run).Read()!.Book;
        _market.Move(); // never told
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run).State == BookState.Resyncing);
        Assert.Same(known, Live(run).Read()!.Book);
        Assert.Contains("a message is missing", Live(run).Reason, StringComparison.Ordinal);
        await run.UntilAsync(() => run.Provider.Asked.Count > asked && run.Status.BooksResyncing == 1);
        Assert.Equal(1, socket.Connections);
    }

    [Fact]
    public async Task A_book_that_does_not_come_right_is_asked_for_once_per_backoff()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest, "akkacrypto.streams.orderbooks.restart { min-backoff = 1s, max-backoff = 8s }");
        _market.Move();
        var stale = _market.Now();
        _market.Move();
        run.Provider.On("/orderbook/", _ => ScriptedReply.Ok(NumberedMarket.Text(stale)));
        await run.UntilAsync(() => socket.IsConnected);
        for (var told = 0; told < 60 && run.Provider.Asked.Count < 6; told++)
        {
            await TellAsync(socket, _market.Move());
            var until = run.Time.GetUtcNow() + TimeSpan.FromSeconds(1);
            await run.UntilAsync(() => run.Time.GetUtcNow() >= until);
        }

        var waits = run.Provider.Asked.Zip(run.Provider.Asked.Skip(1), (one, next) => next.At - one.At).ToList();
        Assert.Equal(5, waits.Count);
        Assert.All(waits.Zip([1, 2, 4, 8, 8]), wait => Assert.True(wait.First >= TimeSpan.FromSeconds(wait.Second), $"{wait}"));
        Assert.Equal(BookState.Resyncing, Live(run).State);
        Assert.Empty(run.Committed);
    }

    [Fact]
    public async Task A_book_by_subscription_is_subscribed_to_anew_when_a_message_is_missing()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        _market.Move();
        socket.Greeting = () => [NumberedMarket.Text(_market.Now())];
        await using var run = Following(socket, Subscription);
        await run.UntilAsync(() => run.Stores.OrderBooks.Live.Find("coinone", Pair)?.State == BookState.Valid);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run).Read()!.Book.Sequence == _market.Sequence);

        _market.Move(); // never told
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => socket.Connections == 2 && Live(run).State == BookState.Valid);
        Assert.Equal(_market.Now().Asks, Live(run).Read()!.Book.Asks);
        Assert.Equal(["btc-krw", "btc-krw"], socket.Heard);
        Assert.Empty(run.Provider.Asked);
        Assert.Equal(0, run.Status.Restarts);
    }

    [Fact]
    public async Task A_book_that_can_be_begun_anew_over_its_connection_is_and_the_connection_stays()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        _market.Move();
        socket.Greeting = () => [NumberedMarket.Text(_market.Now())];
        await using var run = Following(
            socket, Subscription, beginsAnew: true, "akkacrypto.streams.orderbooks.restart { min-backoff = 1s, max-backoff = 8s }");
        await run.UntilAsync(() => run.Stores.OrderBooks.Live.Find("coinone", Pair)?.State == BookState.Valid);

        _market.Move(); // never told
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => socket.Heard.Count > 1);
        Assert.Equal(BookState.Resyncing, Live(run).State);
        Assert.Contains("a message is missing", Live(run).Reason, StringComparison.Ordinal);
        await TellAsync(socket, _market.Move()); // of before it begins anew
        await run.UntilAsync(() => socket.Heard.Count > 2); // no book came, so after a pause it is asked for again

        await socket.SendAsync(NumberedMarket.Text(_market.Now()));
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run) is { State: BookState.Valid } book && book.Read()!.Book.Sequence == _market.Sequence);
        Assert.Equal(_market.Now().Asks, Live(run).Read()!.Book.Asks);
        Assert.Equal("btc-krw", socket.Heard[0]);
        Assert.All(socket.Heard.Skip(1), said => Assert.Equal("anew btc-krw", said));
        Assert.Equal((1, 0L), (socket.Connections, run.Status.Restarts));
        Assert.Empty(run.Provider.Asked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_the_provider_closes_is_opened_anew_and_its_book_begun_anew(bool byRest)
    {
        await using var socket = await ScriptedSocket.StartAsync();
        _market.Move();
        socket.Greeting = () => byRest ? [] : [NumberedMarket.Text(_market.Now())];
        await using var run = Following(socket, byRest ? Rest : Subscription);
        await run.UntilAsync(() => socket.IsConnected);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run).State == BookState.Valid);

        await socket.CloseAsync();
        await run.UntilAsync(() => socket.Connections == 2);
        Assert.Contains("the provider closed it", run.Status.LastError, StringComparison.Ordinal);
        await run.UntilAsync(() => socket.IsConnected);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run) is { State: BookState.Valid } book && book.Read()!.Book.Sequence == _market.Sequence);
    }

    [Fact]
    public async Task A_whole_book_that_is_crossed_is_not_waited_with_but_had_anew()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        _market.Move();
        var isRight = false;
        socket.Greeting = () => [NumberedMarket.Text(isRight ? _market.Now() : _market.Now() with { Bids = _market.Now().Asks })];
        await using var run = Following(socket, Subscription);
        await run.UntilAsync(() => socket.Connections > 1);
        Assert.Equal(BookState.Resyncing, Live(run).State);
        isRight = true;
        await run.UntilAsync(() => Live(run).State == BookState.Valid);
    }

    [Fact]
    public async Task A_node_that_only_reads_knows_of_a_resyncing_book_and_of_a_valid_one()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest);
        var reader = new OrderBookStore(Database, new PairCatalogue(Database), run.Time);
        await run.UntilAsync(() => socket.IsConnected);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => run.Committed.Count == 1);
        await UntilAsync(run, async () => (await StatedAsync(reader))?.State == BookState.Valid);

        socket.Refuses = true;
        socket.Cut();
        await UntilAsync(run, async () => (await StatedAsync(reader))?.State == BookState.Resyncing);
        Assert.Equal(_market.Now().Bids, (await StatedAsync(reader))!.Book.Bids);
        Assert.Equal(BookState.Resyncing, (await StatedAsync(run.Stores.OrderBooks))!.State);
        Assert.False(run.Status.SocketConnected);
        Assert.Contains("websocket", run.Status.LastError, StringComparison.Ordinal);

        // The snapshot that stood at a time was right then, and is.
        var at = await reader.ReadStatedAsync("coinone", Pair, run.Time.GetUtcNow() + TimeSpan.FromDays(1), default);
        Assert.Equal(BookState.Valid, at!.State);

        socket.Refuses = false;
        await run.UntilAsync(() => socket.Connections == 2, TimeSpan.FromSeconds(1));
        await TellAsync(socket, _market.Move());
        await UntilAsync(run, async () => (await StatedAsync(reader))?.State == BookState.Valid);
        Assert.Empty(await ColumnAsync<int>("SELECT currency_pair_no FROM market.order_book_resyncs"));
    }

    [Fact]
    public async Task Snapshots_are_stored_at_the_pace_of_the_setting_and_only_of_books_that_changed()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest, $"{Dataset}.every = 10s");
        await run.UntilAsync(() => socket.IsConnected);
        var started = run.Time.GetUtcNow();
        while (run.Committed.Count < 4)
        {
            await TellAsync(socket, _market.Move());
            await run.UntilAsync(() => true);
        }

        var took = run.Time.GetUtcNow() - started;
        Assert.True(took >= TimeSpan.FromSeconds(30), $"four snapshots within {took}");
        await run.UntilAsync(() => Live(run).Read()!.Book.Sequence == _market.Sequence);
        var sequences = await ColumnAsync<long>("SELECT sequence_id FROM market.order_book_snapshots ORDER BY snapshot_id");
        Assert.Equal(sequences.Distinct(), sequences);
        foreach (var reply in run.Committed)
        {
            var stored = (OrderBook)reply.Content.Records.Single();
            Assert.Equal(_market.At(stored.Sequence!.Value).Asks, stored.Asks);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_never_sees_a_valid_book_that_is_wrong(bool byRest)
    {
        var random = new Random(Seed.Next(output));
        await using var socket = await ScriptedSocket.StartAsync();
        _market.Move();
        socket.Greeting = () => byRest ? [] : [NumberedMarket.Text(_market.Now())];
        await using var run = Following(socket, byRest ? Rest : Subscription);
        await run.UntilAsync(() => socket.IsConnected);
        using var done = new CancellationTokenSource();
        var (valid, resyncing) = (0, 0);
        var reading = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                if (run.Stores.OrderBooks.Live.Find("coinone", Pair)?.Read() is not { State: BookState.Valid, Book: var book })
                {
                    resyncing++;
                    continue;
                }

                valid++;
                var truth = _market.At(book.Sequence!.Value);
                Assert.Equal(truth.Bids, book.Bids);
                Assert.Equal(truth.Asks, book.Asks);
            }
        });
        for (var step = 0; step < 400; step++)
        {
            var delta = _market.Move();
            switch (random.Next(40))
            {
                case 0:
                    break;
                case 1:
                    await TellAsync(socket, delta, delta);
                    break;
                case 2 when step % 4 == 0:
                    socket.Cut();
                    break;
                default:
                    await TellAsync(socket, delta);
                    break;
            }

            var looks = random.Next(2);
            await run.UntilAsync(() => looks-- <= 0);
        }

        while (Live(run).Read() is not { State: BookState.Valid, Book: var now } || now.Sequence != _market.Sequence)
        {
            await TellAsync(socket, _market.Move());
            var looks = 20;
            await run.UntilAsync(() => looks-- <= 0);
        }

        await done.CancelAsync();
        await reading.Within("the reader ends");
        output.WriteLine($"{valid} reads valid, {resyncing} not; {socket.Connections} connections, {run.Provider.Asked.Count} asks");
        Assert.True(valid > 0 && resyncing > 0);
        Assert.Equal(0, run.Status.Restarts);
    }

    [Fact]
    public async Task A_frame_that_cannot_be_read_is_kept_and_makes_every_book_of_deltas_doubtful()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest);
        await run.UntilAsync(() => socket.IsConnected);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => Live(run).State == BookState.Valid);

        run.Provider.On("/orderbook/", ScriptedReply.Hang);
        await socket.SendAsync("{\"kind\":");
        await run.UntilAsync(() => Live(run).State == BookState.Resyncing && run.Status.Counts.Rejected == 1);
        Assert.Equal("a frame could not be read", Live(run).Reason);
        Assert.Equal("malformed_json 1 {\"kind\":", Assert.Single(await LettersAsync()));
    }

    [Fact]
    public async Task A_database_that_is_away_holds_no_book_up()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(
            socket, Rest, $"{Dataset}.every = 100ms", "akkacrypto.streams.orderbooks { buffer = 1, batch-size = 1 }");
        using var gate = new SemaphoreSlim(0);
        run.OnCommit = _ => gate.Wait(Bounds.Real);
        await run.UntilAsync(() => socket.IsConnected);
        for (var step = 0; step < 100; step++)
        {
            await TellAsync(socket, _market.Move());
            await run.UntilAsync(() => true);
        }

        await run.UntilAsync(() => Live(run).Read()?.Book.Sequence == _market.Sequence);
        Assert.Equal((BookState.Valid, 1), (Live(run).State, socket.Connections));
        gate.Release(10_000);
    }

    [Fact]
    public async Task Switched_off_a_feed_follows_no_book_and_leaves_no_doubt_behind()
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest);
        await run.UntilAsync(() => socket.IsConnected);
        await UntilAsync(run, async () => (await ColumnAsync<int>("SELECT currency_pair_no FROM market.order_book_resyncs")).Count == 1);

        run.Change($"{Dataset}.socket = false");
        await run.UntilAsync(() => !socket.IsConnected && run.Stores.OrderBooks.Live.Find("coinone", Pair) is null);
        _market.Move();
        await run.UntilAsync(() => run.Committed.Count > 0);
        Assert.Equal(BookState.Valid, (await StatedAsync(run.Stores.OrderBooks))!.State);
        Assert.Null(run.Status.BooksResyncing);
        Assert.Null(run.Status.SocketConnected);

        run.Change();
        await run.UntilAsync(() => socket.Connections == 2);
        Assert.Equal(BookState.Resyncing, Live(run).State);
    }

    [Fact]
    public Task A_cancelled_feed_leaves_nothing_running() => StreamAssert.AssertAllStagesStopped(async () =>
    {
        await using var socket = await ScriptedSocket.StartAsync();
        await using var run = Following(socket, Rest);
        await run.UntilAsync(() => socket.IsConnected);
        await TellAsync(socket, _market.Move());
        await run.UntilAsync(() => run.Committed.Count == 1);
        await run.StopAsync();
        Assert.Null(run.Stores.OrderBooks.Live.Find("coinone", Pair));
    });

    [Fact]
    public async Task A_polled_book_that_is_crossed_is_refused_with_the_reason_and_not_stored()
    {
        await using var run = new FeedRun(Database, "coinone", "orderbook", $"{Dataset} {{ pairs = [btc-krw], every = 1s }}");
        run.Provider.On("/orderbook/", ScriptedReply.Ok(
            """
            {"result":"success","error_code":"0","timestamp":1767225600000,"id":"1","quote_currency":"KRW","target_currency":"BTC",
            "bids":[{"price":"101","qty":"1"}],"asks":[{"price":"100","qty":"1"}]}
            """));
        run.Start();
        await run.UntilAsync(() => run.Status.Counts.Rejected > 0);
        Assert.Equal(0, run.Status.Counts.Inserted);
        Assert.Equal(
            ["The book is crossed: its best bid 101 is no lower than its best ask 100."],
            await ColumnAsync<string>("SELECT reason FROM ops.dead_letters"));
    }

    private FeedRun Following(ScriptedSocket socket, BookRules rules, params string[] settings) =>
        Following(socket, rules, beginsAnew: false, settings);

    private FeedRun Following(ScriptedSocket socket, BookRules rules, bool beginsAnew, params string[] settings)
    {
        var run = new FeedRun(
            Database, "coinone", "orderbook",
            [
                $"{Dataset} {{ pairs = [btc-krw], socket = true, every = 1s }}",
                $"akkacrypto.feeds.coinone.socket-url = \"{socket.Address}\"", .. settings,
            ]);
        run.Provider.On("/orderbook/", _ => ScriptedReply.Ok(NumberedMarket.Text(_market.Now())));
        return run.Over(new NumberedMarket.Provider(rules, beginsAnew)).Start();
    }

    private static LiveBook Live(FeedRun run) => run.Stores.OrderBooks.Live.Find("coinone", Pair)!;

    private static Task<StatedBook?> StatedAsync(OrderBookStore store) => store.ReadStatedAsync("coinone", Pair, null, default);

    private static Task TellAsync(ScriptedSocket socket, params IEnumerable<OrderBookDelta> deltas) =>
        socket.SendAsync(deltas.Select(NumberedMarket.Text));

    private static Task UntilAsync(FeedRun run, Func<Task<bool>> holds) => Eventually.HoldsAsync(async () =>
    {
        run.Time.Advance(TimeSpan.FromMilliseconds(100));
        return await holds();
    });
}
