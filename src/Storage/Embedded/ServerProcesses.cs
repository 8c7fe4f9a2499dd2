using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// Ends every process of a server: the one that this service started, what a killed service left running, and backends that outlived their
/// postmaster. Each is found by its command line, which names our data folder, and signalled by pid and start time.
/// </summary>
internal sealed class ServerProcesses(ServerDefinition server, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a server may take to end in order, then after the harder signal, then after SIGKILL.</summary>
    private static readonly TimeSpan InOrder = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Killed = TimeSpan.FromSeconds(10);

    private List<RunningProcess> Running() => [.. RunningProcess.All().Where(server.Owns)];

    /// <summary>As <see cref="EndAsync"/>, for what a killed service has left running.</summary>
    public async Task EndLeftoversAsync(CancellationToken cancellationToken)
    {
        if (Running() is { Count: > 0 } left)
        {
            log.LogWarning("{Server}: ending the processes {Pids}, left by a killed service",
                server.Title, left.Select(p => p.Pid).ToArray());
            await EndAsync(cancellationToken);
        }
    }

    /// <summary>Ends all of them in order; about 5 s at most where nothing is stuck in the kernel.</summary>
    /// <exception cref="EmbeddedServerException">One of them outlived SIGKILL.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var (inOrder, atOnce) = server.StopSignals;
        if (await EndedAfterAsync(inOrder, InOrder, cancellationToken))
        {
            return;
        }

        log.LogWarning("{Server} did not end {Seconds} s after {Signal}: sending {Harder}",
            server.Title, InOrder.TotalSeconds, inOrder, atOnce);
        await EndAtOnceAsync(cancellationToken);
    }

    /// <summary>Ends what a dead server has left, which nobody can ask to end in order any more.</summary>
    public async Task EndAtOnceAsync(CancellationToken cancellationToken)
    {
        var (_, atOnce) = server.StopSignals;
        if (await EndedAfterAsync(atOnce, AtOnce, cancellationToken) || await EndedAfterAsync(Signal.Kill, Killed, cancellationToken))
        {
            return;
        }

        var pids = string.Join(", ", Running().Select(p => p.Pid));
        throw new EmbeddedServerException($"{server.Title}: the processes {pids} still run {Killed.TotalSeconds} s after SIGKILL.");
    }

    private async Task<bool> EndedAfterAsync(Signal signal, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var signalled = new HashSet<(int, long)>();
        while (true)
        {
            var running = Running();
            if (running.Count == 0)
            {
                return true;
            }

            // The postmaster first: it is the oldest, and tells the others itself. A backend that is left alone gets the signal in the
            // next round.
            foreach (var process in Heads(running).Where(p => signalled.Add((p.Pid, p.StartTicks))))
            {
                process.Send(signal);
            }

            // A stopped process (SIGSTOP) acts on a signal only once it goes on.
            running.ForEach(p => p.Send(Signal.Continue));
            if (time.GetElapsedTime(started) > wait)
            {
                return false;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Those whose parent is not among them.</summary>
    private static IEnumerable<RunningProcess> Heads(List<RunningProcess> running)
    {
        var pids = running.Select(p => p.Pid).ToHashSet();
        return running.Where(p => !pids.Contains(p.ParentPid));
    }
}
