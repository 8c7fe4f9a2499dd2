using System.Globalization;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// Asks CoinGecko for what a read below <c>/api/v3</c> does not find fresh, and remembers for how long it need not be asked again: what the
/// provider has just said, or kept silent about, is all that there is.
/// </summary>
/// <param name="feeds">Null, with <paramref name="fetch"/>: nobody is asked.</param>
public sealed class CoinDemand(FeedCatalogue? feeds, OnDemandFetch? fetch, Func<OnDemandSettings> settings, TimeProvider time)
{
    private const string Provider = "coingecko";

    /// <summary>Most things that are remembered as asked; past it the least recently used are forgotten, and may be asked anew.</summary>
    private const int MostAsked = 50_000;

    private readonly BoundedCache<AskedAt> _asked = new(MostAsked, MostAsked * 256L);

    /// <summary>Whether it was asked, with success, so short a time ago.</summary>
    public bool WasAsked(string what, TimeSpan within) => _asked.TryGet(what, out var asked) && time.GetElapsedTime(asked.At) < within;

    /// <summary>
    /// Asks for the series, and marks <paramref name="what"/> as asked. Null: it is stored now, or the provider has none. A problem: nobody
    /// could be asked, which is <paramref name="otherwise"/>, or the provider failed.
    /// </summary>
    public async Task<Problem?> AskAsync(
        string dataset, IReadOnlyList<string> what, Func<Feed, IEnumerable<SeriesRequest>> wanted, Problem otherwise)
    {
        if (fetch is null || !settings().Enabled || feeds?.Find(Provider, dataset) is not { Health.IsEnabled: true } feed)
        {
            return otherwise;
        }

        var failures = await Task.WhenAll(wanted(feed).Select(series => fetch.FetchAsync(feed, series, CancellationToken.None)));
        if (failures.FirstOrDefault(failure => failure is not null) is { } failure)
        {
            return failure.Kind == FetchFailureKind.NotFound ? CoinGeckoErrors.CoinNotFound : OnDemand.ProblemOf(failure);
        }

        foreach (var one in what)
        {
            _asked.Set(one, new AskedAt(time.GetTimestamp()), one.Length);
        }

        return null;
    }

    /// <summary>The refusal of data that is missing, or older than its limit, where nobody can be asked for it.</summary>
    public Problem Refusal(string what, DateTimeOffset? at, TimeSpan maxAge) =>
        at is { } known ? Problem.Stale(what, time.GetUtcNow() - known, maxAge) : Problem.NoDataYet(what);

    /// <summary>Of a series that belongs to no round of the feed: a name of its own, for two that are asked for at once are one by
    /// name.</summary>
    public static string Name(params IReadOnlyList<string>[] parts)
    {
        var name = string.Join('/', parts.Select(part => string.Join(',', part)));
        const int longest = 200;
        return name.Length <= longest ? name
            : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
    }

    private sealed record AskedAt(long At);
}
