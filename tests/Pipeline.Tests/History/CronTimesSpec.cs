using AkkaCrypto.Pipeline.History;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.History;

public sealed class CronTimesSpec
{
    [Theory]
    [InlineData("0 20 0 * * ?", "UTC", "2026-01-31T00:20:00Z", "2026-02-01T00:20:00Z")]
    [InlineData("0 20 0 * * ?", "Asia/Seoul", "2026-01-31T00:00:00Z", "2026-01-31T15:20:00Z")]
    [InlineData("0 0 12 L * ?", "UTC", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z")]
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    public void The_next_time_is_as_the_expression_and_its_zone_say(string cron, string zone, string after, string next) =>
        Assert.Equal(Time(next), Times(cron, zone).NextAfter(Time(after)));

    [Theory]
    [InlineData("0 20 0 * * ?", "2026-01-01T00:20:00Z", "2026-01-04T00:19:59Z", "2026-01-03T00:20:00Z", 1)]
    [InlineData("0 20 0 * * ?", "2026-01-01T00:20:00Z", "2026-01-04T00:20:00Z", "2026-01-04T00:20:00Z", 2)]
    [InlineData("0 20 0 * * ?", "2026-01-01T00:20:00Z", "2026-01-01T23:00:00Z", null, 0)]
    [InlineData("* * * * * ?", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1000)]
    [InlineData("0 0 0 1 1 ?", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-01-01T00:00:00Z", 0)]
    public void The_last_time_of_a_span_and_how_many_came_before_it(string cron, string after, string until, string? last, int missed)
    {
        var times = Times(cron, "UTC");
        var found = times.LastBetween(Time(after), Time(until));

        Assert.Equal(last is null ? null : Time(last), found);
        Assert.Equal(missed, found is { } at ? times.CountBetween(Time(after), at) : 0);
    }

    [Theory]
    [InlineData("cron = \"20 0 * * *\"", "akkacrypto.schedules.charts.cron")]
    [InlineData("time-zone = \"Mars/Olympus\"", "akkacrypto.schedules.charts.time-zone")]
    [InlineData("provider = nobody", "akkacrypto.schedules.charts.provider")]
    [InlineData("dataset = onchain", "akkacrypto.schedules.charts.dataset")]
    public void A_schedule_that_can_not_be_run_is_a_fault_at_its_setting(string edit, string path)
    {
        Assert.Empty(CronTimes.Faults(TestSettings.Read()));

        Assert.Equal(path, Assert.Single(CronTimes.Faults(TestSettings.Read($"akkacrypto.schedules.charts {{ {edit} }}"))).Path);
    }

    private static CronTimes Times(string cron, string zone)
    {
        Assert.True(CronTimes.TryParse(cron, zone, out var times, out var expected), expected);
        return times;
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
