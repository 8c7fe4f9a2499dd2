using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using AkkaCrypto.Cli.Load;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Cli.Tests;

/// <summary><c>akkacrypto loadgen</c> against a service that answers as the test says.</summary>
public sealed class LoadgenVerbTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly ConcurrentQueue<HttpRequestMessage> _asked = new();

    [Fact]
    public async Task Every_request_is_counted_once_by_its_status_and_no_more_are_sent_than_ordered()
    {
        Assert.Equal(ExitCode.Done, await RunAsync(
            "--requests 100 --callers 7 --paths /a+/b", number => number % 10 == 0 ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK));

        Assert.Equal(100, _asked.Count);
        Assert.Equal(50, _asked.Count(request => request.RequestUri!.AbsolutePath == "/a"));
        Assert.All(_asked, request => Assert.Equal("demo-pro-key", Assert.Single(request.Headers.GetValues("X-API-Key"))));
        var told = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal((100, 0), (told.GetProperty("requests").GetInt32(), told.GetProperty("failed").GetInt32()));
        Assert.Equal(
            (90, 10),
            (told.GetProperty("outcomes").GetProperty("200").GetInt32(), told.GetProperty("outcomes").GetProperty("429").GetInt32()));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, "500")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "503")]
    public async Task An_error_of_the_service_fails_the_run(HttpStatusCode status, string outcome)
    {
        Assert.Equal(ExitCode.Failed, await RunAsync("--requests 20", number => number == 7 ? status : HttpStatusCode.OK));
        var told = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal(1, told.GetProperty("failed").GetInt32());
        Assert.Equal(1, told.GetProperty("outcomes").GetProperty(outcome).GetInt32());
    }

    [Fact]
    public async Task No_answer_is_a_failure_with_a_name()
    {
        Assert.Equal(ExitCode.Failed, await RunAsync("--requests 3", _ => throw new HttpRequestException("refused")));
        Assert.Equal(
            3, JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("outcomes").GetProperty("no answer").GetInt32());
    }

    [Fact]
    public async Task A_rate_gives_each_request_its_moment_and_the_seconds_end_the_run()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var running = RunAsync("--rate 10 --seconds 2 --callers 3", _ => HttpStatusCode.OK, time);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return running.IsCompleted;
        });

        Assert.Equal(ExitCode.Done, await running);
        Assert.Equal(20, _asked.Count);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_what_is_known_so_far()
    {
        using var stop = new CancellationTokenSource();
        var code = await RunAsync(
            "--requests 1000000 --callers 2",
            number =>
            {
                if (number == 50)
                {
                    stop.Cancel();
                }

                return HttpStatusCode.OK;
            },
            stopping: stop.Token);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal("Stopped.\n", _error.ToString());
        Assert.InRange(JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("requests").GetInt32(), 40, 1000);
    }

    [Fact]
    public async Task The_table_for_people_has_the_percentiles()
    {
        Assert.Equal(ExitCode.Done, await RunAsync("--requests 10 --format table", _ => HttpStatusCode.OK));
        var table = _output.ToString();
        Assert.Contains("10 requests in", table, StringComparison.Ordinal);
        Assert.All(["200 ", "p50 ", "p99.9 ", "max "], part => Assert.Contains(part, table, StringComparison.Ordinal));
    }

    [Fact]
    public void Percentiles_are_exact_to_three_digits()
    {
        var result = new LoadResult();
        foreach (var milliseconds in Enumerable.Range(1, 1000))
        {
            result.Add("200", TimeSpan.FromMilliseconds(milliseconds), isFailure: false);
        }

        Assert.Equal(TimeSpan.Zero, new LoadResult().Percentile(99));
        Assert.All([(50.0, 500), (99, 990), (99.9, 999), (100, 1000)], of =>
            Assert.InRange(result.Percentile(of.Item1).TotalMilliseconds, of.Item2 * 0.999, of.Item2 * 1.001));
    }

    [Theory]
    [InlineData("--url ftp://127.0.0.1", "--url ftp://127.0.0.1: expected an address like")]
    [InlineData("--url http://example.com", "not on this machine. Load on another one's service needs --remote yes")]
    [InlineData("--remote maybe", "--remote maybe: expected yes or no.")]
    [InlineData("--callers 0", "--callers 0: expected a whole number from 1 to 1000.")]
    [InlineData("--requests many", "--requests many: expected a whole number from 1 to 100000000.")]
    [InlineData("--seconds 4000", "--seconds 4000: expected a whole number from 1 to 3600.")]
    [InlineData("--paths trades", "--paths: expected paths that begin with /")]
    [InlineData("--paths //example.com/", "--paths: expected paths that begin with /")]
    [InlineData("--format xml", "--format xml: expected table or json.")]
    public async Task Wrong_usage_says_what_was_expected(string line, string message)
    {
        var wrong = await Assert.ThrowsAsync<UsageException>(() => RunAsync(line, _ => HttpStatusCode.OK));
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    /// <param name="line">A + stands for a space within an argument.</param>
    /// <param name="answer">By the number of the request, from 0, in the order of their coming.</param>
    private Task<int> RunAsync(
        string line, Func<int, HttpStatusCode> answer, TimeProvider? time = null, CancellationToken stopping = default) =>
        LoadgenVerb.RunAsync(
            [.. line.Split(' ').Select(word => word.Replace('+', ' '))],
            new Surroundings(_output, _error, new Dictionary<string, string>(StringComparer.Ordinal), ""),
            () => new Answering(_asked, answer), time ?? TimeProvider.System, stopping);

    private sealed class Answering(ConcurrentQueue<HttpRequestMessage> asked, Func<int, HttpStatusCode> answer) : HttpMessageHandler
    {
        private int _count = -1;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            asked.Enqueue(request);
            return new HttpResponseMessage(answer(Interlocked.Increment(ref _count))) { Content = new StringContent("{}") };
        }
    }
}
