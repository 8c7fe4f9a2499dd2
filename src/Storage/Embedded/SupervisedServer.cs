using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// One server from start to stop: starts it, waits until it answers, starts it again on the same port when it
/// dies, and ends it. A server that is there but doesn't answer (paused, recovering) is left alone: only a dead one is started again.
/// </summary>
internal sealed class SupervisedServer : IAsyncDisposable
{
    /// <summary>Recovery after a crash reads at most max_wal_size of log, or the whole append-only file.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);

    /// <summary>A server that ran this long was healthy: its next death starts the backoff anew.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(30);

    /// <summary>Another program may take a free port between our look and the server's bind.</summary>
    private const int PortTries = 5;

    private readonly ServerDefinition _server;
    private readonly ServerUser _user;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ServerProcesses _processes;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerChild? _child;
    private Task _watching = Task.CompletedTask;
    private bool _ready;

    private SupervisedServer(ServerDefinition server, ServerUser user, TimeProvider time, ILogger log)
    {
        (_server, _user, _time, _log) = (server, user, time, log);
        _processes = new ServerProcesses(server, time, log);
    }

    public ServerKind Kind => _server.Kind;

    public int Port { get; private set; }

    public string ConnectionString { get; private set; } = "";

    /// <summary>Pid of the server while it answers; null while it is being started again.</summary>
    public int? Pid
    {
        get
        {
            lock (_gate)
            {
                return _ready ? _child?.Pid : null;
            }
        }
    }

    public static async Task<SupervisedServer> StartAsync(
        ServerDefinition server, ServerUser user, Func<int> freePort, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        var supervised = new SupervisedServer(server, user, time, log);
        try
        {
            await supervised.FirstStartAsync(freePort, cancellationToken);
            return supervised;
        }
        catch
        {
            await supervised.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the server answers under another pid than this one.</summary>
    public async Task<int> WhenRestartedAsync(int previousPid, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_ready && _child is { } child && child.Pid != previousPid)
                {
                    return child.Pid;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Stops watching, then ends the server in order.</summary>
    public async ValueTask DisposeAsync()
    {
        await AbandonAsync();
        await _processes.EndAsync(CancellationToken.None);
        _child?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Stops watching and leaves the server running, as a killed service would.</summary>
    public async Task AbandonAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
    }

    private async Task FirstStartAsync(Func<int> freePort, CancellationToken cancellationToken)
    {
        for (var i = 1; ; i++)
        {
            Port = freePort();
            try
            {
                await LaunchAsync(StartTimeout, cancellationToken);
                break;
            }
            catch (EmbeddedServerException e) when (i < PortTries && e.Message.Contains("in use", StringComparison.OrdinalIgnoreCase))
            {
                _log.LogInformation("{Server}: port {Port} was taken meanwhile, trying another", _server.Title, Port);
            }
        }

        ConnectionString = await _server.ConnectionStringAsync(Port, cancellationToken);
        _watching = WatchAsync(_stopping.Token);
    }

    private async Task LaunchAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var command = await _server.PrepareAsync(Port, cancellationToken);
        var child = ServerChild.Start(_user.InOwnSession(command), _server.Title, _log);
        lock (_gate)
        {
            _child?.Dispose();
            _child = child;
        }

        await UntilReadyAsync(child, timeout, cancellationToken);
        _log.LogInformation("{Server} runs on 127.0.0.1:{Port}, pid {Pid}", _server.Title, Port, child.Pid);
        Change(ready: true);
    }

    private async Task UntilReadyAsync(ServerChild child, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var exited = child.WaitForExitAsync(cancellationToken);
        while (!await _server.IsReadyAsync(Port, cancellationToken))
        {
            await Task.WhenAny(exited, Task.Delay(Poll, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (exited.IsCompleted)
            {
                throw new EmbeddedServerException($"{_server.Title} ended while starting on port {Port}: {await ExplainEndAsync(child)}");
            }

            if (_time.GetElapsedTime(started) > timeout)
            {
                throw new EmbeddedServerException(
                    $"{_server.Title} (pid {child.Pid}) did not answer on port {Port} within {timeout.TotalMinutes} minutes: "
                    + child.LastOutput);
            }
        }
    }

    /// <summary>Ends only when the service stops.</summary>
    private async Task WatchAsync(CancellationToken stopping)
    {
        var backoff = FirstBackoff;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var since = _time.GetTimestamp();
                await _child!.WaitForExitAsync(stopping);
                Change(ready: false);
                backoff = _time.GetElapsedTime(since) > Healthy ? FirstBackoff : backoff;
                _log.LogError("{Server} died ({End}): starting it again on port {Port}",
                    _server.Title, await ExplainEndAsync(_child), Port);
                await Task.Delay(backoff, _time, stopping);
                backoff = TimeSpan.FromTicks(Math.Min(backoff.Ticks * 2, LongestBackoff.Ticks));
                await _processes.EndAtOnceAsync(stopping);
                // However long it recovers: it runs, and giving up would not make it faster.
                await LaunchAsync(TimeSpan.MaxValue, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, a service without its server is of no use: the next round tries again after a longer wait.
                _log.LogError(e, "{Server} could not be started again", _server.Title);
            }
        }
    }

    private async Task<string> ExplainEndAsync(ServerChild child) => $"{await child.ExplainEndAsync(_time)}\n{_server.LogTail()}".TrimEnd();

    private void Change(bool ready)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _ready = ready;
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }
}
