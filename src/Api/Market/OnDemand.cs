using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.OnChain;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// Asks the feed of a read that found nothing fresh. All series of a request must come: one that fails refuses the whole. Null: whatever
/// could be asked was, and the read should look again; it then finds fresh data, or refuses by itself.
/// </summary>
public sealed class OnDemand(
    FeedCatalogue feeds, OnDemandFetch fetch, CandleCatchUp candles, Func<OnDemandSettings> settings, TimeProvider time)
{
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DisabledRetry = TimeSpan.FromMinutes(1);

    /// <summary>Whether a read found nothing fresh: no data yet, or past its age limit.</summary>
    public static bool IsWanted(Answer answer, DateTimeOffset now) => answer.Refusal is { } refusal
        ? refusal.Code is ProblemCodes.NoDataYet or ProblemCodes.StaleData
        : answer is { Freshness: { } freshness, DataTime: { } at } && now - at > freshness.MaxAge;

    public Task<Problem?> PricesAsync(SimplePrice.Request request, Answer found, CancellationToken cancellationToken) => AskAsync(
        feeds.All.Where(feed => feed.Dataset == "simple_price" && request.Assets.All(feed.Settings.Assets.Contains)
                && request.Currencies.All(feed.Settings.Currencies.Contains)).Take(1)
            // The feed's own round: one request for all of them, whoever waits for which.
            .SelectMany(feed => feed.Series.Select(series => (feed, series))), found, cancellationToken);

    public Task<Problem?> ChartAsync(MarketChart.Request request, Answer found, CancellationToken cancellationToken) => AskAsync(
        Of("market_chart", request.Asset, settings => settings with
        {
            Assets = [request.Asset], Currencies = [request.Currency], Intervals = [request.Interval],
        }, settings => settings.Currencies.Contains(request.Currency) && settings.Intervals.Contains(request.Interval)),
        found, cancellationToken);

    public Task<Problem?> OnChainAsync(OnChainPoints.Request request, Answer found, CancellationToken cancellationToken) => AskAsync(
        Of("onchain", request.Asset, settings => settings with
        {
            Assets = [request.Asset], Metrics = [request.Metric], Sources = [request.Source], Intervals = [request.Interval],
        }, settings => settings.Metrics.Contains(request.Metric) && settings.Sources.Contains(request.Source)
            && settings.Intervals.Contains(request.Interval)),
        found, cancellationToken);

    /// <summary>Of a pair, configured or stored.</summary>
    public Task<Problem?> PairAsync(string dataset, string exchange, string pair, Answer found, CancellationToken cancellationToken) =>
        AskAsync(feeds.Find(exchange, dataset) is { } feed ? [(feed, feed.RequestForPair(pair))] : [], found, cancellationToken);

    /// <summary>
    /// Of a pair: its trades, of which candles are made, and where there is nothing yet the exchange's own candles too. The answer waits
    /// until candles are made of what came, for <c>on-demand.wait</c> at most; past it the read finds what it finds, and refuses what is
    /// old.
    /// </summary>
    public async Task<Problem?> CandlesAsync(CandleQuery query, Answer found, CancellationToken cancellationToken)
    {
        IEnumerable<(Feed, SeriesRequest)> trades = feeds.Find(query.Exchange, "trades") is { } feed
            ? [(feed, feed.RequestForPair(query.Pair))]
            : [];
        var given = found.Refusal?.Code == ProblemCodes.NoDataYet ? GivenCandles(query) : [];
        if (await AskAsync(trades.Concat(given), found, cancellationToken) is { } problem)
        {
            return problem;
        }

        using var deadline = new CancellationTokenSource(settings().Wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await candles.RunAsync(query.Exchange, query.Pair, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // They go on being made behind the writers.
        }

        return null;
    }

    /// <summary>None where the exchange gives none of that length.</summary>
    private IEnumerable<(Feed, SeriesRequest)> GivenCandles(CandleQuery query) =>
        feeds.Find(query.Exchange, "candles") is { Health.IsEnabled: true } feed && feed.Settings.Intervals.Contains(query.Interval)
            ? feed.SeriesOf(feed.Settings with { Pairs = [query.Pair], Intervals = [query.Interval] }).Select(series => (feed, series))
            : [];

    private IEnumerable<(Feed, SeriesRequest)> Of(
        string dataset, string asset, Func<DatasetSettings, DatasetSettings> narrow, Func<DatasetSettings, bool> covers) =>
        feeds.All.Where(feed => feed.Dataset == dataset && feed.Settings.Assets.Contains(asset) && covers(feed.Settings)).Take(1)
            .SelectMany(feed => feed.SeriesOf(narrow(feed.Settings)).Select(series => (feed, series)));

    private async Task<Problem?> AskAsync(
        IEnumerable<(Feed Feed, SeriesRequest Series)> wanted, Answer found, CancellationToken cancellationToken)
    {
        if (!settings().Enabled)
        {
            return null;
        }

        // A series without any data gets its history too, as the feed's first round would.
        var isEmpty = found.Refusal?.Code == ProblemCodes.NoDataYet;
        var failures = await Task.WhenAll(wanted.Select(one => fetch.FetchAsync(
            one.Feed, isEmpty ? one.Series with { Path = one.Series.FirstPath } : one.Series, cancellationToken)));
        return failures.FirstOrDefault(failure => failure is not null) is { } first ? ProblemOf(first) : null;
    }

    internal static Problem ProblemOf(FetchFailure failure) => failure.Kind switch
    {
        FetchFailureKind.Upstream or FetchFailureKind.NotFound => new(
            StatusCodes.Status502BadGateway, ProblemCodes.UpstreamFailed, failure.Message, ProviderCode: failure.ProviderCode),
        FetchFailureKind.Timeout => new(StatusCodes.Status504GatewayTimeout, ProblemCodes.UpstreamTimeout, failure.Message),
        FetchFailureKind.Disabled => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCodes.FeedDisabled, failure.Message, RetryAfter: DisabledRetry),
        FetchFailureKind.Busy => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded, failure.Message, RetryAfter: BusyRetry),
    };
}
