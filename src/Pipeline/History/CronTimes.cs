using System.Diagnostics.CodeAnalysis;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using Quartz;

namespace AkkaCrypto.Pipeline.History;

/// <summary>
/// The times of a cron expression in a time zone. Pure: Quartz reads the expression and knows the rules of daylight saving; its scheduler,
/// which has threads and a clock of its own, is not used, for what is due follows from the durable state and <see cref="TimeProvider"/>.
/// </summary>
public sealed class CronTimes
{
    /// <summary>Missed times are counted up to here.</summary>
    private const int MostCounted = 1000;

    /// <summary>How far back the last time is looked for, step by step, so that few times have to be walked through.</summary>
    private static readonly TimeSpan[] Steps =
        [TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(31), TimeSpan.FromDays(366)];

    private readonly CronExpression _expression;

    private CronTimes(CronExpression expression) => _expression = expression;

    /// <summary>False with what is expected.</summary>
    /// <param name="timeZone">IANA name, such as <c>Asia/Seoul</c>.</param>
    public static bool TryParse(
        string cron, string timeZone, [NotNullWhen(true)] out CronTimes? times, [NotNullWhen(false)] out string? expected)
    {
        times = null;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone))
        {
            expected = "the IANA name of a time zone, such as UTC or Asia/Seoul";
            return false;
        }

        try
        {
            times = new CronTimes(new CronExpression(cron, zone));
            expected = null;
            return true;
        }
        catch (FormatException fault)
        {
            expected = $"a cron expression with seconds, such as 0 20 0 * * ? ({fault.Message})";
            return false;
        }
    }

    /// <summary>What of the settings' schedules can't stand: an expression, a time zone, a dataset that isn't there.</summary>
    public static IEnumerable<(string Path, string Expected)> Faults(AkkaCryptoSettings settings)
    {
        foreach (var (name, schedule) in settings.Schedules)
        {
            var path = $"akkacrypto.schedules.{name}";
            if (!TryParse(schedule.Cron, schedule.TimeZone, out _, out var expected))
            {
                yield return (expected.StartsWith("the IANA", StringComparison.Ordinal) ? $"{path}.time-zone" : $"{path}.cron", expected);
            }

            if (!settings.Feeds.TryGetValue(schedule.Provider, out var provider))
            {
                yield return ($"{path}.provider", $"one of akkacrypto.feeds: {string.Join(", ", settings.Feeds.Keys)}");
            }
            else if (!provider.Datasets.Keys.Any(key => FeedCatalogue.DatasetOf(key) == FeedCatalogue.DatasetOf(schedule.Dataset)))
            {
                yield return ($"{path}.dataset", $"one of {schedule.Provider}'s: {string.Join(", ", provider.Datasets.Keys)}");
            }
        }
    }

    /// <summary>Null: never again.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset time) => _expression.GetNextValidTimeAfter(time);

    /// <summary>The last time after <paramref name="after"/>, at most <paramref name="until"/>; null: there is none.</summary>
    public DateTimeOffset? LastBetween(DateTimeOffset after, DateTimeOffset until)
    {
        foreach (var step in Steps)
        {
            var from = until - step > after ? until - step : after;
            if (NextAfter(from) is { } first && first <= until)
            {
                var last = first;
                while (NextAfter(last) is { } next && next <= until)
                {
                    last = next;
                }

                return last;
            }

            if (from == after)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>How many times lie after <paramref name="after"/> and before <paramref name="before"/>; at most 1,000.</summary>
    public int CountBetween(DateTimeOffset after, DateTimeOffset before)
    {
        var count = 0;
        for (var time = NextAfter(after); time < before && count < MostCounted; time = NextAfter(time.Value))
        {
            count++;
        }

        return count;
    }
}
