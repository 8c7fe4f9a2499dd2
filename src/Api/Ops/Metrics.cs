using System.Diagnostics;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// <c>/metrics</c>: what each feed has done and is doing, by provider and dataset, shards, and the process. Rates are the reader's to make:
/// <c>rate(akkacrypto_feed_rows_total{outcome="inserted"}[1m])</c> is rows a second.
/// </summary>
public sealed class Metrics(
    Func<IReadOnlyList<FeedStatus>> feeds, Func<IReadOnlyList<GovernorStatus>> governors, Func<IReadOnlyList<ShardStatus>> shards,
    ApiInstruments instruments, AnswerCache cache)
{
    private static readonly (string Outcome, Func<IngestCounts, long> Count)[] Outcomes =
    [
        ("inserted", counts => counts.Inserted), ("skipped", counts => counts.Skipped), ("differing", counts => counts.Differing),
        ("revised", counts => counts.Revised), ("rejected", counts => counts.Rejected),
    ];

    public ValueTask<Answer> AnswerAsync(NoRequest request, CancellationToken cancellationToken)
    {
        var text = new PrometheusText();
        var statuses = feeds();
        WriteRows(text, statuses);
        WriteFeeds(text, statuses);
        WriteStages(text, statuses);
        WriteBudgets(text, governors());
        ShardMetrics.Write(text, shards());
        RequestMetrics.Write(text, instruments, cache);
        WriteProcess(text);
        return new(Answer.Of(text.Encode(), PrometheusText.ContentType));
    }

    private static void WriteRows(PrometheusText text, IReadOnlyList<FeedStatus> statuses)
    {
        const string Rows = "akkacrypto_feed_rows_total";
        text.Family(Rows, "counter", "Records of committed batches, by what became of them.");
        foreach (var feed in statuses)
        {
            foreach (var (outcome, count) in Outcomes)
            {
                text.Sample(Rows, count(feed.Counts), ("provider", feed.Provider), ("dataset", feed.Dataset), ("outcome", outcome));
            }
        }
    }

    private static void WriteFeeds(PrometheusText text, IReadOnlyList<FeedStatus> statuses)
    {
        Of("akkacrypto_feed_rounded_total", "counter",
            "Numbers of committed replies with more than 28 significant digits, which were rounded half-even.", feed => feed.Rounded);
        Of("akkacrypto_feed_requests_total", "counter", "Requests to the provider, retries not counted.", feed => feed.Requests);
        Of("akkacrypto_feed_restarts_total", "counter", "Restarts of the feed's graph after a failure.", feed => feed.Restarts);
        Of("akkacrypto_feed_open_gaps", "gauge", "Intervals that are known to be missing.", feed => feed.OpenGaps);
        Of("akkacrypto_feed_series", "gauge", "Series that the settings ask for.", feed => feed.Series);
        Of("akkacrypto_feed_series_with_data", "gauge", "Of those, how many have committed data.", feed => feed.SeriesWithData);
        Of("akkacrypto_feed_lag_seconds", "gauge",
            "From the provider's time of a series' newest record to its commit: the largest over the series committed to lately.",
            feed => feed.Lag?.TotalSeconds);
        Of("akkacrypto_feed_last_success_timestamp_seconds", "gauge", "When a reply was last committed.",
            feed => feed.LastSuccessAt?.ToUnixTimeMilliseconds() / 1000.0);

        const string State = "akkacrypto_feed_state";
        text.Family(State, "gauge", "1 for the state that the feed is in.");
        foreach (var feed in statuses)
        {
            text.Sample(State, 1, ("provider", feed.Provider), ("dataset", feed.Dataset), ("state", Feeds.Text(feed.State)));
        }

        void Of(string name, string type, string help, Func<FeedStatus, double?> value)
        {
            text.Family(name, type, help);
            foreach (var feed in statuses)
            {
                if (value(feed) is { } known)
                {
                    text.Sample(name, known, ("provider", feed.Provider), ("dataset", feed.Dataset));
                }
            }
        }
    }

    private static void WriteStages(PrometheusText text, IReadOnlyList<FeedStatus> statuses)
    {
        const string Depth = "akkacrypto_stage_depth";
        const string Wait = "akkacrypto_stage_wait_seconds";
        var stages = statuses.SelectMany(feed => feed.Stages.Select(stage => (Feed: feed, Stage: stage))).ToList();
        text.Family(Depth, "gauge", "Elements inside a stage of the feed's graph: requests, replies, batches.");
        foreach (var (feed, stage) in stages)
        {
            text.Sample(Depth, stage.Depth, ("provider", feed.Provider), ("dataset", feed.Dataset), ("stage", stage.Stage));
        }

        text.Family(Wait, "summary", "How long elements were inside a stage.");
        foreach (var (feed, stage) in stages)
        {
            text.Sample(
                Wait + "_sum", stage.Waited.TotalSeconds, ("provider", feed.Provider), ("dataset", feed.Dataset), ("stage", stage.Stage));
            text.Sample(Wait + "_count", stage.Left, ("provider", feed.Provider), ("dataset", feed.Dataset), ("stage", stage.Stage));
        }
    }

    private static void WriteBudgets(PrometheusText text, IReadOnlyList<GovernorStatus> budgets)
    {
        const string Left = "akkacrypto_upstream_budget_left";
        const string Waiting = "akkacrypto_upstream_waiting";
        const string Held = "akkacrypto_upstream_held";
        text.Family(Held, "gauge", "1 while a provider wants to be left alone (too often, or banned), else 0.");
        foreach (var budget in budgets)
        {
            text.Sample(Held, budget.HeldUntil is null ? 0 : 1, ("provider", budget.Provider));
        }

        text.Family(Left, "gauge", "What is left of a provider's budget in a sliding window, over all nodes.");
        foreach (var budget in budgets)
        {
            foreach (var window in budget.Windows)
            {
                text.Sample(Left, window.Left, ("provider", budget.Provider), ("window", window.Window));
            }
        }

        text.Family(Waiting, "gauge", "Requests of this node that wait for the provider's budget.");
        foreach (var budget in budgets)
        {
            text.Sample(Waiting, budget.Waiting, ("provider", budget.Provider));
        }
    }

    private static void WriteProcess(PrometheusText text)
    {
        using var process = Process.GetCurrentProcess();
        One("process_cpu_seconds_total", "counter", "Processor time.", process.TotalProcessorTime.TotalSeconds);
        One("process_resident_memory_bytes", "gauge", "Working set.", process.WorkingSet64);
        One("process_start_time_seconds", "gauge", "Start of the process.",
            new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0);
        One("dotnet_gc_heap_size_bytes", "gauge", "Managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        One("dotnet_gc_collections_total", "counter", "Garbage collections of all generations.", GC.CollectionCount(0));
        One("dotnet_thread_pool_queue_length", "gauge", "Work items waiting for a thread.", ThreadPool.PendingWorkItemCount);

        void One(string name, string type, string help, double value) => text.Family(name, type, help).Sample(name, value);
    }
}
