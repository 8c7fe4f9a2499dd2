using System.Collections.Concurrent;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// Encoded answers in this process's memory, each served from here for its time to live. One load at a time for a key: who asks meanwhile
/// waits for the same load, so an answer that expires under load costs one read below. Refusals are shared by those who wait but not kept.
/// </summary>
public sealed class AnswerCache(CacheSettings settings, TimeProvider time)
{
    /// <summary>Of all bodies together; past it the least recently used go.</summary>
    private const long MaxBytes = 256L * 1024 * 1024;

    private readonly BoundedCache<Kept> _kept = new(settings.MaxEntries, MaxBytes, time);
    private readonly ConcurrentDictionary<string, Task<Answer>> _loads = new(StringComparer.Ordinal);

    /// <param name="load">Not cancelled by any one caller, for others may wait for it; what it calls has deadlines of its own.</param>
    public ValueTask<Answer> GetAsync<TState>(
        string key, TimeSpan timeToLive, TState state, Func<TState, Task<Answer>> load, CancellationToken cancellationToken)
    {
        if (Fresh(key, timeToLive) is { } kept)
        {
            return new ValueTask<Answer>(kept);
        }

        var source = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var underWay = _loads.GetOrAdd(key, source.Task);
        if (underWay == source.Task)
        {
            _ = LoadAsync(key, timeToLive, state, load, source);
        }

        return new ValueTask<Answer>(underWay.WaitAsync(cancellationToken));
    }

    /// <summary>The next read loads anew, for what it reads has changed. A load under way goes on for those who wait for it.</summary>
    public void Forget(string key)
    {
        _kept.Remove(key);
        _loads.TryRemove(key, out _);
    }

    private Answer? Fresh(string key, TimeSpan timeToLive) =>
        _kept.TryGet(key, out var kept) && time.GetElapsedTime(kept.LoadedAt) < timeToLive ? kept.Answer : null;

    /// <summary>Its outcome, failures too, goes to those who wait for <paramref name="source"/>.</summary>
    private async Task LoadAsync<TState>(
        string key, TimeSpan timeToLive, TState state, Func<TState, Task<Answer>> load, TaskCompletionSource<Answer> source)
    {
        try
        {
            // Looked at again: the load before this one may have ended between the caller's look and its claim on the key.
            var answer = Fresh(key, timeToLive) ?? await LoadAndKeepAsync(key, state, load);

            _loads.TryRemove(key, out _);
            source.SetResult(answer);
        }
        catch (Exception exception)
        {
            _loads.TryRemove(key, out _);
            source.SetException(exception);
            // Looked at here, for every caller may have gone meanwhile.
            _ = source.Task.Exception;
        }
    }

    private async Task<Answer> LoadAndKeepAsync<TState>(string key, TState state, Func<TState, Task<Answer>> load)
    {
        var loadedAt = time.GetTimestamp();
        var answer = await load(state);
        if (answer.Refusal is null)
        {
            _kept.Set(key, new Kept(answer, loadedAt), answer.Body.Length + key.Length);
        }

        return answer;
    }

    private sealed record Kept(Answer Answer, long LoadedAt);
}
