using System.Net;
using System.Net.Sockets;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>
/// A way to a server that a test can cut: its clients then lose their connections and get no new ones, while the server and everybody
/// else's connections live on.
/// </summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly int _target;
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile TaskCompletionSource _answers = new();

    /// <param name="target">Port of the server on loopback.</param>
    /// <param name="isOpen">False: nobody gets through until <see cref="Open"/>.</param>
    public TcpRelay(int target, bool isOpen = true)
    {
        _target = target;
        _answers.SetResult();
        Open();
        if (!isOpen)
        {
            Cut();
        }
    }

    /// <summary>Where clients connect; the same across cuts.</summary>
    public int Port { get; private set; }

    public void Open()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    public void Cut()
    {
        _listener?.Stop();
        lock (_gate)
        {
            _open.ForEach(client => client.Dispose());
            _open.Clear();
        }
    }

    /// <summary>What the server says waits from here on, while it hears all that it is told.</summary>
    public void HoldAnswers() => _answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetAnswersGo() => _answers.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        LetAnswersGo();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var (client, server) = (await listener.AcceptTcpClientAsync(), new TcpClient());
                await server.ConnectAsync(IPAddress.Loopback, _target);
                lock (_gate)
                {
                    _open.AddRange([client, server]);
                }

                _ = PumpAsync(client, server, () => Task.CompletedTask);
                _ = PumpAsync(server, client, () => _answers.Task);
            }
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // The listener was stopped: that is the cut.
        }
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to, Func<Task> mayPass)
    {
        try
        {
            var buffer = new byte[16_384];
            while (await from.GetStream().ReadAsync(buffer) is var read and > 0)
            {
                await mayPass();
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One end is gone, so the other goes too.
        }

        from.Dispose();
        to.Dispose();
    }
}
