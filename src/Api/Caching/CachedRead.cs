using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Caching;

/// <summary>Refreshes what a request reads; a problem is the answer, null lets it be read again.</summary>
/// <param name="found">What the read found, which is not fresh.</param>
public delegate Task<Problem?> Refresh<in TRequest>(TRequest request, Answer found, CancellationToken cancellationToken);

/// <summary>
/// The whole way of one route's reads: memory, then what <paramref name="load"/> reads (Redis, PostgreSQL), then, where that finds nothing
/// fresh, the provider. All who wait for one key share one way down.
/// </summary>
/// <param name="key">Equal for requests that mean the same; null for one whose answer is read each time.</param>
/// <param name="load">One look at what is stored. With a key it is not cancelled by a caller who goes, for others may wait for it.</param>
/// <param name="refresh">Null: nobody is asked.</param>
/// <param name="series">See <see cref="SeriesChanges.CounterOf"/>; null: of no pair.</param>
public sealed class CachedRead<TRequest>(
    AnswerCache cache, CacheTtlSettings rules, TimeProvider time, ApiInstruments instruments, Func<TRequest, string?> key,
    Func<TRequest, CancellationToken, Task<Answer>> load, Refresh<TRequest>? refresh = null, Func<TRequest, int>? series = null)
    where TRequest : class
{
    /// <summary>The answer if memory has it at this moment.</summary>
    public Answer? Find(TRequest request) => key(request) is { } known ? cache.Find(known, SeriesOf(request)) : null;

    public ValueTask<Answer> AnswerAsync(TRequest request, CancellationToken cancellationToken) => key(request) is { } known
        ? cache.GetAsync(
            known, rules, (This: this, Request: request), static state => state.This.LoadAsync(state.Request, CancellationToken.None),
            cancellationToken, SeriesOf(request))
        : new ValueTask<Answer>(LoadAsync(request, cancellationToken));

    private int SeriesOf(TRequest request) => series?.Invoke(request) ?? AnswerCache.NoSeries;

    private async Task<Answer> LoadAsync(TRequest request, CancellationToken cancellationToken)
    {
        var found = await load(request, cancellationToken);
        if (refresh is null || !OnDemand.IsWanted(found, time.GetUtcNow()))
        {
            return MarkedIfStale(found, ProblemCodes.StaleData);
        }

        instruments.Count(ReadLevel.Upstream);
        return await refresh(request, found, cancellationToken) is { } failed
            ? found.AsStale(failed.Code, rules, time.GetUtcNow()) ?? failed
            : MarkedIfStale(await load(request, cancellationToken), ProblemCodes.StaleData);
    }

    private Answer MarkedIfStale(Answer found, string error)
    {
        var now = time.GetUtcNow();
        return found.Refusal is not null || found.IsFresh(now) ? found : found.AsStale(error, rules, now) ?? found;
    }
}
