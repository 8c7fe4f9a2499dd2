using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

public sealed class UpstreamBudgetSpec
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ITestOutputHelper _output;
    private readonly FakeTimeProvider _time = new();
    private readonly UpstreamBudget _budget;
    private BudgetSettings _settings = new(3, Minute);

    public UpstreamBudgetSpec(ITestOutputHelper output)
    {
        _output = output;
        _budget = new UpstreamBudget(() => _settings, _time);
    }

    [Fact]
    public async Task No_sliding_window_ever_holds_more_starts_than_the_budget()
    {
        var random = new Random(Seed.Next(_output));
        for (var run = 0; run < 30; run++)
        {
            _settings = new BudgetSettings(random.Next(1, 12), TimeSpan.FromMilliseconds(random.Next(100, 5_000)));
            var clock = new ReadingTime(_time);
            var (settings, budget, starts) = (_settings, new UpstreamBudget(() => _settings, clock), new ConcurrentQueue<long>());
            var callers = new List<Task>();
            for (var caller = 0; caller < 60; caller++)
            {
                callers.Add(StartAsync(budget, clock, starts));
                _time.Advance(random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(0, 700)) : TimeSpan.Zero);
            }

            await DrainAsync(callers);
            var ordered = starts.Order().ToList();
            Assert.Equal(60, ordered.Count);
            Assert.All(Enumerable.Range(settings.Requests, ordered.Count - settings.Requests), later =>
                Assert.True(
                    ordered[later] - ordered[later - settings.Requests] >= settings.Window.Ticks, $"run {run}: {settings}, start {later}"));
        }
    }

    [Fact]
    public async Task Whoever_finds_room_starts_at_once_and_the_next_when_the_oldest_has_left_the_window()
    {
        await TakeAsync(3);

        var fourth = _budget.WaitAsync(default);
        await _time.WhenArmedAsync();
        Assert.False(fourth.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        var waited = TimeSpan.FromSeconds(1) + await AdvanceUntilAsync(fourth);

        Assert.InRange(waited, Minute, Minute + TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_lowered_budget_lets_several_starts_leave_the_window_first()
    {
        await TakeAsync(2);
        _time.Advance(TimeSpan.FromSeconds(30));
        await TakeAsync(1);
        _settings = new BudgetSettings(1, Minute);

        var waited = await AdvanceUntilAsync(_budget.WaitAsync(default));

        Assert.InRange(waited, Minute, Minute + TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_raised_budget_is_obeyed_within_a_second_of_a_long_wait()
    {
        _settings = new BudgetSettings(1, TimeSpan.FromHours(1));
        await TakeAsync(1);
        var second = _budget.WaitAsync(default);
        await _time.WhenArmedAsync();
        _settings = new BudgetSettings(2, TimeSpan.FromHours(1));

        Assert.InRange(await AdvanceUntilAsync(second), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_hold_stops_everyone_for_its_time_and_a_shorter_one_takes_nothing_back()
    {
        _budget.HoldFor(TimeSpan.FromSeconds(20));
        _budget.HoldFor(TimeSpan.FromSeconds(5));
        var waiting = new[] { _budget.WaitAsync(default), _budget.WaitAsync(default) };

        var waited = await AdvanceUntilAsync(Task.WhenAll(waiting));

        Assert.InRange(waited, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.001));
    }

    [Fact]
    public async Task A_hold_that_comes_while_somebody_waits_prolongs_that_wait()
    {
        await TakeAsync(3);
        var fourth = _budget.WaitAsync(default);
        await _time.WhenArmedAsync();
        _budget.HoldFor(TimeSpan.FromMinutes(3));

        Assert.InRange(await AdvanceUntilAsync(fourth), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(3.001));
    }

    [Fact]
    public async Task Who_is_cancelled_while_waiting_was_never_counted_and_frees_the_line()
    {
        await TakeAsync(3);
        using var cancel = new CancellationTokenSource();
        var first = _budget.WaitAsync(cancel.Token);
        var second = _budget.WaitAsync(cancel.Token);
        var third = _budget.WaitAsync(default);
        await _time.WhenArmedAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within("the one who waits for the window is cancelled"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Within("the one who waits in line is cancelled"));

        await AdvanceUntilAsync(third);

        // Three have left the window and one was counted since: two more find room at once.
        await TakeAsync(2);
    }

    [Fact]
    public async Task Who_waits_is_served_in_the_order_of_the_line()
    {
        _settings = new BudgetSettings(1, TimeSpan.FromSeconds(1));
        await TakeAsync(1);
        var order = new ConcurrentQueue<int>();
        var waiting = Enumerable.Range(1, 5).Select(async number =>
        {
            await _budget.WaitAsync(default);
            order.Enqueue(number);
        }).ToList();

        await DrainAsync(waiting);
        Assert.Equal([1, 2, 3, 4, 5], order);
    }

    private static async Task StartAsync(UpstreamBudget budget, ReadingTime clock, ConcurrentQueue<long> starts)
    {
        var read = clock.Follow();
        await budget.WaitAsync(default);
        starts.Enqueue(read.Last);
    }

    private async Task TakeAsync(int requests)
    {
        for (var request = 0; request < requests; request++)
        {
            await _budget.WaitAsync(default).Within("a request that finds room starts");
        }
    }

    private Task DrainAsync(IReadOnlyList<Task> callers) => AdvanceUntilAsync(Task.WhenAll(callers));

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

    /// <summary>
    /// Tells each flow of control when it last read the clock. The budget's last look is at the start that it counts; the test's own would
    /// come a moment later, and other threads move the clock meanwhile.
    /// </summary>
    private sealed class ReadingTime(TimeProvider inner) : TimeProvider
    {
        private readonly AsyncLocal<Reading?> _reading = new();

        public override long TimestampFrequency => inner.TimestampFrequency;

        public Reading Follow() => _reading.Value = new Reading();

        public override long GetTimestamp()
        {
            var now = inner.GetTimestamp();
            if (_reading.Value is { } reading)
            {
                reading.Last = now;
            }

            return now;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Reading
    {
        public long Last { get; set; }
    }
}
