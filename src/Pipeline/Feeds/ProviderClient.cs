using System.Buffers;
using System.Net.Http.Headers;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>
/// Asks one provider over HTTP: inside its budget, with a deadline for each attempt, a bounded number of attempts with exponential backoff
/// and jitter, <c>Retry-After</c> obeyed by all feeds of the provider, and a circuit breaker. Replies are read up to
/// <c>max-reply-bytes</c>.
/// </summary>
public sealed class ProviderClient : IDisposable
{
    private readonly IProvider _provider;
    private readonly Func<ProviderSettings> _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly UpstreamGovernor _governor;
    private readonly ResiliencePipeline<ProviderReply> _resilience;
    private long _requests;
    private long _userRequests;

    /// <param name="settings">Read for each request; attempts and circuit are taken when the client is made.</param>
    /// <param name="governor">Ends with the client; null: one of this client's own, that shares its budget with nobody.</param>
    public ProviderClient(
        IProvider provider, Func<ProviderSettings> settings, HttpMessageHandler handler, TimeProvider time, Random random,
        UpstreamGovernor? governor = null)
    {
        _provider = provider;
        _settings = settings;
        _time = time;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("AkkaCrypto", "1.0"));
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _governor = governor ?? new UpstreamGovernor(provider.Name, () => _settings().Budget, time);
        _resilience = Resilience(settings(), time, random);
    }

    /// <summary>Lets requests start within the provider's budget.</summary>
    public UpstreamGovernor Governor => _governor;

    /// <summary>Requests started since this client was made.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Of <see cref="Requests"/> those that started because somebody waited for the answer.</summary>
    public long UserRequests => Interlocked.Read(ref _userRequests);

    /// <summary>
    /// The reply, also an error reply once the attempts are used up. Throws <see cref="UpstreamException"/> where no reply came.
    /// </summary>
    public async Task<ProviderReply> GetAsync(UpstreamRequest asked, CancellationToken cancellationToken)
    {
        var path = asked.Path;
        try
        {
            return await _resilience.ExecuteAsync(
                static (state, token) => new ValueTask<ProviderReply>(state.client.AttemptAsync(state.asked, token)), (client: this, asked),
                cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenCircuitException exception)
        {
            throw new UpstreamException(
                $"{_provider.Name} is left alone after repeated failures; the next attempt is in at most {_settings().Circuit.OpenFor}.",
                timeout: false, exception);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new UpstreamException($"{_provider.Name} did not answer {path} within {_settings().Timeout}.", timeout: true, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new UpstreamException($"{_provider.Name} could not be asked for {path}: {exception.Message}", timeout: false, exception);
        }
    }

    /// <summary>
    /// A reply turned out to say that the provider was asked too often, whatever its status: all feeds of the provider pause for
    /// <c>hold-for</c>.
    /// </summary>
    public void RateLimited() => _governor.HoldFor(_settings().Budget.HoldFor);

    /// <summary>The provider refused a connection: what it says of when to come again holds for all its feeds.</summary>
    /// <param name="retryAfter">The header's value; null: there is none.</param>
    public void Refused(int status, string? retryAfter)
    {
        var asked = RetryConditionHeaderValue.TryParse(retryAfter, out var header) ? header : null;
        if (HoldBy(status, asked, _settings().Budget) is { } wait)
        {
            _governor.HoldFor(wait);
        }
    }

    public void Dispose()
    {
        _governor.Dispose();
        _http.Dispose();
    }

    private async Task<ProviderReply> AttemptAsync(UpstreamRequest asked, CancellationToken cancellationToken)
    {
        await _governor.WaitAsync(asked.Priority, asked.Weight, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _requests);
        if (asked.Priority == RequestPriority.User)
        {
            Interlocked.Increment(ref _userRequests);
        }

        var settings = _settings();
        using var deadline = new CancellationTokenSource(settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await SendAsync(settings, asked.Path, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutRejectedException($"No answer within {settings.Timeout}.", exception);
        }
    }

    private async Task<ProviderReply> SendAsync(ProviderSettings settings, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, settings.BaseUrl.TrimEnd('/') + path);
        var origin = $"GET {request.RequestUri}";
        _provider.Authorise(request, settings.ApiKey);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        if (HoldBy((int)response.StatusCode, response.Headers.RetryAfter, settings.Budget) is { } wait)
        {
            _governor.HoldFor(wait);
        }

        var (body, cut) = await ReadAsync(response.Content, settings.MaxReplyBytes, cancellationToken).ConfigureAwait(false);
        return new ProviderReply(body, (int)response.StatusCode, cut, origin, _time.GetUtcNow());
    }

    /// <summary>How long the provider wants to be left alone; null where its answer says nothing of the kind.</summary>
    private TimeSpan? HoldBy(int status, RetryConditionHeaderValue? retryAfter, BudgetSettings budget)
    {
        // Too many requests, unavailable, and the one by which some exchanges announce a ban.
        if (status is not (429 or 503 or 418))
        {
            return null;
        }

        var asked = retryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return asked > TimeSpan.Zero ? asked : status switch
        {
            429 => budget.HoldFor,
            418 => budget.BanFor,
            _ => null,
        };
    }

    private static async Task<(ReadOnlyMemory<byte> Body, bool Cut)> ReadAsync(
        HttpContent content, long limit, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var body = new MemoryStream((int)Math.Min(limit, Math.Max(content.Headers.ContentLength ?? 16_384, 256)));
        var chunk = ArrayPool<byte>.Shared.Rent(65_536);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                var room = limit - body.Length;
                if (read > room)
                {
                    body.Write(chunk, 0, (int)room);
                    return (body.GetBuffer().AsMemory(0, (int)body.Length), true);
                }

                body.Write(chunk, 0, read);
            }

            return (body.GetBuffer().AsMemory(0, (int)body.Length), false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static ResiliencePipeline<ProviderReply> Resilience(ProviderSettings settings, TimeProvider time, Random random)
    {
        var failed = new PredicateBuilder<ProviderReply>()
            .Handle<HttpRequestException>().Handle<IOException>().Handle<TimeoutRejectedException>()
            .HandleResult(reply => reply.Status is 408 or 418 or 429 or >= 500);
        var builder = new ResiliencePipelineBuilder<ProviderReply> { TimeProvider = time };
        if (settings.Attempts > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<ProviderReply>
            {
                ShouldHandle = failed,
                MaxRetryAttempts = settings.Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(10),
                Randomizer = () => { lock (random) { return random.NextDouble(); } },
            });
        }

        return builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<ProviderReply>
        {
            ShouldHandle = failed,
            FailureRatio = 1.0,
            MinimumThroughput = settings.Circuit.Failures,
            SamplingDuration = TimeSpan.FromMinutes(1),
            BreakDuration = settings.Circuit.OpenFor,
        }).Build();
    }
}
