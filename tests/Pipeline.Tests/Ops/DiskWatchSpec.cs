using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Ops;

public sealed class DiskWatchSpec
{
    private readonly RecordingLog<DiskWatch> _log = new();
    private readonly FakeTimeProvider _time = new();
    private DiskSettings _settings = new(LowBytes: 1000, CheckEvery: TimeSpan.FromSeconds(10));
    private long _free = 5000;

    [Fact]
    public void The_alarm_begins_below_the_limit_and_ends_only_a_tenth_above_it()
    {
        var watch = Watch();
        Assert.Null(Look(1000));
        Assert.Contains("999 bytes left, fewer than 1000", Look(999), StringComparison.Ordinal);
        Assert.NotNull(Look(1050));
        Assert.NotNull(Look(1099));
        Assert.Null(Look(1100));
        Assert.Equal(["Error", "Information"], _log.Lines.Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]));

        string? Look(long free)
        {
            _free = free;
            watch.Look();
            return watch.Alarm;
        }
    }

    [Fact]
    public void A_limit_of_zero_switches_it_off_also_in_the_middle_of_an_alarm()
    {
        var watch = Watch();
        _free = 0;
        watch.Look();
        Assert.NotNull(watch.Alarm);

        _settings = _settings with { LowBytes = 0 };
        watch.Look();

        Assert.Null(watch.Alarm);
    }

    [Fact]
    public void A_disk_that_can_not_be_looked_at_leaves_the_alarm_as_it_was()
    {
        var watch = new DiskWatch(() => _settings, () => throw new IOException("no such disk"), _time, _log);
        watch.Look();

        Assert.Null(watch.Alarm);
        Assert.Contains("no such disk", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_looks_as_often_as_it_is_told_to()
    {
        var watch = Watch();
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);
        _free = 1;
        await Eventually.HoldsAsync(() => _time.ArmedTimers > 0);
        Assert.Null(watch.Alarm);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.HoldsAsync(() => watch.Alarm is not null);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void A_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above_it() => Assert.InRange(
        DiskWatch.FreeBytesOf(Path.Combine(Path.GetTempPath(), "not-there", "yet")), 1, long.MaxValue);

    private DiskWatch Watch() => new(() => _settings, () => _free, _time, _log);
}
