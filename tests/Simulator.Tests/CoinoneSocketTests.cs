using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinoneSocketTests
{
    private static readonly MarketPair BtcKrw = Catalogue.FindPair("btc", "krw")!;

    [SharedFact]
    public async Task A_session_says_what_the_recorded_one_said()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.ConnectAsync(simulator);
        var recorded = Frames("ws-session__connect-subscribe-pong");
        JsonShape.AssertLike(recorded[0], await client.NextAsync());
        await client.SendAsync("""{"request_type":"SUBSCRIBE","channel":"TRADE","topic":{"quote_currency":"KRW","target_currency":"BTC"}}""");
        Assert.Equal(
            """{"response_type":"SUBSCRIBED","channel":"TRADE","data":{"quote_currency":"KRW","target_currency":"BTC"}}""",
            (await client.NextAsync()).GetRawText());
        await client.SendAsync("""{"request_type":"PING"}""");
        Assert.Equal(recorded[2].GetRawText(), (await client.NextAsync()).GetRawText());
        await client.SendAsync("""{"request_type":"UNSUBSCRIBE","channel":"TRADE","topic":{"quote_currency":"KRW","target_currency":"BTC"}}""");
        JsonShape.AssertLike(Frames("ws-session__unsubscribed")[0], await client.NextAsync());
    }

    [SharedTheory]
    [InlineData("ws-orderbook__btc-first-frame", "ORDERBOOK", false)]
    [InlineData("ws-ticker__btc", "TICKER", false)]
    [InlineData("ws-ticker__xrp-doc-short", "TICKER", true)]
    public async Task The_first_data_frame_follows_the_subscription_and_is_built_like_the_recorded_one(string fixture, string channel,
        bool shortKeys)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.SubscribedAsync(simulator, channel, "XRP", shortKeys);
        JsonShape.AssertLike(Frames(fixture)[0], await client.NextAsync());
    }

    [SharedTheory]
    [InlineData("ws-trade__btc", 0, false)]
    [InlineData("ws-trade__xrp-doc-short", 1, true)]
    public async Task Trade_frames_are_built_like_the_recorded_ones(string fixture, int frame, bool shortKeys)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.SubscribedAsync(simulator, "TRADE", "BTC", shortKeys);
        simulator.Time.Advance(TimeSpan.FromSeconds(20));
        JsonShape.AssertLike(Frames(fixture)[frame], await client.NextAsync());
    }

    [SharedFact]
    public async Task An_unknown_symbol_is_acknowledged_first_and_refused_afterwards()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.ConnectAsync(simulator);
        await client.NextAsync();
        await client.SendAsync("""{"request_type":"SUBSCRIBE","channel":"ORDERBOOK","topic":{"quote_currency":"KRW","target_currency":"NOPE"}}""");
        foreach (var recorded in Frames("ws-error__160012-invalid-topic"))
        {
            Assert.Equal(recorded.GetRawText(), (await client.NextAsync()).GetRawText());
        }
    }

    [Fact]
    public async Task Asks_come_worst_first_and_bids_best_first()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.SubscribedAsync(simulator, "ORDERBOOK", "BTC");
        var data = (await client.NextAsync()).GetProperty("data");
        List<decimal> Prices(string side) => [.. data.GetProperty(side).EnumerateArray()
            .Select(l => decimal.Parse(l.GetProperty("price").GetString()!, System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Equal(Prices("asks").OrderDescending(), Prices("asks"));
        Assert.Equal(Prices("bids").OrderDescending(), Prices("bids"));
        Assert.True(Prices("bids")[0] < Prices("asks")[^1]);
    }

    [Fact]
    public async Task Every_trade_since_the_subscription_comes_once_and_in_order()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.SubscribedAsync(simulator, "TRADE", "BTC");
        var expected = simulator.Server.Market
            .Trades(BtcKrw, RunningSimulator.Start, RunningSimulator.Start.AddSeconds(30)).Select(t => t.Id).ToList();
        var told = new List<string>();
        for (var second = 0; second < 30; second++)
        {
            simulator.Time.Advance(TimeSpan.FromSeconds(1));
            var known = expected.Where(id => long.Parse(id[..^3]) <= simulator.Time.GetUtcNow().ToUnixTimeMilliseconds()).ToList();
            while (told.Count < known.Count)
            {
                told.Add((await client.NextAsync()).GetProperty("data").GetProperty("id").GetString()!);
            }
        }

        Assert.True(expected.Count > 10);
        Assert.Equal(expected, told);
    }

    [Fact]
    public async Task A_socket_that_never_subscribes_is_closed_after_a_minute()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.ConnectAsync(simulator);
        await client.NextAsync();
        await client.SendAsync("""{"request_type":"PING"}""");
        await client.NextAsync();
        simulator.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await client.CloseCodeAsync());
    }

    [Fact]
    public async Task The_21st_connection_is_closed_with_4290()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var clients = new List<SocketClient>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await SocketClient.ConnectAsync(simulator));
            await clients[i].NextAsync();
        }

        using var refused = await SocketClient.ConnectAsync(simulator);
        Assert.Equal(4290, (int?)await refused.CloseCodeAsync());
        clients.ForEach(c => c.Dispose());
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"request_type":"SUBSCRIBE","channel":"NOTHING","topic":{}}""")]
    public async Task An_unreadable_request_is_an_error_frame_and_the_session_goes_on(string request)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var client = await SocketClient.ConnectAsync(simulator);
        await client.NextAsync();
        await client.SendAsync(request);
        Assert.Equal("ERROR", (await client.NextAsync()).GetProperty("response_type").GetString());
        await client.SendAsync("""{"request_type":"PING"}""");
        Assert.Equal("PONG", (await client.NextAsync()).GetProperty("response_type").GetString());
    }

    [Fact]
    public async Task A_fault_hits_data_frames()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Duplicates, "/socket", Count: 3));
        using var client = await SocketClient.SubscribedAsync(simulator, "ORDERBOOK", "BTC");
        Assert.Equal((await client.NextAsync()).GetRawText(), (await client.NextAsync()).GetRawText());

        simulator.Server.Faults.Clear();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Disconnect, "/socket", Count: 1));
        simulator.Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<WebSocketException>(async () =>
        {
            // What was under way before the fault may still arrive; then the line is dead.
            for (var i = 0; i < 5; i++)
            {
                await client.NextAsync();
            }
        });
    }

    private static List<JsonElement> Frames(string fixture) =>
        [.. Shared.Fixture($"coinone/{fixture}.json").GetProperty("frames").EnumerateArray()
        .Select(f => JsonDocument.Parse(JsonSerializer.Serialize(f.GetProperty("frame"))).RootElement)];

    private sealed class SocketClient(ClientWebSocket socket) : IDisposable
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

        public static async Task<SocketClient> ConnectAsync(RunningSimulator simulator)
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new UriBuilder(simulator.Server.Address) { Scheme = "ws", Path = "/coinone/socket" }.Uri, default);
            return new SocketClient(socket);
        }

        public static async Task<SocketClient> SubscribedAsync(RunningSimulator simulator, string channel, string target,
            bool shortKeys = false)
        {
            var client = await ConnectAsync(simulator);
            await client.NextAsync();
            var format = shortKeys ? ",\"format\":\"SHORT\"" : "";
            await client.SendAsync(
                $$$"""{"request_type":"SUBSCRIBE","channel":"{{{channel}}}","topic":{"quote_currency":"KRW","target_currency":"{{{target}}}"}{{{format}}}}""");
            await client.NextAsync();
            await client.SendAsync("""{"request_type":"PING"}""");
            if (channel == "TRADE")
            {
                // The answer to a ping proves that the subscription stands before the clock moves.
                await client.NextAsync();
            }

            return client;
        }

        public async Task SendAsync(string text) =>
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

        public async Task<JsonElement> NextAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            var buffer = new byte[64 * 1024];
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), deadline.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);

            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            return document.RootElement.Clone();
        }

        public async Task<WebSocketCloseStatus?> CloseCodeAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            var part = await socket.ReceiveAsync(new byte[1024], deadline.Token);
            Assert.Equal(WebSocketMessageType.Close, part.MessageType);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
            return part.CloseStatus;
        }

        public void Dispose() => socket.Dispose();
    }
}
