using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds.Budgets;

/// <summary>The governor of a process that shares its budget with nobody.</summary>
public sealed class UpstreamGovernorSpec : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ITestOutputHelper _output;
    private readonly FakeTimeProvider _time = new();
    private readonly UpstreamGovernor _governor;
    private BudgetSettings _settings = TestSettings.Read().Feeds["coinone"].Budget with { PerMinute = 3 };

    public UpstreamGovernorSpec(ITestOutputHelper output)
    {
        _output = output;
        _governor = new UpstreamGovernor("coinone", () => _settings, _time);
    }

    public void Dispose() => _governor.Dispose();

    [Fact]
    public void No_sliding_window_ever_holds_more_than_the_budget_and_a_backlog_uses_95_percent_of_it()
    {
        var random = new Random(Seed.Next(_output));
        for (var run = 0; run < 20; run++)
        {
            var settings = _settings with { PerSecond = random.Next(2, 9), PerMinute = random.Next(30, 200) };
            var (local, oracle, started) = (new LocalBudget(shared: false, _time), new WindowOracle(), _time.GetUtcNow());
            while (_time.GetUtcNow() - started < TimeSpan.FromMinutes(20))
            {
                Wanted[] wanted = [.. Enumerable.Repeat(new Wanted(RequestPriority.Schedule, 1), 20)];
                var answer = local.Decide(settings, wanted);
                Enumerable.Range(0, answer.Granted).ToList()
                    .ForEach(_ => oracle.Granted(_time.GetUtcNow().ToUnixTimeMilliseconds(), 1));
                _time.Advance(answer.Wait);
            }

            var most = Math.Min(settings.PerMinute!.Value, settings.PerSecond!.Value * 60) * 20;
            Assert.True(oracle.Largest(BudgetWindow.Second) <= settings.PerSecond, $"{settings}");
            Assert.True(oracle.Largest(BudgetWindow.Minute) <= settings.PerMinute, $"{settings}");
            Assert.True(oracle.Total >= 0.95 * most, $"{oracle.Total} of {most}: {settings}");
        }
    }

    [Fact]
    public async Task Whoever_finds_room_starts_at_once_and_the_next_when_the_oldest_has_left_the_window()
    {
        await TakeAsync(3);

        Assert.InRange(await AdvanceUntilAsync(WaitAsync()), Minute, Minute + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_weight_takes_that_much_of_the_budget()
    {
        await WaitAsync(weight: 2).Within("the first starts");

        Assert.True(await AdvanceUntilAsync(WaitAsync(weight: 2)) >= Minute);
    }

    [Fact]
    public async Task A_raised_budget_is_obeyed_within_a_second_of_a_long_wait()
    {
        _settings = _settings with { PerDay = 1 };
        await TakeAsync(1);
        var second = WaitAsync();
        await _time.WhenArmedAsync();
        _settings = _settings with { PerDay = 2 };

        Assert.InRange(await AdvanceUntilAsync(second), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_hold_stops_everyone_for_its_time_and_a_shorter_one_takes_nothing_back()
    {
        _governor.HoldFor(TimeSpan.FromSeconds(20));
        _governor.HoldFor(TimeSpan.FromSeconds(5));

        var waited = await AdvanceUntilAsync(Task.WhenAll(WaitAsync(), WaitAsync(RequestPriority.User)));

        Assert.InRange(waited, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.01));
    }

    [Fact]
    public async Task Who_needs_no_place_in_the_budget_waits_for_the_end_of_a_hold_alone()
    {
        await TakeAsync(_settings.PerMinute!.Value);
        await _governor.WhenFreeAsync(default);
        _governor.HoldFor(TimeSpan.FromSeconds(20));

        Assert.InRange(
            await AdvanceUntilAsync(_governor.WhenFreeAsync(default)), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.01));
    }

    [Fact]
    public async Task A_hold_is_never_longer_than_the_longest_and_shows_in_the_status()
    {
        _governor.HoldFor(TimeSpan.FromDays(100));

        Assert.Equal(_time.GetUtcNow() + _settings.LongestHold, _governor.Status().HeldUntil);
        Assert.InRange(await AdvanceUntilAsync(WaitAsync()), _settings.LongestHold, _settings.LongestHold + TimeSpan.FromSeconds(1));
        Assert.Null(_governor.Status().HeldUntil);
    }

    [Fact]
    public async Task The_more_urgent_goes_first_and_equals_in_the_order_of_their_coming()
    {
        _settings = _settings with { PerMinute = 1 };
        await TakeAsync(1);
        var backfill = WaitAsync(RequestPriority.Backfill);
        var (first, second) = (WaitAsync(RequestPriority.Schedule), WaitAsync(RequestPriority.Schedule));
        var (user, repair) = (WaitAsync(RequestPriority.User), WaitAsync(RequestPriority.Repair));
        Task[] inOrder = [user, repair, first, second, backfill];

        for (var next = 0; next < inOrder.Length; next++)
        {
            await Eventually.HoldsAsync(() =>
            {
                if (_governor.Status().Waiting == inOrder.Length - next && _time.ArmedTimers > 0)
                {
                    _time.Advance(TimeSpan.FromSeconds(20));
                }

                return _governor.Status().Waiting < inOrder.Length - next;
            });

            await inOrder[next].Within("the most urgent of those who wait starts");
            Assert.All(inOrder.Skip(next + 1), later => Assert.False(later.IsCompleted));
        }
    }

    [Fact]
    public async Task Who_is_cancelled_while_waiting_was_never_counted_and_frees_the_line()
    {
        await TakeAsync(2);
        using var cancel = new CancellationTokenSource();
        var heavy = _governor.WaitAsync(RequestPriority.User, 2, cancel.Token);
        var light = WaitAsync(RequestPriority.Backfill);
        await _time.WhenArmedAsync();
        Assert.False(light.IsCompleted);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => heavy.Within("the cancelled one ends"));
        await light.Within("the next, for which there was room, starts at once");
        Assert.Equal(3, _governor.Status().Windows.Single().Used);
    }

    [Fact]
    public async Task Past_the_bound_the_least_urgent_and_newest_is_refused()
    {
        _settings = _settings with { PerMinute = 1, MaxWaiting = 2 };
        await TakeAsync(1);
        var (first, second) = (WaitAsync(RequestPriority.Schedule), WaitAsync(RequestPriority.Backfill));
        await Assert.ThrowsAsync<UpstreamException>(() => WaitAsync(RequestPriority.Backfill).Within("the newest is refused"));
        var user = WaitAsync(RequestPriority.User);

        await Assert.ThrowsAsync<UpstreamException>(() => second.Within("the least urgent gives way"));
        await AdvanceUntilAsync(Task.WhenAll(first, user));
    }

    [Fact]
    public async Task A_request_that_no_window_could_ever_hold_is_refused_at_once()
    {
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => WaitAsync(weight: 4));

        Assert.Equal("A request of weight 4 is more than coinone may be asked per minute (3).", refused.Message);
    }

    [Fact]
    public async Task When_it_is_disposed_nobody_waits_any_more()
    {
        await TakeAsync(3);
        var waiting = WaitAsync();
        _governor.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within("the wait ends"));
    }

    [Fact]
    public async Task The_status_says_what_is_used_and_left_by_window()
    {
        _settings = _settings with { PerDay = 10 };
        await TakeAsync(2);

        var status = _governor.Status();

        Assert.Equal([("minute", 3L, 2L, 1L), ("day", 10, 2, 8)], status.Windows.Select(w => (w.Window, w.Budget, w.Used, w.Left)));
        Assert.Equal(("coinone", 0, 1, false), (status.Provider, status.Waiting, status.Nodes, status.CutOff));
    }

    private Task WaitAsync(RequestPriority priority = RequestPriority.Schedule, int weight = 1) =>
        _governor.WaitAsync(priority, weight, default);

    private async Task TakeAsync(int requests)
    {
        for (var request = 0; request < requests; request++)
        {
            await WaitAsync().Within("a request that finds room starts");
        }
    }

    /// <summary>Advances from timer to timer until the task has ended; returns for how long.</summary>
    private async Task<TimeSpan> AdvanceUntilAsync(Task task)
    {
        var started = _time.GetUtcNow();
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, _time.WhenArmedAsync());
            if (!task.IsCompleted)
            {
                await _time.AdvanceToNextTimerAsync();
            }
        }

        await task;
        return _time.GetUtcNow() - started;
    }
}
