using System.Net.Http.Headers;

namespace AkkaCrypto.Cli.Load;

/// <summary>
/// Callers that ask one request after the other until the run's bound. With a rate the requests have their moments, and a latency counts
/// from that moment: a service that stalls is not asked less often, its callers wait longer.
/// </summary>
internal sealed class LoadRun(LoadOptions options, HttpMessageHandler transport, TimeProvider time)
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(30);

    private readonly LoadResult _result = new();
    private long _started;
    private long _next = -1;

    public LoadResult Result => _result;

    /// <summary>From the start until the last answer, or now.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Ends at the bound, or when cancelled; then what was under way is not counted.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient(transport, disposeHandler: false) { BaseAddress = options.Url, Timeout = AnswerBound };
        http.DefaultRequestHeaders.Add("X-API-Key", options.Key);
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _started = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, options.Callers).Select(_ => CallAsync(http, cancellation)));
        Elapsed = time.GetElapsedTime(_started);
    }

    /// <summary>How much of the run is over, 0 to 1: by requests or by time, whichever is further.</summary>
    public double Progress() => Math.Min(1, Math.Max(
        (double)_result.Done / options.Requests, _started == 0 ? 0 : time.GetElapsedTime(_started) / options.Longest));

    private async Task CallAsync(HttpClient http, CancellationToken cancellation)
    {
        // The callers share this thread of execution only until their first wait.
        await Task.Yield();
        try
        {
            while (Interlocked.Increment(ref _next) is var number && number < options.Requests)
            {
                var due = options.PerSecond is { } rate ? TimeSpan.FromSeconds((double)number / rate) : time.GetElapsedTime(_started);
                if (due >= options.Longest)
                {
                    return;
                }

                if (due - time.GetElapsedTime(_started) is var early && early > TimeSpan.Zero)
                {
                    await Task.Delay(early, time, cancellation);
                }

                await AskAsync(http, options.Paths[(int)(number % options.Paths.Count)], due, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped: what was under way is not counted.
            return;
        }
    }

    private async Task AskAsync(HttpClient http, string path, TimeSpan due, CancellationToken cancellation)
    {
        try
        {
            using var response = await http.GetAsync(
                new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
            await response.Content.CopyToAsync(Stream.Null, cancellation);
            var status = (int)response.StatusCode;
            _result.Add($"{status}", time.GetElapsedTime(_started) - due, isFailure: status >= 500);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _result.Add("timeout", null, isFailure: true);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            _result.Add("no answer", null, isFailure: true);
        }
    }
}
