using System.Collections.Concurrent;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// Encoded answers in this process's memory, each served from here for its time to live. One load at a time for a key: who asks meanwhile
/// waits for the same load, so an answer that expires under load costs one read below. An answer that is asked for shortly before its end
/// is renewed behind the caller. Refusals are shared by those who wait but not kept.
/// </summary>
/// <remarks>
/// Where a load fails because something is away, the answer of before is served as long as its data are within their age limit, and past it
/// only where <c>stale-if-error</c> says so, marked. Then the load is tried again once in a second, not by every caller.
/// </remarks>
public sealed class AnswerCache(CacheSettings settings, SeriesChanges changes, TimeProvider time, ApiInstruments instruments)
{
    /// <summary>For answers that are of no pair.</summary>
    public const int NoSeries = -1;

    /// <summary>What a kept answer costs beside its body and its key: objects, header texts, entity tags.</summary>
    private const int Overhead = 1024;

    /// <summary>What can't be renewed is served so long before it is tried again, and is tried in the background until its end.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryUntil = TimeSpan.FromSeconds(10);

    private readonly BoundedCache<Kept> _kept = new(settings.MaxEntries, settings.MaxBytes);
    private readonly ConcurrentDictionary<string, Load> _loads = new(StringComparer.Ordinal);
    private int _refreshes;

    public int Count => _kept.Count;

    /// <summary>Of all bodies and their compressed forms together.</summary>
    public long Bytes => _kept.Size;

    /// <summary>The answer if it can be served from memory at this moment; reads nothing below.</summary>
    /// <param name="series">Of <see cref="SeriesChanges.CounterOf"/>, or <see cref="NoSeries"/>.</param>
    public Answer? Find(string key, int series = NoSeries) =>
        _kept.TryGet(key, out var kept) && kept.IsServable(time.GetTimestamp(), VersionOf(series)) ? kept.Answer : null;

    /// <param name="load">Not cancelled by any one caller, for others may wait for it; what it calls has deadlines of its own.</param>
    /// <param name="series">As in <see cref="Find"/>: what was loaded before this process stored something of it is not served
    /// after.</param>
    public ValueTask<Answer> GetAsync<TState>(
        string key, CacheTtlSettings rules, TState state, Func<TState, Task<Answer>> load, CancellationToken cancellationToken,
        int series = NoSeries)
    {
        var (version, now) = (VersionOf(series), time.GetTimestamp());
        if (_kept.TryGet(key, out var kept) && kept.IsServable(now, version))
        {
            if (now >= kept.RenewFrom)
            {
                Refresh(key, rules, version, state, load);
            }

            instruments.Count(ReadLevel.Memory);
            return new ValueTask<Answer>(kept.Answer);
        }

        return new ValueTask<Answer>(Joined(key, rules, version, state, load).WaitAsync(cancellationToken));
    }

    /// <summary>The next read loads anew, for what it reads has changed. A load under way goes on for those who wait for it.</summary>
    public void Forget(string key)
    {
        _kept.Remove(key);
        _loads.TryRemove(key, out _);
    }

    private int VersionOf(int series) => series == NoSeries ? 0 : changes.Count(series);

    /// <summary>The load under way, or a new one. One that began before the last change doesn't know of it.</summary>
    private Task<Answer> Joined<TState>(string key, CacheTtlSettings rules, int version, TState state, Func<TState, Task<Answer>> load)
    {
        var mine = new Load(version);
        while (true)
        {
            var underWay = _loads.GetOrAdd(key, mine);
            if (underWay == mine || (underWay.Version != version && _loads.TryUpdate(key, mine, underWay)))
            {
                _ = RunAsync(key, rules, mine, state, load);
                return mine.Source.Task;
            }

            if (underWay.Version == version)
            {
                instruments.Count(ReadLevel.Joined);
                return underWay.Source.Task;
            }
        }
    }

    /// <summary>Past the bound nothing is begun: the answer then expires, and who asks for it waits.</summary>
    private void Refresh<TState>(string key, CacheTtlSettings rules, int version, TState state, Func<TState, Task<Answer>> load)
    {
        if (_loads.ContainsKey(key))
        {
            return;
        }

        if (Interlocked.Increment(ref _refreshes) > settings.MaxRefreshes)
        {
            Interlocked.Decrement(ref _refreshes);
            return;
        }

        var mine = new Load(version);
        if (_loads.TryAdd(key, mine))
        {
            _ = Task.Run(() => RefreshAsync(key, rules, mine, state, load));
        }
        else
        {
            Interlocked.Decrement(ref _refreshes);
        }
    }

    private async Task RefreshAsync<TState>(string key, CacheTtlSettings rules, Load mine, TState state, Func<TState, Task<Answer>> load)
    {
        await RunAsync(key, rules, mine, state, load);
        Interlocked.Decrement(ref _refreshes);
    }

    /// <summary>Its outcome, failures too, goes to those who wait for <paramref name="mine"/>.</summary>
    private async Task RunAsync<TState>(string key, CacheTtlSettings rules, Load mine, TState state, Func<TState, Task<Answer>> load)
    {
        try
        {
            var answer = await LoadAndKeepAsync(key, rules, mine.Version, state, load);
            _loads.TryRemove(new KeyValuePair<string, Load>(key, mine));
            mine.Source.SetResult(answer);
        }
        catch (Exception exception)
        {
            _loads.TryRemove(new KeyValuePair<string, Load>(key, mine));
            mine.Source.SetException(exception);
            // Looked at here, for every caller may have gone meanwhile.
            _ = mine.Source.Task.Exception;
        }
    }

    private async Task<Answer> LoadAndKeepAsync<TState>(
        string key, CacheTtlSettings rules, int version, TState state, Func<TState, Task<Answer>> load)
    {
        _kept.TryGet(key, out var before);
        var began = time.GetTimestamp();
        Answer answer;
        try
        {
            answer = await load(state);
        }
        catch (Exception away) when (PostgresErrors.IsTransient(away) && Instead(before, rules, ProblemCodes.Unavailable) is { } kept)
        {
            return KeepOn(key, kept, version);
        }

        if (!answer.IsFresh(time.GetUtcNow()))
        {
            // A refusal of the client's (404) is told; what is missing on this side may be made up for by what was there before.
            return answer.Refusal is null or { Status: >= 500 }
                && Instead(before, rules, answer.Refusal?.Code ?? ProblemCodes.StaleData) is { } kept
                    ? KeepOn(key, kept, version)
                    : answer;
        }

        // Another load may have ended meanwhile, and its answer been given.
        before = _kept.TryGet(key, out var last) ? last : null;
        answer = answer.KeptAfter(before?.Answer, rules.MemoryTtl, time.GetUtcNow());
        if (rules.MemoryTtl > TimeSpan.Zero)
        {
            await PrepareAsync(answer, before?.Answer);
            var until = began + Ticks(rules.MemoryTtl);
            Keep(key, answer, until, rules.RefreshAhead > TimeSpan.Zero ? until - Ticks(rules.RefreshAhead) : until, version);
        }

        return answer;
    }

    private static Task PrepareAsync(Answer answer, Answer? before) => before is not null && answer.IsData && before.IsData
        ? answer.Representations.PrepareAsync(before.Representations)
        : Task.CompletedTask;

    /// <param name="until">Its time to live; past its age limit it isn't served either.</param>
    private void Keep(string key, Answer answer, long until, long renewFrom, int version)
    {
        var now = time.GetTimestamp();
        var fresh = answer.FreshFor(time.GetUtcNow()) is { } left ? Ticks(left) : long.MaxValue;
        var kept = new Kept(answer, now + Math.Min(until - now, fresh), renewFrom, version);
        if (answer.IsData)
        {
            answer.Representations.Grown = bytes => _kept.Grow(key, kept, bytes);
        }

        var coded = answer.IsData ? answer.Representations.CodedBytes : 0;
        _kept.Set(key, kept, Overhead + (key.Length * sizeof(char)) + answer.Body.Length + coded);
    }

    /// <summary>What of before may be served though it can't be renewed.</summary>
    private Answer? Instead(Kept? before, CacheTtlSettings rules, string error)
    {
        var now = time.GetUtcNow();
        return before?.Answer is not { Freshness: not null } answer ? null
            : answer.Stale is null && answer.IsFresh(now) ? answer
            : answer.AsStale(error, rules, now);
    }

    private Answer KeepOn(string key, Answer answer, int version)
    {
        instruments.Count(ReadLevel.Kept);
        var now = time.GetTimestamp();
        Keep(key, answer, now + Ticks(RetryUntil), now + Ticks(RetryAfter), version);
        return answer;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <param name="Until">Served until then.</param>
    /// <param name="RenewFrom">From then on who asks for it has it renewed.</param>
    private sealed record Kept(Answer Answer, long Until, long RenewFrom, int Version)
    {
        public bool IsServable(long now, int version) => now < Until && Version == version;
    }

    private sealed class Load(int version)
    {
        public int Version => version;

        public TaskCompletionSource<Answer> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
