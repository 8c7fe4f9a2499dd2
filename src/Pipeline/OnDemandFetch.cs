using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline;

public enum FetchFailureKind
{
    /// <summary>The provider answered with an error or with what can't be read, or could not be reached.</summary>
    Upstream,

    /// <summary>The provider answered that it knows no such thing.</summary>
    NotFound,

    /// <summary>Nothing came within the time that a reader waits.</summary>
    Timeout,

    /// <summary>The feed is switched off, or its provider needs a secret that isn't there.</summary>
    Disabled,

    /// <summary>Too many series are asked for at once.</summary>
    Busy,
}

/// <summary>Why a series could not be fetched.</summary>
/// <param name="Message">For the caller: no secret in it.</param>
public sealed record FetchFailure(FetchFailureKind Kind, string Message, string? ProviderCode = null);

/// <summary>
/// Asks a provider for one series because somebody waits for it, and stores the answer: once for all who wait, in this process by sharing
/// the fetch, over nodes by <c>lock:ondemand:&lt;series&gt;</c> in Redis, whose value is first its holder's token and then, for a moment,
/// how it ended. A failure answers for its series for <c>remember-failures</c>. The lock only saves requests: it is a lease, and without
/// Redis each node asks for itself, within the provider's budget.
/// </summary>
/// <param name="state">Redis in its role as state; null: this process is alone.</param>
public sealed class OnDemandFetch(ReplyIngest ingest, RedisConnection? state, Func<OnDemandSettings> settings, TimeProvider time)
{
    /// <summary>Who finds a series just fetched reads what is stored.</summary>
    private static readonly TimeSpan RememberSuccess = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Outcomes kept in this process; past it those that have lapsed go, and then all.</summary>
    private const int MostOutcomes = 10_000;

    /// <summary>Replaces the holder's token by the outcome; a lock that has lapsed and is somebody else's by now is left alone.</summary>
    private const string EndScript =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """;

    private readonly ConcurrentDictionary<string, Lazy<Task<FetchFailure?>>> _underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (FetchFailure? Failure, long Until)> _outcomes = new(StringComparer.Ordinal);

    /// <summary>Null: it is stored now, or was a moment ago. The caller's cancellation ends his wait and not the fetch.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database does not answer.</exception>
    public Task<FetchFailure?> FetchAsync(Feed feed, SeriesRequest request, CancellationToken cancellationToken)
    {
        if (!feed.Health.IsEnabled)
        {
            return Task.FromResult<FetchFailure?>(new FetchFailure(
                FetchFailureKind.Disabled, $"The feed {feed} is disabled: {feed.Status().Reason}."));
        }

        var key = $"{feed}/{request.Series}";
        if (_outcomes.TryGetValue(key, out var known) && time.GetTimestamp() < known.Until)
        {
            return Task.FromResult(known.Failure);
        }

        if (!_underWay.ContainsKey(key) && _underWay.Count >= settings().MaxFetches)
        {
            return Task.FromResult<FetchFailure?>(new FetchFailure(
                FetchFailureKind.Busy, $"{settings().MaxFetches} series are being asked for already."));
        }

        // Lazy, so that of two who come at once only one starts it.
        var shared = _underWay.GetOrAdd(key, _ => new Lazy<Task<FetchFailure?>>(() => Task.Run(
            () => RunAsync(key, feed, request), CancellationToken.None)));
        return shared.Value.WaitAsync(cancellationToken);
    }

    private async Task<FetchFailure?> RunAsync(string key, Feed feed, SeriesRequest request)
    {
        using var deadline = new CancellationTokenSource(settings().Wait, time);
        try
        {
            var failure = await OnceOverNodesAsync(key, feed, request, deadline.Token).ConfigureAwait(false);
            Remember(key, failure);
            return failure;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            var late = Late(feed, request);
            Remember(key, late);
            return late;
        }
        finally
        {
            _underWay.TryRemove(key, out _);
        }
    }

    private async Task<FetchFailure?> OnceOverNodesAsync(
        string key, Feed feed, SeriesRequest request, CancellationToken cancellationToken)
    {
        if (state is null)
        {
            return await AskAsync(feed, request, cancellationToken).ConfigureAwait(false);
        }

        RedisKey resource = $"lock:ondemand:{key}";
        var token = "held:" + Guid.NewGuid().ToString("N");
        try
        {
            while (!await TakeAsync(resource, token).ConfigureAwait(false))
            {
                var found = (string?)await state.CallAsync(database => database.StringGetAsync(resource)).ConfigureAwait(false);
                if (found is not null && Outcome.TryRead(found, out var outcome))
                {
                    return outcome;
                }

                if (found is not null)
                {
                    await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            return await AskAsync(feed, request, cancellationToken).ConfigureAwait(false);
        }

        return await AskLockedAsync(resource, token, feed, request, cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> TakeAsync(RedisKey resource, string token) => state!.CallAsync(database =>
        database.StringSetAsync(resource, token, settings().Wait + TimeSpan.FromSeconds(5), When.NotExists));

    private async Task<FetchFailure?> AskLockedAsync(
        RedisKey resource, string token, Feed feed, SeriesRequest request, CancellationToken cancellationToken)
    {
        // A failure on our side says nothing of the provider: the lock is only given back.
        var (text, kept) = ("", TimeSpan.Zero);
        try
        {
            var failure = await AskAsync(feed, request, cancellationToken).ConfigureAwait(false);
            (text, kept) = (Outcome.Write(failure), LastsFor(failure));
            return failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            var late = Late(feed, request);
            (text, kept) = (Outcome.Write(late), LastsFor(late));
            return late;
        }
        finally
        {
            await EndAsync(resource, token, text, kept).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(RedisKey resource, string token, string outcome, TimeSpan kept)
    {
        try
        {
            await state!.ScriptEvaluateAsync(EndScript, [resource], [token, outcome, (long)kept.TotalMilliseconds]).ConfigureAwait(false);
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            // It lapses by itself; until then the others wait, and then ask.
        }
    }

    private async Task<FetchFailure?> AskAsync(Feed feed, SeriesRequest request, CancellationToken cancellationToken)
    {
        var result = await ingest.FetchAsync(feed, request, cancellationToken).ConfigureAwait(false);
        return result switch
        {
            { Timeout: true } => new FetchFailure(
                FetchFailureKind.Timeout, $"{feed.Provider} did not answer for {request.Series} in time."),
            { Error: { IsProviderError: true } error } => new FetchFailure(
                error.Code == RefusalCode.NotFound ? FetchFailureKind.NotFound : FetchFailureKind.Upstream,
                $"{feed.Provider} failed for {request.Series} ({error.Code.Text()}): {error.Message}",
                error.ProviderCode),
            { Error: { } error } => new FetchFailure(
                FetchFailureKind.Upstream,
                $"{feed.Provider}'s reply for {request.Series} can't be read ({error.Code.Text()}): {error.Message}"),
            { Counts: { Attempted: > 0 } counts } when counts.Attempted == counts.Rejected => new FetchFailure(
                FetchFailureKind.Upstream,
                $"None of the {counts.Attempted} records of {feed.Provider} for {request.Series} could be read."),
            _ => null,
        };
    }

    private void Remember(string key, FetchFailure? failure)
    {
        var now = time.GetTimestamp();
        if (_outcomes.Count >= MostOutcomes)
        {
            foreach (var lapsed in _outcomes.Where(known => known.Value.Until <= now).Select(known => known.Key).ToList())
            {
                _outcomes.TryRemove(lapsed, out _);
            }

            if (_outcomes.Count >= MostOutcomes)
            {
                _outcomes.Clear();
            }
        }

        _outcomes[key] = (failure, now + (long)(LastsFor(failure).TotalSeconds * time.TimestampFrequency));
    }

    private TimeSpan LastsFor(FetchFailure? failure) => failure is null ? RememberSuccess : settings().RememberFailures;

    private FetchFailure Late(Feed feed, SeriesRequest request) => new(
        FetchFailureKind.Timeout, $"{feed.Provider} could not be asked for {request.Series} within {settings().Wait.TotalSeconds} s.");

    /// <summary>How a fetch ended, as the other nodes read it: <c>done</c>, or <c>failed:kind:code:message</c>.</summary>
    private static class Outcome
    {
        private const string Done = "done";
        private const string Failed = "failed";

        public static string Write(FetchFailure? failure) => failure is null
            ? Done
            : string.Join(':', Failed, failure.Kind, Uri.EscapeDataString(failure.ProviderCode ?? ""), failure.Message);

        public static bool TryRead(string text, out FetchFailure? failure)
        {
            failure = null;
            var parts = text.Split(':', 4);
            if (parts is [Failed, _, _, _] && Enum.TryParse<FetchFailureKind>(parts[1], out var kind))
            {
                failure = new FetchFailure(kind, parts[3], parts[2].Length == 0 ? null : Uri.UnescapeDataString(parts[2]));
                return true;
            }

            return text == Done;
        }
    }
}
