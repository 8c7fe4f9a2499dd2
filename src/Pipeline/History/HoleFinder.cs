using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AkkaCrypto.Pipeline.History;

/// <summary>
/// Finds holes in series of a fixed interval: buckets that are not there, between two that are. They are closed, for a later one is stored;
/// and a provider's null is a value, not a hole. What was in the register before is not registered again: once it is filled, the provider
/// has nothing more there.
/// </summary>
public sealed class HoleFinder(NpgsqlDataSource database, GapRegister gaps, TimeProvider time, ILogger<HoleFinder> log)
{
    private const string Reason = "buckets between two that are stored are not there";

    /// <summary>Of one series in one search; the rest is found by the next.</summary>
    private const int MostHoles = 1000;

    private const string ChartBuckets = """
        SELECT DISTINCT bucket_start AS at FROM market.chart_points WHERE asset = $6 AND currency = $7 AND interval = $8
        """;

    private const string OnChainBuckets = """
        SELECT DISTINCT time AS at FROM onchain.points WHERE asset = $6 AND metric = $7 AND source = $8 AND interval = $9
        """;

    /// <summary>Searches again and again until it is cancelled.</summary>
    public async Task RunAsync(IReadOnlyCollection<Feed> feeds, Func<TimeSpan> every, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FindAsync(feeds.Where(feed => feed.Health.IsEnabled), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                log.LogError(failure, "The search for holes is tried again: {Trouble}", failure.Message);
            }
            catch (Exception cut)
            {
                log.LogDebug(cut, "The search for holes has stopped");
            }

            await Task.Delay(every(), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Searches every series of the feeds that has a fixed interval, and registers what is not there.</summary>
    /// <returns>How many holes were registered.</returns>
    public async Task<int> FindAsync(IEnumerable<Feed> feeds, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var (feed, series) in feeds.SelectMany(feed => feed.Series.Select(series => (feed, series))))
        {
            var holes = await HolesAsync(feed, series, cancellationToken).ConfigureAwait(false);
            if (holes.Count > 0)
            {
                log.LogWarning("{Series}: {Holes} holes, the first after {From}", holes[0].Series, holes.Count, holes[0].From);
                await gaps.RegisterAsync(holes, cancellationToken).ConfigureAwait(false);
                found += holes.Count;
            }
        }

        return found;
    }

    private async Task<IReadOnlyList<Gap>> HolesAsync(Feed feed, SeriesRequest series, CancellationToken cancellationToken)
    {
        var context = series.Context;
        return (feed.Dataset, context.Interval) switch
        {
            ("market_chart", { } interval) => await HolesAsync(
                feed.KeyOf(series), ChartStore.Bucket(interval), ChartBuckets, [context.Asset!, context.Currency!, interval],
                cancellationToken).ConfigureAwait(false),
            ("onchain", "day" or "hour") => await HolesAsync(
                feed.KeyOf(series), context.Interval == "day" ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1), OnChainBuckets,
                [context.Asset!, context.Metric!, context.Source!, context.Interval], cancellationToken).ConfigureAwait(false),
            _ => [],
        };
    }

    private async Task<IReadOnlyList<Gap>> HolesAsync(
        SeriesKey series, TimeSpan bucket, string buckets, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            SELECT earlier, at FROM (SELECT at, lag(at) OVER (ORDER BY at) AS earlier FROM ({buckets}) AS stored) AS neighbours
            WHERE at - earlier > $4 AND NOT EXISTS (
                SELECT FROM ops.gaps WHERE provider = $1 AND dataset = $2 AND series = $3
                    AND found_from_ns <= (extract(epoch FROM earlier) * 1000000)::bigint * 1000
                    AND found_to_ns >= (extract(epoch FROM at) * 1000000)::bigint * 1000)
            ORDER BY at LIMIT $5
            """);
        command.Parameters.AddSeries(series);
        command.Parameters.AddValue(bucket);
        command.Parameters.AddValue(MostHoles);
        foreach (var part in key)
        {
            command.Parameters.AddValue(part);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var holes = new List<Gap>();
        while (await reader.ReadAsync(cancellationToken))
        {
            holes.Add(new Gap(
                series, ProviderTime.From(reader.Time(0), 0), "", ProviderTime.From(reader.Time(1), 0), "", Reason, time.GetUtcNow()));
        }

        return holes;
    }
}
