using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>A started server process: its identity, its end, and the last of what it wrote.</summary>
internal sealed class ServerChild : IDisposable
{
    /// <summary>Lines of output that are kept to explain an unexpected end; older ones are dropped.</summary>
    private const int LinesKept = 20;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly Task _reading;

    private ServerChild(Process process, string title, ILogger log)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, title, log), ReadAsync(process.StandardError, title, log));
    }

    public int Pid => _process.Id;

    public string LastOutput
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public static ServerChild Start(IReadOnlyList<string> commandLine, string title, ILogger log)
    {
        var process = Command.Start(commandLine, workingDirectory: "/");
        process.StandardInput.Close();
        return new ServerChild(process, title, log);
    }

    /// <summary>
    /// Completes when the process itself has ended. Its output is not waited for: backends that outlive a killed postmaster hold it open.
    /// </summary>
    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Call after the end: waits for the rest of the output, for a moment at most.</summary>
    public async Task<string> ExplainEndAsync(TimeProvider time)
    {
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromMilliseconds(500), time));
        return $"exit code {_process.ExitCode}, last output:\n{LastOutput}";
    }

    public void Dispose() => _process.Dispose();

    private async Task ReadAsync(StreamReader output, string title, ILogger log)
    {
        try
        {
            while (await output.ReadLineAsync() is { } line)
            {
                log.LogDebug("{Server}: {Line}", title, line);
                Keep(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            log.LogDebug("Output of {Server} ended: {Reason}", title, e.Message);
        }
    }

    private void Keep(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == LinesKept)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }
}
