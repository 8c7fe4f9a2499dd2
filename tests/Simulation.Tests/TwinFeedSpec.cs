using System.Globalization;
using System.Net.WebSockets;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Simulator;
using AkkaCrypto.Simulator.Binance;
using AkkaCrypto.Simulator.Kraken;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// The feeds of Binance and Kraken against their twins, over real HTTP and websockets: what they bring is what the market model says.
/// </summary>
public sealed class TwinFeedSpec : IAsyncLifetime
{
    private const long Seed = 20_260_101;

    private SimulatorServer simulator = null!;

    public async Task InitializeAsync() => simulator = await SimulatorServer.StartAsync(
        new SimulatorOptions(Seed, Pace: 50, RequestsPerMinute: new Dictionary<string, int> { ["kraken"] = 6000 }), TimeProvider.System);

    public async Task DisposeAsync() => await simulator.DisposeAsync();

    [Theory]
    [InlineData("binance", "btc-usdt")]
    [InlineData("kraken", "btc-usd")]
    public async Task Polled_trades_are_stored_once_each_as_the_market_has_them(string provider, string pair)
    {
        await using var servers = new ServerFixture();
        await using var database = TestDatabase.Open(await servers.NewDatabaseAsync());
        using var feeds = Feeds(provider, pair);
        var pairs = new PairCatalogue(database);
        var stores = FeedStores.Over(database, pairs, TimeProvider.System);
        var (rounds, feed) = (0, feeds.Find(provider, "trades")!);
        var pipeline = new IngestPipeline(
            stores, (_, replies) => Interlocked.Add(ref rounds, replies.Count), TimeProvider.System, new Random(1),
            NullLogger<IngestPipeline>.Instance);
        using var stop = new CancellationTokenSource();
        var running = pipeline.Of(feed).RunAsync(stop.Token);
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref rounds) >= 6), what: "six replies are committed");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        var stored = await StoredAsync(database, provider);
        var said = Tape(provider).From(stored[0].Id, DateTimeOffset.UtcNow).Take(stored.Count).Select(Row).ToList();
        Assert.True(stored.Count >= 1000, $"{stored.Count} trades stored");
        Assert.Equal(said, stored);
        Assert.Equal((0, 0), (feed.Status().OpenGaps, feed.Status().Counts.Differing));
        Assert.True(feed.Status().Counts.Skipped > 0, "the replies overlap");
    }

    [Theory]
    [InlineData("binance", "btc-usdt")]
    [InlineData("kraken", "btc-usd")]
    public async Task The_past_is_walked_page_by_page_without_a_hole(string provider, string pair)
    {
        using var feeds = Feeds(provider, pair);
        var (feed, history) = (feeds.Find(provider, "trades")!, Providers.Find(provider)!.Polled["trades"].History!);
        var to = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddMinutes(-3).ToUnixTimeMilliseconds());
        var range = new HistoryRange(feed.RequestForPair(pair), to.AddMinutes(-2), to);
        var walked = new Dictionary<string, Trade>(StringComparer.Ordinal);
        var pages = 0;
        for (var request = history.First(range); request is not null; pages++)
        {
            var page = new Normalised();
            var reply = await feed.Client.GetAsync(new UpstreamRequest(request.Path, request.Weight), default);
            feed.Normaliser(reply.Body, request.Context, page);
            Assert.Empty(page.Refusals);
            foreach (var trade in page.Records.Cast<Trade>())
            {
                walked[trade.TradeId] = trade;
            }

            request = history.Next(range, request, page.Records);
        }

        var said = Tape(provider).Between(range.From, to).Select(Row).ToList();
        var (first, past) = (range.From.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        var within = walked.Values.Select(Row).Where(row => row.TimeMs >= first && row.TimeMs < past);
        Assert.True(pages > 3, $"{pages} pages");
        Assert.Equal(said, within.OrderBy(row => row.Id));
    }

    [Theory]
    [InlineData("binance", "btc-usdt")]
    [InlineData("kraken", "btc-usd")]
    public async Task A_book_followed_by_the_providers_rules_is_the_markets(string provider, string pair)
    {
        using var feeds = Feeds(provider, pair);
        var (feed, dataset) = (feeds.Find(provider, "orderbook")!, Providers.Find(provider)!.Sockets["orderbook"]);
        var rules = dataset.Books!;
        using var socket = await ConnectAsync(provider, dataset.Plan(feed.Settings));
        var book = new TestKit.Feeds.FollowedBook(rules.Depth);
        var (last, wasWhole, begun, applied) = ((long?)null, false, false, 0);
        while (applied < 8)
        {
            foreach (var record in await FrameAsync(provider, socket))
            {
                if (!begun && rules.Start == BookStart.Rest)
                {
                    var whole = await BookAsync(feed, pair);
                    book.Begin(whole);
                    (last, wasWhole, begun) = (whole.Sequence, true, true);
                }

                switch (record)
                {
                    case OrderBook whole:
                        book.Begin(whole);
                        begun = true;
                        break;
                    case OrderBookDelta delta when rules.StepOf?.Invoke(last, wasWhole, delta) is not BookStep.Old:
                        Assert.NotEqual(BookStep.Gap, rules.StepOf?.Invoke(last, wasWhole, delta) ?? BookStep.Next);
                        book.Apply(delta);
                        Assert.Equal(delta.Checksum, rules.Checksum?.Invoke(book.Bids, book.Asks));
                        AssertIsTheMarkets(provider, delta, book);
                        (last, wasWhole) = (delta.Sequence, false);
                        applied++;
                        break;
                }
            }
        }
    }

    [Theory]
    [InlineData("binance", "btc-usdt")]
    [InlineData("kraken", "btc-usd")]
    public async Task Pushed_trades_are_the_markets_without_a_hole(string provider, string pair)
    {
        using var feeds = Feeds(provider, pair);
        var plan = Providers.Find(provider)!.Sockets["trades"].Plan(feeds.Find(provider, "trades")!.Settings);
        using var socket = await ConnectAsync(provider, plan);
        var pushed = new List<(long Id, long TimeMs, MarketNumber Price, MarketNumber Quantity, bool Bought)>();
        while (pushed.Count < 150)
        {
            pushed.AddRange((await FrameAsync(provider, socket)).OfType<Trade>().Select(Row));
        }

        Assert.Equal(Tape(provider).From(pushed[0].Id, DateTimeOffset.UtcNow.AddSeconds(5)).Take(pushed.Count).Select(Row), pushed);
    }

    private static (long Id, long TimeMs, MarketNumber Price, MarketNumber Quantity, bool Bought) Row(NumberedTrade trade) =>
        (trade.Number, trade.Trade.Time, trade.Trade.Price, trade.Trade.Quantity, trade.Trade.TakerBought);

    private static (long Id, long TimeMs, MarketNumber Price, MarketNumber Quantity, bool Bought) Row(Trade trade) => (
        long.Parse(trade.TradeId, CultureInfo.InvariantCulture), trade.Time.UnixMilliseconds, trade.Price, trade.Quantity,
        trade.TakerSide == TakerSide.Buy);

    private static MarketPair PairOf(string provider) => provider == "binance" ? BinanceMarket.Pairs[0] : KrakenMarket.Pairs[0];

    private static async Task<IReadOnlyList<NormalisedRecord>> FrameAsync(string provider, ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(Bounds.Real);
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        var frame = new Normalised();
        Providers.Find(provider)!.Normalisers["ws"](message.ToArray(), new ReplyContext(), frame);
        Assert.Empty(frame.Refusals);
        return frame.Records;
    }

    private static async Task<OrderBook> BookAsync(Feed feed, string pair)
    {
        var (request, into) = (feed.RequestForPair(pair), new Normalised());
        var reply = await feed.Client.GetAsync(new UpstreamRequest(request.Path, request.Weight), default);
        feed.Normaliser(reply.Body, request.Context, into);
        return Assert.IsType<OrderBook>(Assert.Single(into.Records));
    }

    private TradeTape Tape(string provider) => new(simulator.Market, PairOf(provider));

    private FeedCatalogue Feeds(string provider, string pair)
    {
        var settings = TestSettings.Read($$"""
            akkacrypto.feeds.{{provider}} {
              base-url = "{{simulator.Address}}{{provider}}", budget.per-minute = 10000
              datasets { trades { every = 300ms, pairs = [{{pair}}] }, orderbook.pairs = [{{pair}}] }
            }
            """);
        return new FeedCatalogue(() => settings, () => new SocketsHttpHandler(), TimeProvider.System, new Random(1));
    }

    private async Task<ClientWebSocket> ConnectAsync(string provider, SocketPlan plan)
    {
        var socket = new ClientWebSocket();
        var address = simulator.Address.ToString().Replace("http", "ws", StringComparison.Ordinal);
        await socket.ConnectAsync(new Uri($"{address}{provider}/socket{plan.Path}"), default);
        foreach (var message in plan.Subscribe)
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, default);
        }

        return socket;
    }

    /// <summary>Binance numbers a book by the second in which it began, Kraken tells its time.</summary>
    private void AssertIsTheMarkets(string provider, OrderBookDelta delta, TestKit.Feeds.FollowedBook book)
    {
        var at = delta.Sequence is { } number ? number + 999 : delta.Time!.Value.UnixMilliseconds;
        var said = simulator.Market.Book(
            PairOf(provider), DateTimeOffset.FromUnixTimeMilliseconds(at), provider == "binance" ? BinanceMarket.BookLevels : 100);
        Assert.Equal(said.Bids.Select(level => new BookLevel(level.Price, level.Quantity)), book.Bids);
        Assert.Equal(said.Asks.Select(level => new BookLevel(level.Price, level.Quantity)), book.Asks);
    }

    private static async Task<List<(long Id, long TimeMs, MarketNumber Price, MarketNumber Quantity, bool Bought)>> StoredAsync(
        NpgsqlDataSource database, string exchange)
    {
        await using var command = database.CreateCommand("""
            SELECT t.trade_id::bigint, t.time_ns / 1000000, t.price, t.quantity, t.taker_side = 1
            FROM market.trades t JOIN market.exchanges e USING (exchange_id)
            WHERE e.name = $1 ORDER BY 1
            """);
        command.Parameters.AddWithValue(exchange);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(long, long, MarketNumber, MarketNumber, bool)>();
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetBoolean(4)));
        }

        return rows;
    }
}
