using System.Diagnostics.Metrics;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Logs;

/// <summary>What the feeds do, as OpenTelemetry metrics; /metrics says the same and more for Prometheus.</summary>
public sealed class FeedInstruments : IDisposable
{
    public const string MeterName = "AkkaCrypto.Feeds";

    private readonly Meter _meter = new(MeterName);

    public FeedInstruments(Func<IReadOnlyList<FeedStatus>> feeds, Func<IReadOnlyList<GovernorStatus>> governors)
    {
        _meter.CreateObservableCounter(
            "akkacrypto.feed.rows", () => feeds().SelectMany(RowsOf), "{row}", "Records of committed batches, by what became of them.");
        _meter.CreateObservableCounter(
            "akkacrypto.feed.requests", () => feeds().Select(feed => new Measurement<long>(feed.Requests, Of(feed))), "{request}",
            "Requests to the provider, retries not counted.");
        _meter.CreateObservableCounter(
            "akkacrypto.feed.restarts", () => feeds().Select(feed => new Measurement<long>(feed.Restarts, Of(feed))), "{restart}",
            "Restarts of the feed's graph after a failure.");
        _meter.CreateObservableGauge(
            "akkacrypto.feed.lag", () => feeds().Where(feed => feed.Lag is not null)
                .Select(feed => new Measurement<double>(feed.Lag!.Value.TotalSeconds, Of(feed))), "s",
            "From the provider's time of a series' newest record to its commit: the largest over the series committed to lately.");
        _meter.CreateObservableGauge(
            "akkacrypto.upstream.budget.left", () => governors().SelectMany(LeftOf), "{weight}",
            "What is left of a provider's budget in a sliding window, over all nodes.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> RowsOf(FeedStatus feed)
    {
        foreach (var (outcome, count) in ((string, long)[])
        [
            ("inserted", feed.Counts.Inserted), ("skipped", feed.Counts.Skipped), ("differing", feed.Counts.Differing),
            ("revised", feed.Counts.Revised), ("rejected", feed.Counts.Rejected),
        ])
        {
            yield return new Measurement<long>(count, [.. Of(feed), new("outcome", outcome)]);
        }
    }

    private static IEnumerable<Measurement<long>> LeftOf(GovernorStatus budget) => budget.Windows.Select(window =>
        new Measurement<long>((long)window.Left, new("provider", budget.Provider), new("window", window.Window)));

    private static KeyValuePair<string, object?>[] Of(FeedStatus feed) =>
        [new("provider", feed.Provider), new("dataset", feed.Dataset)];
}
