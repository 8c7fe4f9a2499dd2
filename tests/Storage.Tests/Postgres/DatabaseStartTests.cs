using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Storage.Tests.Postgres;

public sealed class DatabaseStartTests
{
    private readonly FakeTimeProvider _time = new();
    private int _attempts;

    [Fact]
    public async Task A_step_that_fails_for_a_moment_is_done_after_it()
    {
        var step = RunAsync(TimeSpan.FromSeconds(60), () => _attempts < 8 ? throw new TimeoutException("busy") : 7);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            return step.IsCompleted;
        });
        Assert.Equal((7, 8), (await step, _attempts));
    }

    [Fact]
    public async Task A_step_that_fails_all_the_time_ends_with_what_it_was_and_what_the_database_said_last()
    {
        var began = _time.GetUtcNow();
        var step = RunAsync(TimeSpan.FromSeconds(60), () => throw new TimeoutException("busy"));
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return step.IsCompleted;
        });
        var away = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => step);
        Assert.Equal("The database is not available for the step: busy", away.Message);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(57), TimeSpan.FromSeconds(90));

        // 250 ms, 500 ms, 1 s and then 2 s at most: neither a busy loop nor so long a pause that a start is late.
        Assert.InRange(_attempts, 20, 40);
    }

    [Fact]
    public async Task What_will_not_pass_is_not_tried_again()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunAsync(TimeSpan.FromHours(1), () => throw new InvalidOperationException("a bug")));
        Assert.Equal(1, _attempts);
    }

    private Task<int> RunAsync(TimeSpan timeout, Func<int> work) => new DatabaseStart(timeout, _time, NullLogger.Instance).RunAsync(
        "the step",
        () =>
        {
            _attempts++;
            return Task.FromResult(work());
        },
        CancellationToken.None);
}
