using System.IO.Compression;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

public sealed class ProviderClientSpec : IDisposable
{
    private const string Secret = "s3cr3t-of-the-provider";
    private static readonly IProvider CoinGecko = Providers.Find("coingecko")!;
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedProvider _provider;
    private readonly List<ProviderClient> _clients = [];
    private ProviderSettings _settings = TestSettings.Read(
        $"akkacrypto.feeds.coingecko {{ api-key = {Secret}, attempts = 3, timeout = 10s, "
        + "circuit { failures = 10, open-for = 15s } }").Feeds["coingecko"];

    public ProviderClientSpec() => _provider = new ScriptedProvider(_time);

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _provider.Dispose();
    }

    [Fact]
    public async Task A_reply_says_where_it_came_from_and_when_without_the_secret()
    {
        _provider.On("/ping", ScriptedReply.Ok("{}"));

        var reply = await GetAsync(Client(), "/ping?a=1");

        Assert.Equal(("GET http://coingecko.test/ping?a=1", 200, false), (reply.Origin, reply.Status, reply.Cut));
        Assert.Equal("{}"u8.ToArray(), reply.Body.ToArray());
        Assert.Equal(_time.GetUtcNow(), reply.ReceivedAt);
        Assert.Equal(Secret, Assert.Single(_provider.Asked).Headers["x-cg-demo-api-key"]);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_error_that_may_pass_is_asked_again_with_growing_waits_and_given_back_after_the_last_attempt(int status)
    {
        _provider.On("/ping", ScriptedReply.Of(status, "why"));

        var reply = await GetAsync(Client(), "/ping");

        Assert.Equal((status, "why"), (reply.Status, System.Text.Encoding.UTF8.GetString(reply.Body.Span)));
        var waits = Waits();
        Assert.Equal(2, waits.Count);
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task An_error_that_asking_again_would_not_change_is_asked_once(int status)
    {
        _provider.On("/ping", ScriptedReply.Of(status));

        Assert.Equal(status, (await GetAsync(Client(), "/ping")).Status);
        Assert.Single(_provider.Asked);
    }

    [Fact]
    public async Task A_success_after_failures_is_the_answer()
    {
        _provider.On("/ping", ScriptedReply.Broken("reset"), ScriptedReply.Of(500), ScriptedReply.Ok("{}"));

        Assert.Equal(200, (await GetAsync(Client(), "/ping")).Status);
        Assert.Equal(3, _provider.Asked.Count);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Thu, 01 Jan 2026 00:00:30 GMT", 30)]
    [InlineData("86400", 300)]
    [InlineData("Fri, 02 Jan 2026 00:00:00 GMT", 300)]
    public async Task Retry_After_holds_every_feed_of_the_provider_back_but_never_past_five_minutes(string header, int seconds)
    {
        var client = Client();
        _provider.On("/limited", ScriptedReply.Of(429) with { RetryAfter = header }, ScriptedReply.Ok("{}"));
        _provider.On("/other", ScriptedReply.Ok("{}"));
        var limited = client.GetAsync(new UpstreamRequest("/limited"), default);
        await Eventually.HoldsAsync(() => _provider.Asked.Count == 1 && _time.ArmedTimers > 0);

        await Task.WhenAll(DrivenAsync(limited, step: TimeSpan.FromSeconds(1)), client.GetAsync(new UpstreamRequest("/other"), default));

        Assert.Equal(3, _provider.Asked.Count);
        Assert.All(_provider.Asked.Skip(1), request =>
            Assert.InRange(request.At - _provider.Asked[0].At, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds + 120)));
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT")]
    public async Task A_Retry_After_that_says_nothing_holds_nobody_back_for_long(string header)
    {
        _provider.On("/limited", ScriptedReply.Of(429) with { RetryAfter = header }, ScriptedReply.Ok("{}"));

        Assert.Equal(200, (await GetAsync(Client(), "/limited")).Status);
        Assert.InRange(Assert.Single(Waits()), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_provider_that_never_answers_is_given_up_after_all_attempts_as_a_timeout()
    {
        _provider.On("/ping", ScriptedReply.Hang);

        var failure = await Assert.ThrowsAsync<UpstreamException>(() => GetAsync(Client(), "/ping"));

        Assert.True(failure.Timeout);
        Assert.Contains("coingecko did not answer /ping within 00:00:10", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, _provider.Asked.Count);
        Assert.All(Waits(), wait => Assert.True(wait >= TimeSpan.FromSeconds(10), $"{wait}"));
    }

    [Fact]
    public async Task A_body_that_stops_half_way_runs_into_the_deadline_too()
    {
        _settings = _settings with { Attempts = 1 };
        _provider.On("/ping", ScriptedReply.Ok("") with { Content = () => new StalledStream() });

        Assert.True((await Assert.ThrowsAsync<UpstreamException>(() => GetAsync(Client(), "/ping"))).Timeout);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_no_timeout_and_names_provider_path_and_cause_but_no_secret()
    {
        _provider.On("/ping", ScriptedReply.Broken("connection refused"));

        var failure = await Assert.ThrowsAsync<UpstreamException>(() => GetAsync(Client(), "/ping"));

        Assert.False(failure.Timeout);
        Assert.Equal("coingecko could not be asked for /ping: connection refused", failure.Message);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, _provider.Asked.Count);
    }

    [Fact]
    public async Task The_circuit_opens_after_the_failures_asks_nothing_while_open_and_closes_at_a_success()
    {
        _settings = _settings with { Attempts = 1, Circuit = new CircuitSettings(3, TimeSpan.FromSeconds(15)) };
        var client = Client();
        _provider.On("/ping", ScriptedReply.Of(500), ScriptedReply.Of(500), ScriptedReply.Of(500), ScriptedReply.Ok("{}"));
        for (var failed = 0; failed < 3; failed++)
        {
            Assert.Equal(500, (await GetAsync(client, "/ping")).Status);
        }

        var failure = await Assert.ThrowsAsync<UpstreamException>(() => GetAsync(client, "/ping"));
        Assert.Contains("is left alone after repeated failures", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.Timeout);
        Assert.Equal(3, _provider.Asked.Count);

        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(200, (await GetAsync(client, "/ping")).Status);
        Assert.Equal(200, (await GetAsync(client, "/ping")).Status);
    }

    [Theory]
    [InlineData(2048, false)]
    [InlineData(2049, true)]
    public async Task A_reply_is_cut_at_its_bound_and_says_so(int length, bool cut)
    {
        _settings = _settings with { MaxReplyBytes = 2048 };
        _provider.On("/ping", ScriptedReply.Ok(new string('x', length)));

        var reply = await GetAsync(Client(), "/ping");

        Assert.Equal((2048, cut), (reply.Body.Length, reply.Cut));
    }

    [Fact]
    public async Task A_small_reply_that_unpacks_to_a_large_one_is_unpacked_to_its_bound_alone()
    {
        // As the transport does: what the client reads is the unpacking stream, and the packed bytes behind it are left alone.
        const int Bound = 64 * 1024;
        _settings = _settings with { MaxReplyBytes = Bound };
        var packed = Packed(zeros: 256 * 1024 * 1024);
        _provider.On(
            "/bomb", ScriptedReply.Ok("") with { Content = () => new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true) });

        var reply = await GetAsync(Client(), "/bomb");

        Assert.Equal((Bound, true), (reply.Body.Length, reply.Cut));
        Assert.True(packed.Position < packed.Length / 2, $"{packed.Position} of {packed.Length} packed bytes were read");
    }

    [Fact]
    public async Task Every_attempt_costs_the_budget()
    {
        _settings = _settings with { Budget = _settings.Budget with { PerMinute = null, PerDay = 3 } };
        var client = Client();
        _provider.On("/ping", ScriptedReply.Of(500), ScriptedReply.Of(500), ScriptedReply.Ok("{}"));
        await GetAsync(client, "/ping");

        var next = client.GetAsync(new UpstreamRequest("/ping"), default);
        await _time.WhenArmedAsync();
        Assert.Equal(3, _provider.Asked.Count);
        await DrivenAsync(next, step: TimeSpan.FromMinutes(10));

        Assert.True(_provider.Asked[3].At - _provider.Asked[0].At >= TimeSpan.FromDays(1));
        Assert.Equal(4, client.Requests);
    }

    [Fact]
    public async Task A_caller_that_goes_away_ends_its_request_and_is_no_failure_of_the_provider()
    {
        _settings = _settings with { Circuit = new CircuitSettings(2, TimeSpan.FromSeconds(15)) };
        var client = Client();
        _provider.On("/ping", ScriptedReply.Hang, ScriptedReply.Hang, ScriptedReply.Ok("{}"));
        for (var gone = 1; gone <= 2; gone++)
        {
            using var cancel = new CancellationTokenSource();
            var request = client.GetAsync(new UpstreamRequest("/ping"), cancel.Token);
            await Eventually.HoldsAsync(() => _provider.Asked.Count == gone);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.Within("the cancelled request ends"));
        }

        Assert.Equal(200, (await GetAsync(client, "/ping")).Status);
    }

    private ProviderClient Client()
    {
        var client = new ProviderClient(CoinGecko, () => _settings, _provider, _time, new Random(1));
        _clients.Add(client);
        return client;
    }

    private Task<ProviderReply> GetAsync(ProviderClient client, string path) =>
        DrivenAsync(client.GetAsync(new UpstreamRequest(path), default));

    /// <summary>Lets the clock run until the task has ended; waits are at least what they should be, and may be some steps
    /// longer.</summary>
    private async Task<T> DrivenAsync<T>(Task<T> task, TimeSpan? step = null)
    {
        await Eventually.HoldsAsync(() =>
        {
            if (!task.IsCompleted && _time.ArmedTimers > 0)
            {
                _time.Advance(step ?? TimeSpan.FromMilliseconds(200));
            }

            return task.IsCompleted;
        });
        return await task;
    }

    /// <summary>Between each request and the one before it.</summary>
    private List<TimeSpan> Waits() =>
        [.. _provider.Asked.Zip(_provider.Asked.Skip(1), (before, request) => request.At - before.At)];

    private static MemoryStream Packed(int zeros)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[zeros]);
        }

        packed.Position = 0;
        return packed;
    }

    /// <summary>Never gives a byte.</summary>
    private sealed class StalledStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return 0;
        }
    }
}
