using System.Net.WebSockets;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Simulator;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Upbit, Bithumb and Coinone against their twins over real HTTP and websockets: what the feeds make of the wire is what the market says.
/// </summary>
public sealed class KoreanExchangesSpec
{
    private const long Seed = 20_260_101;

    private static readonly DateTimeOffset Start = new(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero);

    private static readonly Dictionary<string, int> NoLimit =
        new() { ["upbit"] = 6_000_000, ["bithumb"] = 6_000_000, ["coinone"] = 6_000_000 };

    public static readonly TheoryData<string> Exchanges = ["upbit", "bithumb", "coinone"];

    [Fact]
    public async Task What_the_feeds_store_of_trades_and_books_is_what_the_market_says()
    {
        await using var servers = new ServerFixture();
        await using var database = TestDatabase.Open(await servers.NewDatabaseAsync());
        await using var simulator = await SimulatorServer.StartAsync(new SimulatorOptions(Seed, Pace: 20), TimeProvider.System);
        await using var lent = new FeedRun(database, "upbit", "trades");
        var settings = Settings(simulator.Address).WithFeedsOf("upbit", "bithumb");
        using var feeds = new FeedCatalogue(() => settings, () => new SocketsHttpHandler(), TimeProvider.System, new Random(1));
        var pipeline = new IngestPipeline(lent.Stores, (_, _) => { }, TimeProvider.System, new Random(1), lent.Log);
        var host = FeedHost.Start(feeds, pipeline, NullLogger<FeedHost>.Instance);
        await Eventually.HoldsAsync(() => feeds.All.All(
            feed => feed.Status().Counts.Inserted >= feed.Dataset switch { "trades" => 500, "orderbook" => 6, _ => 1 }));
        await host.DisposeAsync().Within("the host stops");

        foreach (var exchange in new[] { "upbit", "bithumb" })
        {
            Assert.All(
                await TradeTruth.CheckAsync(database, simulator.Market, exchange, "btc-krw", "eth-krw"),
                verdict => Assert.True(verdict is { Holds: true, Gaps: 0 }, $"{exchange} {verdict}"));
        }

        await AssertBooksAsync(database, simulator.Market);
        Assert.All(host.Statuses(), status => Assert.Equal(0, status.Restarts));
        Assert.All(host.Statuses(), status => Assert.Equal(status.Counts.Attempted, status.Counts.Inserted + status.Counts.Skipped));
    }

    [Theory]
    [InlineData("upbit", "2026-03-12T23:55:00Z", "2026-03-13T00:05:00Z")]
    [InlineData("upbit", "2026-03-14T09:00:00Z", "2026-03-14T09:10:00Z")]
    [InlineData("bithumb", "2026-03-14T14:50:00Z", "2026-03-14T15:05:00Z")]
    public async Task A_range_of_the_past_is_walked_whole(string exchange, string from, string to)
    {
        await using var simulator = await FixedAsync();
        var (start, end) = (Time(from), Time(to));
        var pages = await WalkAsync<Trade>(simulator, exchange, "trades", start, end);
        var walked = pages.DistinctBy(trade => trade.TradeId)
            .Where(trade => trade.Time.ToDateTimeOffset() >= start && trade.Time.ToDateTimeOffset() < end);
        var said = simulator.Market.Trades(TradeTruth.PairOf(exchange, "btc-krw"), start, end)
            .Select(trade => TradeTruth.AsOn(exchange, trade)).ToList();
        Assert.Equal(
            said.Select(trade => (
                trade.Id, trade.Time, (MarketNumber)trade.Price, (MarketNumber)trade.Quantity, trade.TakerBought)).Order(),
            walked.Select(trade => (
                trade.TradeId, trade.Time.UnixMilliseconds, trade.Price, trade.Quantity, trade.TakerSide is TakerSide.Buy)).Order());
        Assert.True(pages.Count < 6_000, $"{pages.Count} trades were asked for to see {said.Count}");
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task Candles_of_the_past_are_walked_whole(string exchange)
    {
        await using var simulator = await FixedAsync();
        var (start, end) = (Time("2026-03-13T20:00:00Z"), Time("2026-03-14T12:00:00Z"));
        var walked = (await WalkAsync<Candle>(simulator, exchange, "candles", start, end))
            .DistinctBy(candle => candle.OpenTime.UnixMilliseconds)
            .Where(candle => candle.OpenTime.ToDateTimeOffset() >= start && candle.OpenTime.ToDateTimeOffset() < end).ToList();
        Assert.Equal(16 * 60, walked.Count);
        foreach (var candle in walked)
        {
            var open = candle.OpenTime.ToDateTimeOffset();
            var said = simulator.Market.Candle(TradeTruth.PairOf(exchange, "btc-krw"), open, open.AddMinutes(1));
            Assert.Equal(
                ("1m", said.Open, said.High, said.Low, said.Close, (MarketNumber?)said.Volume),
                (candle.Interval, candle.Open, candle.High, candle.Low, candle.Close, candle.Volume));
        }
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task The_socket_tells_each_trade_once_and_whole_books(string exchange)
    {
        var time = new FakeTimeProvider(Start);
        await using var simulator = await SimulatorServer.StartAsync(new SimulatorOptions(Seed), time);
        var (provider, pair) = (Providers.Find(exchange)!, TradeTruth.PairOf(exchange, "btc-krw"));
        using var trades = await SubscribedAsync(simulator, provider, "trades");
        time.Advance(TimeSpan.FromSeconds(45));
        var said = simulator.Market.Trades(pair, Start.AddMilliseconds(1), Start.AddSeconds(45))
            .Select(trade => TradeTruth.AsOn(exchange, trade)).ToList();
        var heard = new List<Trade>();
        while (heard.Count(trade => trade.Time.ToDateTimeOffset() > Start) < said.Count)
        {
            heard.AddRange((await NextAsync(trades, provider)).OfType<Trade>());
        }

        Assert.Equal(
            said.Select(trade => (trade.Id, (MarketNumber)trade.Price, (MarketNumber)trade.Quantity)),
            heard.Where(trade => trade.Time.ToDateTimeOffset() > Start).Select(trade => (trade.TradeId, trade.Price, trade.Quantity)));

        using var books = await SubscribedAsync(simulator, provider, "orderbook");
        time.Advance(TimeSpan.FromSeconds(2));
        OrderBook? book = null;
        while (book is null)
        {
            book = (await NextAsync(books, provider)).OfType<OrderBook>().SingleOrDefault();
        }

        AssertBook(exchange, simulator.Market, "btc-krw", book);
    }

    private static async Task AssertBooksAsync(NpgsqlDataSource database, MarketModel market)
    {
        await using var command = database.CreateCommand("""
            SELECT e.name, p.pair, s.server_time_ms, l.side, l.price, l.quantity
            FROM market.order_book_snapshots s
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no) JOIN market.exchanges e USING (exchange_id)
            JOIN market.order_book_levels l USING (snapshot_id)
            ORDER BY s.snapshot_id, l.side, l.level_index
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var levels = new List<(string Exchange, string Pair, long Time, short Side, BookLevel Level)>();
        while (await reader.ReadAsync())
        {
            levels.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt16(3),
                new BookLevel(reader.GetDecimal(4), reader.GetDecimal(5))));
        }

        var books = levels.GroupBy(level => (level.Exchange, level.Pair, level.Time)).ToList();
        Assert.True(books.Count >= 12, $"{books.Count} books");
        foreach (var book in books)
        {
            BookLevel[] Side(short side) => [.. book.Where(level => level.Side == side).Select(level => level.Level)];
            AssertBook(
                book.Key.Exchange, market, book.Key.Pair,
                new OrderBook(book.Key.Exchange, book.Key.Pair, null, ProviderTime.FromUnixMilliseconds(book.Key.Time), Side(1), Side(2)));
        }
    }

    /// <summary>Bithumb cuts sizes to four decimals, so that its smallest levels vanish.</summary>
    private static void AssertBook(string exchange, MarketModel market, string pair, OrderBook book)
    {
        var said = market.Book(TradeTruth.PairOf(exchange, pair), book.Time!.Value.ToDateTimeOffset(), exchange == "coinone" ? 16 : 30);
        IEnumerable<BookLevel> Levels(IEnumerable<MarketLevel> side) => side
            .Select(level => new BookLevel(
                level.Price, exchange == "bithumb" ? Math.Floor(level.Quantity * 10_000) / 10_000 : level.Quantity))
            .Where(level => level.Quantity > 0);
        Assert.Equal(Levels(said.Bids), book.Bids);
        Assert.Equal(Levels(said.Asks), book.Asks);
        Assert.Equal((exchange, pair), (book.Exchange, book.Pair));
    }

    private static async Task<List<T>> WalkAsync<T>(
        SimulatorServer simulator, string exchange, string dataset, DateTimeOffset from, DateTimeOffset to)
        where T : NormalisedRecord
    {
        var provider = Providers.Find(exchange)!;
        var polled = provider.Polled[dataset];
        var settings = Settings(simulator.Address).Feeds[exchange].Datasets["trades"] with { Pairs = ["btc-krw"], Intervals = ["1m"] };
        var range = new HistoryRange(polled.Series(settings).Single(), from, to);
        using var http = new HttpClient();
        var seen = new List<T>();
        for (var request = polled.History!.First(range); request is not null;)
        {
            var reply = await http.GetByteArrayAsync($"{simulator.Address}{exchange}{request.Path}");
            var page = new Normalised();
            provider.Normalisers[dataset](reply, request.Context, page);
            Assert.Empty(page.Refusals);
            seen.AddRange(page.Records.Cast<T>());
            Assert.True(seen.Count < 50_000, $"{request.Path} does not come to an end");
            request = polled.History.Next(range, request, page.Records);
        }

        return seen;
    }

    private static async Task<ClientWebSocket> SubscribedAsync(SimulatorServer simulator, IProvider provider, string dataset)
    {
        var plan = provider.Sockets[dataset].Plan(
            Settings(simulator.Address).Feeds[provider.Name].Datasets["trades"] with { Pairs = ["btc-krw"] });
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{simulator.Address.Authority}/{provider.Name}/socket{plan.Path}"), default);
        foreach (var message in plan.Subscribe.Append(plan.Heartbeat))
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, default);
        }

        // The answer to the heartbeat proves that the subscription stands before the clock moves.
        var answer = "";
        while (!answer.Contains("PONG", StringComparison.Ordinal) && !answer.Contains("UP", StringComparison.Ordinal))
        {
            answer = System.Text.Encoding.UTF8.GetString(await ReceiveAsync(socket));
        }

        return socket;
    }

    private static async Task<IReadOnlyList<NormalisedRecord>> NextAsync(ClientWebSocket socket, IProvider provider)
    {
        var frame = new Normalised();
        provider.Normalisers["ws"](await ReceiveAsync(socket), new ReplyContext(), frame);
        Assert.Empty(frame.Refusals);
        return frame.Records;
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(Bounds.Real);
        var buffer = new byte[64 * 1024];
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(length), deadline.Token);
            length += part.Count;
        }
        while (!part.EndOfMessage);

        return buffer[..length];
    }

    private static Task<SimulatorServer> FixedAsync() =>
        SimulatorServer.StartAsync(new SimulatorOptions(Seed, RequestsPerMinute: NoLimit), new FakeTimeProvider(Start));

    private static AkkaCryptoSettings Settings(Uri simulator) => TestSettings.Read($$"""
        akkacrypto.feeds {
          upbit { base-url = "{{simulator}}upbit", datasets { trades { every = 500ms, pairs = [btc-krw, eth-krw] }, orderbook { every = 500ms, pairs = [btc-krw, eth-krw] } } }
          bithumb { base-url = "{{simulator}}bithumb", datasets { trades { every = 500ms, pairs = [btc-krw, eth-krw] }, orderbook { every = 500ms, pairs = [btc-krw, eth-krw] } } }
        }
        """);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
