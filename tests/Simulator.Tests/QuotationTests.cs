using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>The twins of Upbit and Bithumb on the wire.</summary>
public sealed class QuotationTests
{
    private static readonly MarketPair UpbitBtc = Catalogue.FindPair("btc", "krw")! with { Exchange = "upbit", Share = 0.0014m };

    [SharedTheory]
    [InlineData("upbit/market-all__first-120", "/v1/market/all")]
    [InlineData("upbit/market-all__with-market-event", "/v1/market/all?is_details=true")]
    [InlineData("upbit/orderbook__krw-btc-2025", "/v1/orderbook?markets=KRW-BTC")]
    [InlineData("upbit/ticker__krw-btc-xchange", "/v1/ticker?markets=KRW-BTC,KRW-ETH")]
    [InlineData("upbit/trades-ticks__usdt-btc-ccxt", "/v1/trades/ticks?market=KRW-BTC&count=200", "response_unquoted")]
    [InlineData("upbit/candles-seconds__krw-btc-2025", "/v1/candles/seconds?market=KRW-BTC&count=5")]
    [InlineData("upbit/error__404-code-not-found", "/v1/orderbook?markets=KRW-BTC,KRW-NOPE")]
    [InlineData("upbit/error__404-no-route", "/v1/nope")]
    [InlineData("bithumb/error__404-in-http-200", "/v1/orderbook?markets=KRW-NOPE")]
    [InlineData("bithumb/error__404-no-route", "/v1/nope")]
    [InlineData("bithumb/error__5500-legacy", "/public/orderbook/NOPE_KRW")]
    [InlineData("bithumb/public-candlestick__btc-krw-1m-ccxt", "/public/candlestick/BTC_KRW/1m")]
    [InlineData("bithumb/public-orderbook__btc-krw-ccxt", "/public/orderbook/BTC_KRW")]
    [InlineData("bithumb/public-transaction-history__btc-krw-ccxt", "/public/transaction_history/BTC_KRW")]
    public async Task A_reply_is_built_like_the_recorded_one(string fixture, string path, string form = "response")
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture(fixture + ".json");
        var status = recorded.TryGetProperty("http_status", out var stated) ? stated.GetInt32() : 200;
        var actual = await simulator.JsonAsync($"/{fixture.Split('/')[0]}{path}", status);
        JsonShape.AssertLike(recorded.GetProperty(form), actual);
        if (fixture.Contains("error__", StringComparison.Ordinal))
        {
            Assert.Equal(recorded.GetProperty(form).ToString(), actual.ToString());
        }
    }

    [SharedFact]
    public async Task Bithumbs_tickers_of_all_coins_are_built_like_the_recorded_ones()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture("bithumb/public-ticker-all__krw-2021.json").GetProperty("response").GetProperty("data");
        var actual = (await simulator.JsonAsync("/bithumb/public/ticker/ALL_KRW")).GetProperty("data");
        JsonShape.AssertLike(recorded.GetProperty("BTC"), actual.GetProperty("XRP"));
        JsonShape.AssertLike(recorded.GetProperty("date"), actual.GetProperty("date"));
    }

    [Fact]
    public async Task Trades_are_the_markets_and_paged_by_cursor_and_day()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        const string Path = "/upbit/v1/trades/ticks?market=KRW-BTC&count=50";
        var expected = simulator.Server.Market.NewestTrades(UpbitBtc, RunningSimulator.Start, 100).Select(trade => trade.Time).ToList();
        var first = await simulator.JsonAsync(Path);
        var second = await simulator.JsonAsync($"{Path}&cursor={first[49].GetProperty("sequential_id")}");
        Assert.Equal(expected, first.EnumerateArray().Concat(second.EnumerateArray()).Select(t => t.GetProperty("timestamp").GetInt64()));

        var yesterday = await simulator.JsonAsync(Path + "&days_ago=1");
        Assert.Equal("2026-03-13", yesterday[0].GetProperty("trade_date_utc").GetString());
        var evening = await simulator.JsonAsync(Path + "&days_ago=1&to=18:00:00");
        Assert.StartsWith("17:59:", evening[0].GetProperty("trade_time_utc").GetString(), StringComparison.Ordinal);
        Assert.Equal(400, (await simulator.GetAsync(Path + "&days_ago=8")).Status);
        Assert.Equal(400, (await simulator.GetAsync(Path + "&to=25:00:00")).Status);
        Assert.Equal(400, (await simulator.GetAsync("/upbit/v1/trades/ticks")).Status);
    }

    [Fact]
    public async Task Candles_open_before_the_given_time_which_Bithumb_reads_as_Korean()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        async Task<string?> NewestAsync(string exchange, string to) =>
            (await simulator.JsonAsync($"/{exchange}/v1/candles/minutes/5?market=KRW-BTC&count=3{to}"))[0]
            .GetProperty("candle_date_time_utc").GetString();
        Assert.Equal("2026-03-14T15:05:00", await NewestAsync("upbit", ""));
        Assert.Equal("2026-03-14T11:55:00", await NewestAsync("upbit", "&to=2026-03-14T12:00:00Z"));
        Assert.Equal("2026-03-14T11:55:00", await NewestAsync("upbit", "&to=2026-03-14T21:00:00%2B09:00"));
        Assert.Equal("2026-03-14T11:55:00", await NewestAsync("bithumb", "&to=2026-03-14T21:00:00"));
    }

    [Fact]
    public async Task Past_its_requests_a_second_Upbit_says_so_and_tells_before_how_many_are_left()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        for (var i = 9; i >= 0; i--)
        {
            using var response = await simulator.Http.GetAsync("/upbit/v1/ticker?markets=KRW-BTC");
            Assert.Equal($"group=ticker; min=600; sec={i}", response.Headers.GetValues("Remaining-Req").Single());
        }

        var (status, body) = await simulator.GetAsync("/upbit/v1/ticker?markets=KRW-BTC");
        Assert.Equal((429, """{"error":{"name":"too_many_requests","message":"Too many API requests."}}"""), (status, body));
        Assert.Equal(200, (await simulator.GetAsync("/upbit/v1/orderbook?markets=KRW-BTC")).Status);
        simulator.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await simulator.GetAsync("/upbit/v1/ticker?markets=KRW-BTC")).Status);
    }

    [SharedTheory]
    [InlineData("upbit/ws-orderbook__krw-btc-exponent-prices", "orderbook", "DEFAULT")]
    [InlineData("upbit/ws-orderbook__krw-btc-simple-exponent-sizes", "orderbook", "SIMPLE")]
    [InlineData("bithumb/ws-orderbook__krw-eth-snapshot", "orderbook", "DEFAULT")]
    [InlineData("bithumb/ws-trade__krw-btc", "trade", "DEFAULT")]
    public async Task A_frame_is_binary_and_built_like_the_recorded_one(string fixture, string type, string format)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator, fixture.Split('/')[0]);
        await SendAsync(socket, $$"""[{"ticket":"x"},{"type":"{{type}}","codes":["KRW-BTC"]},{"format":"{{format}}"}]""");
        var (kind, frame) = await NextAsync(socket);
        Assert.Equal(WebSocketMessageType.Binary, kind);
        JsonShape.AssertLike(Shared.Fixture(fixture + ".json").GetProperty("frames")[0].GetProperty("frame"), frame);
        Assert.Equal("SNAPSHOT", frame.GetProperty(format == "SIMPLE" ? "st" : "stream_type").GetString());
    }

    [Fact]
    public async Task A_PING_is_answered_by_the_status_and_trades_follow_once_each()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator, "upbit");
        await SendAsync(socket, "PING");
        Assert.Equal("""{"status":"UP"}""", (await NextAsync(socket)).Frame.GetRawText());
        await SendAsync(socket, """[{"ticket":"x"},{"type":"trade","codes":["KRW-BTC"]}]""");
        Assert.Equal("SNAPSHOT", (await NextAsync(socket)).Frame.GetProperty("stream_type").GetString());
        simulator.Time.Advance(TimeSpan.FromSeconds(30));
        var expected = simulator.Server.Market.Trades(
            UpbitBtc, RunningSimulator.Start.AddMilliseconds(1), RunningSimulator.Start.AddSeconds(30)).ToList();
        foreach (var trade in expected)
        {
            var frame = (await NextAsync(socket)).Frame;
            Assert.Equal(
                (trade.Time, trade.Quantity, trade.TakerBought ? "BID" : "ASK"),
                (frame.GetProperty("trade_timestamp").GetInt64(), frame.GetProperty("trade_volume").GetDecimal(),
                    frame.GetProperty("ask_bid").GetString()!));
        }
    }

    [Theory]
    [InlineData("nonsense", "WRONG_FORMAT")]
    [InlineData("{}", "WRONG_FORMAT")]
    [InlineData("""[{"type":"trade","codes":["KRW-BTC"]}]""", "NO_TICKET")]
    [InlineData("""[{"ticket":"x"}]""", "NO_TYPE")]
    [InlineData("""[{"ticket":"x"},{"type":"nope","codes":["KRW-BTC"]}]""", "INVALID_PARAM")]
    [InlineData("""[{"ticket":"x"},{"type":"trade"}]""", "NO_CODES")]
    public async Task An_error_frame_is_followed_by_a_normal_close(string message, string name)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var socket = await ConnectAsync(simulator, "bithumb");
        await SendAsync(socket, message);
        Assert.Equal(name, (await NextAsync(socket)).Frame.GetProperty("error").GetProperty("name").GetString());
        Assert.Equal(WebSocketMessageType.Close, (await NextAsync(socket)).Kind);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningSimulator simulator, string exchange)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(simulator.Server.Address) { Scheme = "ws", Path = $"/{exchange}/socket" }.Uri, default);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    private static async Task<(WebSocketMessageType Kind, JsonElement Frame)> NextAsync(ClientWebSocket socket)
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

        if (part.MessageType is WebSocketMessageType.Close)
        {
            return (part.MessageType, default);
        }

        using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
        return (part.MessageType, document.RootElement.Clone());
    }
}
