using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>The service as a user starts it: a process of its own with the demo profile, embedded servers and a folder that outlives its
/// death.</summary>
internal sealed partial class ServiceProcess : IAsyncDisposable
{
    /// <summary>For what shows no progress that could be looked at: it names a hang, however slow the machine.</summary>
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    // Three minutes of looks alone; a feed asks at least every minute.
    private const int LooksWithoutProgress = 720;

    private readonly Process _process;
    private readonly string _folder;
    private readonly ConcurrentQueue<string> _output;

    // Taken from the line itself, for the lines that are kept of the output are bounded.
    private readonly Task<Uri> _simulator;

    private ServiceProcess(Process process, string folder, ConcurrentQueue<string> output, Uri address, Task<Uri> simulator)
    {
        (_process, _folder, _output, _simulator) = (process, folder, output, simulator);
        Http = new HttpClient { BaseAddress = address, Timeout = Bounds.Real };
        Http.DefaultRequestHeaders.Add("X-API-Key", "demo-admin-key");
        Http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public HttpClient Http { get; }

    /// <summary>The simulator that the service started for itself.</summary>
    public Uri Simulator => _simulator.IsCompletedSuccessfully
        ? _simulator.Result
        : throw new InvalidOperationException($"The service has told of no simulator; it said:\n{Output}");

    public string Output => string.Join('\n', _output);

    /// <param name="configuration">HOCON laid over the demo profile.</param>
    public static async Task<ServiceProcess> StartAsync(string folder, string configuration)
    {
        var config = Path.Combine(folder, "test.conf");
        await File.WriteAllTextAsync(config, configuration);
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "AkkaCrypto.Api.dll"),
                "--profile", "demo", "--port", "0", "--data", Path.Combine(folder, "data"), "--config", config,
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AKKACRYPTO__LOGGING__LEVEL"] = "warning";
        var process = Process.Start(start)!;
        var output = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var simulator = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Read(line.Data, output, listening, simulator);
        process.ErrorDataReceived += (_, line) => Read(line.Data, output, listening, simulator);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => listening.TrySetException(
            new InvalidOperationException($"The service ended before it listened:\n{string.Join('\n', output)}"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new ServiceProcess(process, folder, output, await listening.Task.WaitAsync(StartBound), simulator.Task);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Waits until every dataset has data to serve, for as long as series after series comes.</summary>
    public Task WhenReadyAsync()
    {
        var said = "";
        return Eventually.GetsDoneAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"The service ended before it was ready; it said:\n{Output}");
                (var lacking, said) = await LackingAsync();
                return lacking;
            },
            LooksWithoutProgress, LookAgainAfter, () => $"the service at {Http.BaseAddress} is ready; /readyz: {said}\nit said:\n{Output}");
    }

    /// <summary>How many series lack data by <c>/readyz</c>, and its answer. What can't be counted yet counts as more than any dataset
    /// has.</summary>
    private async Task<(long Lacking, string Said)> LackingAsync()
    {
        const long Uncounted = 1_000;
        try
        {
            using var response = await Http.GetAsync("/readyz");
            var body = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
            {
                return (0, body);
            }

            using var problem = JsonDocument.Parse(body);
            var missing = problem.RootElement.GetProperty("missing").EnumerateArray()
                .Select(line => SeriesWithData().Match(line.GetString()!).Groups);
            return (missing.Sum(of => of[0].Success ? long.Parse(of[2].Value) - long.Parse(of[1].Value) : Uncounted), body);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException)
        {
            return (long.MaxValue, exception.Message);
        }
    }

    /// <summary>Status of a GET; 0 when no answer came.</summary>
    public async Task<int> StatusAsync(string path)
    {
        try
        {
            using var response = await Http.GetAsync(path);
            return (int)response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    /// <summary>The embedded database, with the password that stands in the data folder.</summary>
    public NpgsqlDataSource OpenDatabase()
    {
        var data = Path.Combine(_folder, "data");
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(File.ReadAllLines(Path.Combine(data, "postgres", "postmaster.pid"))[3]),
            Username = "akkacrypto",
            Password = File.ReadAllText(Path.Combine(data, "secrets", "postgres")).Trim(),
            Database = "akkacrypto",
            Pooling = false,
            CommandTimeout = 60,
        };
        return TestDatabase.Open(connection.ConnectionString);
    }

    /// <summary>Of the embedded PostgreSQL's postmaster.</summary>
    public int PostgresPid() =>
        int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postgres", "postmaster.pid")).First());

    /// <summary>Pid of an embedded Redis, by the folder that it runs in; waits for it where it is just being started again.</summary>
    public async Task<int> RedisPidAsync(string role)
    {
        var found = 0;
        await Eventually.HoldsAsync(() => (found = RedisPid(role)) != 0, StartBound, $"a Redis runs in {role}");
        return found;
    }

    private int RedisPid(string role) => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _))
        .Select(name => int.Parse(name!))
        .FirstOrDefault(pid => CommandOf(pid) is var command && command.Contains("redis-server", StringComparison.Ordinal)
            && WorkingFolderOf(pid) == Path.Combine(_folder, "data", role));

    public long WorkingSetBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Send(string signal) => Signals.Send(signal, _process.Id);

    /// <summary>As kill -9 does: nothing of the process gets a chance.</summary>
    public async Task KillAsync()
    {
        Send("KILL");
        await _process.WaitForExitAsync().WaitAsync(StartBound);
        Http.Dispose();
    }

    /// <summary>As Ctrl-C does; gives the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Send("TERM");
        await _process.WaitForExitAsync().WaitAsync(StartBound);
        Http.Dispose();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Send("CONT"); // it may be stopped, and then hears nothing else
            await StopAsync();
        }

        _process.Dispose();
    }

    private static void Read(
        string? line, ConcurrentQueue<string> output, TaskCompletionSource<Uri> listening, TaskCompletionSource<Uri> simulator)
    {
        if (line is null)
        {
            return;
        }

        output.Enqueue(line);
        while (output.Count > 500)
        {
            output.TryDequeue(out _);
        }

        if (ListensOn().Match(line) is { Success: true } match)
        {
            listening.TrySetResult(new Uri(match.Groups[1].Value));
        }

        if (SimulatorAt().Match(line) is { Success: true } told)
        {
            simulator.TrySetResult(new Uri(told.Groups[1].Value));
        }
    }

    private static string CommandOf(int pid) => TryRead(() => File.ReadAllText($"/proc/{pid}/cmdline"));

    private static string WorkingFolderOf(int pid) =>
        TryRead(() => File.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: true)?.FullName ?? "");

    // A process may end between being listed and being looked at.
    private static string TryRead(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"Simulator: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex SimulatorAt();

    [GeneratedRegex(@"(\d+) of (\d+) series have data")]
    private static partial Regex SeriesWithData();

    [GeneratedRegex(@"listens on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ListensOn();
}
