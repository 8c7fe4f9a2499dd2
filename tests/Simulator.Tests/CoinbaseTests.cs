using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Simulator.Coinbase;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinbaseTests
{
    private const string Api = "/coinbase";

    private static readonly MarketPair BtcUsd = CoinbaseMarket.Find("btc-usd")!;

    [SharedTheory]
    [InlineData("exchange-trades__btc-usdt-ccxt", "response_unquoted", "/products/BTC-USD/trades?limit=3")]
    [InlineData("exchange-candles__btc-usd-1m", "response", "/products/BTC-USD/candles?granularity=60")]
    public async Task A_list_is_built_like_the_recorded_one(string fixture, string key, string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        JsonShape.AssertLike(Shared.Fixture($"coinbase/{fixture}.json").GetProperty(key), await simulator.JsonAsync(Api + path));
    }

    /// <summary>Today's replies have more fields than the old recordings, and the recorded ones are all there.</summary>
    [SharedTheory]
    [InlineData("exchange-products__2021-subset", "/products", "min_market_funds base_min_size base_max_size max_market_funds")]
    [InlineData("exchange-stats__2015", "/products/BTC-USD/stats", "")]
    [InlineData("exchange-book__btc-usd-level2-2019", "/products/BTC-USD/book?level=2", "")]
    public async Task A_recorded_field_is_there_and_of_its_type(string fixture, string path, string gone)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture($"coinbase/{fixture}.json").GetProperty("response");
        var actual = await simulator.JsonAsync(Api + path);
        (recorded, actual) = recorded.ValueKind == JsonValueKind.Array ? (recorded[0], actual[0]) : (recorded, actual);
        foreach (var field in recorded.EnumerateObject().Where(field => !gone.Split(' ').Contains(field.Name)))
        {
            Assert.Equal(field.Value.ValueKind is JsonValueKind.True ? JsonValueKind.False : field.Value.ValueKind,
                actual.GetProperty(field.Name).ValueKind);
        }
    }

    [Fact]
    public async Task Trades_page_backwards_by_number_without_a_hole()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var first = await simulator.Http.GetAsync(Api + "/products/BTC-USD/trades?limit=100");
        var newest = Numbers(JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement);
        Assert.Equal($"{newest[0]}", first.Headers.GetValues("CB-BEFORE").Single());
        Assert.Equal($"{newest[^1]}", first.Headers.GetValues("CB-AFTER").Single());
        var older = Numbers(await simulator.JsonAsync($"{Api}/products/BTC-USD/trades?limit=150&after={newest[^1]}"));
        Assert.Equal(Enumerable.Range(0, 250).Select(i => newest[0] - i), newest.Concat(older));
        Assert.Equal(
            newest.Take(10), Numbers(await simulator.JsonAsync($"{Api}/products/BTC-USD/trades?before={newest[10]}")));
        var last = simulator.Server.Market.NewestTrades(BtcUsd, RunningSimulator.Start, 1)[0];
        Assert.Equal(last.Number, newest[0]);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.01)]
    [InlineData(25)]
    [InlineData(300)]
    public void Trades_are_numbered_through_at_any_pace(double pace)
    {
        var market = new MarketModel(RunningSimulator.Seed, pace);
        var trades = market.Trades(BtcUsd, RunningSimulator.Start.AddMinutes(-7), RunningSimulator.Start).ToList();
        Assert.Equal(Enumerable.Range(0, trades.Count).Select(i => trades[0].Number + i), trades.Select(trade => trade.Number));
        Assert.Equal(
            trades.Take(3).Reverse(), market.TradesBefore(BtcUsd, trades[3].Number, 3));
    }

    [Theory]
    [InlineData("/products/BTC-NOPE/trades", 404)]
    [InlineData("/nothing", 404)]
    [InlineData("/products/BTC-USD/trades?limit=1001", 400)]
    [InlineData("/products/BTC-USD/book?level=4", 400)]
    [InlineData("/products/BTC-USD/candles?granularity=61", 400)]
    [InlineData("/products/BTC-USD/candles?granularity=60&start=0&end=1000000", 400)]
    [InlineData("/products/BTC-USD/candles?granularity=60&start=soon", 400)]
    public async Task What_cannot_be_answered_is_a_sentence_with_its_status(string path, int status)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.NotEmpty((await simulator.JsonAsync(Api + path, status)).GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Past_the_burst_of_fifteen_requests_are_refused_until_tokens_are_back()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        for (var i = 0; i < 15; i++)
        {
            await simulator.JsonAsync(Api + "/time");
        }

        Assert.Equal("Public rate limit exceeded", (await simulator.JsonAsync(Api + "/time", 429)).GetProperty("message").GetString());
        simulator.Time.Advance(TimeSpan.FromMilliseconds(101));
        await simulator.JsonAsync(Api + "/time");
    }

    [SharedFact]
    public async Task The_feed_acknowledges_begins_with_the_last_match_and_goes_on_without_a_gap()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator);
        await SendAsync(socket, """{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"heartbeat"}]}""");
        Assert.Equal(
            """{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]},{"name":"heartbeat","product_ids":["BTC-USD"]}]}""",
            (await NextAsync(socket)).GetRawText());
        var match = await NextAsync(socket);
        Assert.Equal("last_match", match.GetProperty("type").GetString());
        JsonShape.AssertLike(
            Shared.Fixture("coinbase/exchange-ws-matches__skl-usd.json").GetProperty("frames")[0].GetProperty("frame"), match);
        Assert.Equal("heartbeat", (await NextAsync(socket)).GetProperty("type").GetString());
        var number = match.GetProperty("trade_id").GetInt64();
        simulator.Time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 1; i <= 5; i++)
        {
            var next = await NextAsync(socket);
            while (next.GetProperty("type").GetString() == "heartbeat")
            {
                next = await NextAsync(socket);
            }

            Assert.Equal(number + i, next.GetProperty("trade_id").GetInt64());
        }
    }

    [SharedFact]
    public async Task A_ticker_and_a_book_of_the_feed_are_built_like_the_recorded_ones()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator);
        await SendAsync(socket, """{"type":"subscribe","product_ids":["ETH-USD"],"channels":["ticker","level2"]}""");
        await NextAsync(socket);
        JsonShape.AssertLike(
            Shared.Fixture("coinbase/exchange-ws-ticker__nmr-eur.json").GetProperty("frames")[0].GetProperty("frame"),
            await NextAsync(socket));
        var snapshot = await NextAsync(socket);
        Assert.Equal(("snapshot", 50), (snapshot.GetProperty("type").GetString(), snapshot.GetProperty("asks").GetArrayLength()));
    }

    [Theory]
    [InlineData("""{"type":"subscribe","product_ids":["BTC-NOPE"],"channels":["matches"]}""", "BTC-NOPE is not a valid product")]
    [InlineData("""{"type":"subscribe","product_ids":["BTC-USD"],"channels":["rumours"]}""", "rumours is not a valid channel")]
    [InlineData("""{"type":"subscribe","product_ids":["BTC-USD"],"channels":[{}]}""", "Malformed JSON")]
    [InlineData("hello", "Malformed JSON")]
    public async Task A_request_that_cannot_be_served_is_an_error(string request, string reason)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator);
        await SendAsync(socket, request);
        Assert.Equal(reason, (await NextAsync(socket)).GetProperty("reason").GetString());
    }

    private static List<long> Numbers(JsonElement trades) =>
        [.. trades.EnumerateArray().Select(trade => trade.GetProperty("trade_id").GetInt64())];

    private static async Task<ClientWebSocket> ConnectAsync(RunningSimulator simulator)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(simulator.Server.Address) { Scheme = "ws", Path = "/coinbase/socket" }.Uri, default);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    private static async Task<JsonElement> NextAsync(ClientWebSocket socket)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(length), default).Within("a frame comes");
            length += part.Count;
        }
        while (!part.EndOfMessage);
        Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
        using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
        return document.RootElement.Clone();
    }
}
