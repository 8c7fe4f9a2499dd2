using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>One point of a served chart.</summary>
public sealed record ChartSpot(ProviderTime Time, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume);

/// <summary>What of a chart is wanted: inclusive at both ends.</summary>
/// <param name="Step"><c>5m</c>, <c>hourly</c> or <c>daily</c>.</param>
/// <param name="From">Null: from the first.</param>
/// <param name="ToNow">Whether it ends now, with the newest price as its last point.</param>
public sealed record ChartSpan(string Asset, string Currency, string Step, DateTimeOffset? From, DateTimeOffset To, bool ToNow);

/// <summary>
/// Points of charts as CoinGecko shows them: five minutes and hours at the provider's own times, days at 00:00 UTC, and now. What is not
/// stored, or not fresh, is asked for: a listed coin need not be one that a feed polls.
/// </summary>
public sealed class CoinCharts(
    IMarketReads reads, CoinPrices prices, ConfiguredSeries configured, CoinDemand demand, CoinApiSettings settings, TimeSpan maxAge,
    TimeProvider time)
{
    private const string Charts = "market_chart";
    private const string Recent = "recent_chart";

    /// <summary>The provider shows no more of an older series in a moment than it did a day ago.</summary>
    private static readonly TimeSpan PastNotAgain = TimeSpan.FromDays(1);

    /// <summary>The points, oldest first, or why there are none.</summary>
    public async Task<(IReadOnlyList<ChartSpot> Points, Problem? Problem)> ReadAsync(ChartSpan span)
    {
        var kept = await ReadStoredAsync(span);
        if (await RefreshAsync(span, kept) is { } problem)
        {
            return ([], problem);
        }

        if (await DeepenAsync(span) is { } past)
        {
            return ([], past);
        }

        return (await PointsAsync(span), null);
    }

    /// <summary>The newest that a feed brought, by when it was learned or, of five minutes, by its own time.</summary>
    private async Task<DateTimeOffset?> ReadStoredAsync(ChartSpan span)
    {
        var newest = await reads.ChartAsync(
            span.Asset, span.Currency, span.Step, time.GetUtcNow() - TimeSpan.FromDays(2), null, CancellationToken.None);
        return newest.Count == 0 ? null
            : span.Step == ChartStore.FiveMinutes ? newest[^1].Time.ToDateTimeOffset()
            : newest.Max(bucket => bucket.KnownAt);
    }

    private async Task<Problem?> RefreshAsync(ChartSpan span, DateTimeOffset? newest)
    {
        var (dataset, limit) = span.Step == ChartStore.FiveMinutes ? (Recent, settings.MaxAge.RecentChart) : (Charts, maxAge);
        var now = time.GetUtcNow();
        var what = $"{dataset}/{span.Asset}/{span.Currency}/{span.Step}";
        var isPast = span.To < now - TimeSpan.FromDays(1) && newest is not null;
        if (isPast || (newest is { } at && now - at <= limit) || demand.WasAsked(what, limit))
        {
            return null;
        }

        var name = $"the {span.Step} chart of {span.Asset} in {span.Currency}";
        var otherwise = demand.Refusal(name, newest, limit);
        if (!IsPolled(span) && !settings.AnyCoin)
        {
            return newest is null ? null : otherwise;
        }

        return await demand.AskAsync(dataset, [what], feed => Series(feed, span).Select(series =>
            newest is { } known && now - known < TimeSpan.FromDays(1) ? series : series with { Path = series.FirstPath }), otherwise)
            is { } problem && !(ReferenceEquals(problem, otherwise) && newest is null && !IsPolled(span)) ? problem : null;
    }

    /// <summary>Asks for what lies before the stored points, once: a younger coin has none.</summary>
    private async Task<Problem?> DeepenAsync(ChartSpan span)
    {
        if (span.From is not { } from || span.Step == ChartStore.FiveMinutes || (!IsPolled(span) && !settings.AnyCoin))
        {
            return null;
        }

        var slack = span.Step == "daily" ? TimeSpan.FromDays(2) : TimeSpan.FromHours(3);
        var step = span.Step == "daily" ? ChartStore.Midnight : span.Step;
        var stored = await reads.ChartAsync(span.Asset, span.Currency, step, from - slack, null, CancellationToken.None);
        var first = stored.Count == 0 ? time.GetUtcNow() : stored[0].Start;
        var what = $"past/{span.Asset}/{span.Currency}/{span.Step}/{from.UtcDateTime:yyyy-MM-dd}";
        if (first <= from + slack || demand.WasAsked(what, PastNotAgain))
        {
            return null;
        }

        var nothing = Problem.NoDataYet(what);
        var problem = await demand.AskAsync(
            Charts, [what], feed => Series(feed, span).SelectMany(series => Pages(feed, series, from, first)), nothing);
        // A feed that shows no past, or none that may be asked: what is stored is what there is.
        return ReferenceEquals(problem, nothing) ? null : problem;
    }

    private static IEnumerable<SeriesRequest> Pages(Feed feed, SeriesRequest series, DateTimeOffset from, DateTimeOffset to)
    {
        if (feed.History is not { } history)
        {
            yield break;
        }

        // As long as one reply's granularity allows: see the provider's own walk through its past.
        var most = series.Context.Interval == "daily" ? TimeSpan.FromDays(180) : TimeSpan.FromDays(85);
        for (var end = to; end > from; end -= most)
        {
            var begin = end - most > from ? end - most : from;
            var page = history.First(new HistoryRange(series, begin, end));
            yield return page with { Series = $"{series.Series}/{begin.ToUnixTimeSeconds()}-{end.ToUnixTimeSeconds()}" };
        }
    }

    private static IEnumerable<SeriesRequest> Series(Feed feed, ChartSpan span) =>
        feed.SeriesOf(feed.Settings with { Assets = [span.Asset], Currencies = [span.Currency], Intervals = [span.Step] });

    private bool IsPolled(ChartSpan span) => configured.HasChartAsset(span.Asset) && configured.HasChartCurrency(span.Currency);

    private async Task<IReadOnlyList<ChartSpot>> PointsAsync(ChartSpan span)
    {
        var isDaily = span.Step == "daily";
        var buckets = await reads.ChartAsync(
            span.Asset, span.Currency, isDaily ? ChartStore.Midnight : span.Step, span.From?.AddDays(-1), null, CancellationToken.None);
        var points = buckets.Select(Spot).Where(point => IsWithin(point, span)).ToList();
        if (!span.ToNow)
        {
            return points;
        }

        IReadOnlyList<ChartBucket> moving = isDaily
            ? await reads.ChartAsync(
                span.Asset, span.Currency, "daily", time.GetUtcNow() - TimeSpan.FromDays(2), null, CancellationToken.None)
            : [];
        var found = await prices.ReadAsync([span.Asset], [span.Currency]);
        List<ChartSpot> newest = [.. moving.TakeLast(1).Select(Spot)];
        if (found.TryGetValue((span.Asset, span.Currency), out var price) && price.Time is { } at)
        {
            newest.Add(new ChartSpot(at, price.Price, price.MarketCap, price.Volume24h));
        }

        if (newest.MaxBy(point => point.Time) is { } now && (points.Count == 0 || now.Time > points[^1].Time) && IsWithin(now, span))
        {
            // The step that is still running shows its newest point alone; a day's midnight is no step's.
            if (!isDaily && points.Count > 0 && ChartStore.IsOneStep(span.Step, points[^1].Time, now.Time))
            {
                points.RemoveAt(points.Count - 1);
            }

            points.Add(now);
        }

        return points;
    }

    private static ChartSpot Spot(ChartBucket bucket) => new(bucket.Time, bucket.Price, bucket.MarketCap, bucket.Volume);

    private static bool IsWithin(ChartSpot point, ChartSpan span)
    {
        var at = point.Time.ToDateTimeOffset();
        return (span.From is null || at >= span.From) && at <= span.To;
    }
}
