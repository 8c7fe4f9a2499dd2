using System.Net.WebSockets;
using System.Text;
using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SocketSpec
{
    private readonly FakeTimeProvider time = new();
    private readonly TaskCompletionSource<string?> lastReceived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public Task Subscriptions_are_sent_in_order_and_each_message_is_whole() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, await SocketServer.ReceiveTextAsync(socket, ct), end: true);
            await SendAsync(socket, await SocketServer.ReceiveTextAsync(socket, ct), end: false);
            await SendAsync(socket, new string('x', 9000), end: true);
            await SocketServer.ReceiveTextAsync(socket, ct);
        },
        async sink =>
        {
            Assert.Equal("first", await TextAsync(sink));
            Assert.Equal("second" + new string('x', 9000), await TextAsync(sink));
        });

    [Fact]
    public Task The_servers_close_finishes_the_stream() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, "last words", end: true);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", ct);
            lastReceived.SetResult(socket.CloseStatus?.ToString());
        },
        async sink =>
        {
            Assert.Equal("last words", await TextAsync(sink));
            await sink.ExpectCompleteAsync();
            Assert.Equal("NormalClosure", await lastReceived.Task.Within("the server sees our close frame"));
        });

    [Fact]
    public Task Cancel_closes_politely() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, "hello", end: true);
            while (await SocketServer.ReceiveTextAsync(socket, ct) is not null)
            {
            }

            lastReceived.SetResult(socket.CloseStatus?.ToString());
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", ct);
        },
        async sink =>
        {
            Assert.Equal("hello", await TextAsync(sink));
            sink.Request();
            await sink.CancelAsync();
            Assert.Equal("NormalClosure", await lastReceived.Task.Within("the server sees our close frame"));
        });

    [Fact]
    public Task A_peer_that_does_not_answer_the_close_is_cut_off_after_two_seconds() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, "hello", end: true);
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        },
        async sink =>
        {
            Assert.Equal("hello", await TextAsync(sink));
            var stop = sink.BreakOffAsync();
            await time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(2));
            await stop;
        });

    [Fact]
    public Task Silence_fails_the_stream() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, "hello", end: true);
            await SocketServer.ReceiveTextAsync(socket, ct);
            await SocketServer.ReceiveTextAsync(socket, ct);
            await SocketServer.ReceiveTextAsync(socket, ct);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", ct);
        },
        async sink =>
        {
            Assert.Equal("hello", await TextAsync(sink));
            sink.Request();
            await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(60) - TimeSpan.FromMilliseconds(1)));
            time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Contains("60 s", (await sink.ExpectErrorAsync<TimeoutException>()).Message, StringComparison.Ordinal);
        });

    [Fact]
    public Task The_heartbeat_is_sent_on_its_interval() => Run(
        async (socket, ct) =>
        {
            await SocketServer.ReceiveTextAsync(socket, ct);
            await SocketServer.ReceiveTextAsync(socket, ct);
            for (var beat = 1; beat <= 3; beat++)
            {
                await SendAsync(socket, $"{beat} {await SocketServer.ReceiveTextAsync(socket, ct)}", end: true);
            }

            await SocketServer.ReceiveTextAsync(socket, ct);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", ct);
        },
        async sink =>
        {
            for (var beat = 1; beat <= 3; beat++)
            {
                sink.Request();
                await sink.ExpectNoMessageAfterAsync(
                    time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(20) - TimeSpan.FromMilliseconds(1), timers: 2));
                time.Advance(TimeSpan.FromMilliseconds(1));
                Assert.Equal($"{beat} ping", await TextAsync(sink));
            }
        },
        heartbeat: "ping");

    [Fact]
    public Task A_message_past_the_bound_fails_the_stream() => Run(
        async (socket, ct) =>
        {
            await SendAsync(socket, new string('x', 10_001), end: true);
            while (await SocketServer.ReceiveTextAsync(socket, ct) is not null)
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", ct);
        },
        async sink => Assert.Contains("10000", (await sink.ExpectErrorAsync<BufferOverflowException>()).Message, StringComparison.Ordinal));

    [Fact]
    public Task A_lost_connection_fails_the_stream() => Run(
        async (socket, ct) =>
        {
            await SocketServer.ReceiveTextAsync(socket, ct);
            await SocketServer.ReceiveTextAsync(socket, ct);
            socket.Abort();
        },
        sink => sink.ExpectErrorAsync<WebSocketException>());

    [Fact]
    public Task A_refused_connection_fails_the_stream() => AssertAllStagesStopped(async () =>
    {
        Uri gone;
        await using (var server = await SocketServer.StartAsync((_, _) => Task.CompletedTask))
        {
            gone = server.Address;
        }

        await using var sink = new SinkProbe<ReadOnlyMemory<byte>>(Source.Socket(Settings(gone, heartbeat: ""), time));
        await sink.ExpectErrorAsync<WebSocketException>();
        Assert.Equal(0, time.ArmedTimers);
    });

    private Task Run(
        Func<WebSocket, CancellationToken, Task> talk, Func<SinkProbe<ReadOnlyMemory<byte>>, Task> body, string heartbeat = "") =>
        AssertAllStagesStopped(async () =>
        {
            await using var server = await SocketServer.StartAsync(talk);
            await using var sink = new SinkProbe<ReadOnlyMemory<byte>>(Source.Socket(Settings(server.Address, heartbeat), time));
            await body(sink);
        });

    private static SocketSettings Settings(Uri address, string heartbeat) =>
        new(address, [Bytes("first"), Bytes("second")], Silence: TimeSpan.FromSeconds(60), MaxMessageBytes: 10_000)
        {
            Heartbeat = Bytes(heartbeat),
            HeartbeatEvery = TimeSpan.FromSeconds(20),
        };

    private static async Task<string> TextAsync(SinkProbe<ReadOnlyMemory<byte>> sink) =>
        Encoding.UTF8.GetString((await sink.ExpectNextAsync()).Span);

    private static Task SendAsync(WebSocket socket, string? text, bool end) =>
        socket.SendAsync(Bytes(text!), WebSocketMessageType.Text, end, CancellationToken.None).AsTask();

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
