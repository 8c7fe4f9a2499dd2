using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Tests;

public sealed class CacheTests
{
    private static readonly CacheTtlSettings OneSecond = new(TimeSpan.FromSeconds(1), null, TimeSpan.Zero, TimeSpan.Zero);
    private readonly Clock _clock = new();

    [Fact]
    public void At_the_bound_the_least_recently_used_go_first()
    {
        var cache = new BoundedCache<string>(32, 1_000_000, _clock);
        for (var i = 0; i < 32; i++)
        {
            cache.Set($"k{i}", "v", 1);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(cache.TryGet("k0", out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        cache.Set("new", "v", 1);
        Assert.Equal(30, cache.Count);
        Assert.True(cache.TryGet("k0", out _));
        Assert.True(cache.TryGet("new", out _));
        Assert.False(cache.TryGet("k1", out _));
        Assert.False(cache.TryGet("k3", out _));
        Assert.True(cache.TryGet("k4", out _));
    }

    [Fact]
    public void Sizes_are_bounded_too_and_a_replaced_value_gives_its_size_back()
    {
        var cache = new BoundedCache<string>(1000, 160, _clock);
        for (var i = 0; i < 100; i++)
        {
            cache.Set("same", "v", 10);
        }

        Assert.Equal(10, cache.Size);
        for (var i = 0; i < 100; i++)
        {
            cache.Set($"k{i}", "v", 10);
            Assert.InRange(cache.Size, 0, 160);
        }

        cache.Set("too large", "v", 11);
        Assert.False(cache.TryGet("too large", out _));
    }

    [Fact]
    public async Task A_failed_load_is_told_to_all_who_wait_and_the_next_asks_again()
    {
        var cache = Answers();
        var gate = new TaskCompletionSource<Answer>();
        var first = cache.GetAsync("k", OneSecond, gate, source => source.Task, CancellationToken.None).AsTask();
        var second = cache.GetAsync(
            "k", OneSecond, gate, _ => throw new InvalidOperationException("a second load"), CancellationToken.None).AsTask();
        gate.SetException(new TimeoutException("database"));
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await Assert.ThrowsAsync<TimeoutException>(() => second);
        var third = await cache.GetAsync(
            "k", OneSecond, 0, _ => Task.FromResult(Answer.Of("1"u8.ToArray())), CancellationToken.None);
        Assert.Equal("1"u8.ToArray(), third.Body.ToArray());
    }

    [Fact]
    public async Task A_caller_that_goes_away_does_not_take_the_load_with_it()
    {
        var cache = Answers();
        using var gone = new CancellationTokenSource();
        var gate = new TaskCompletionSource<Answer>();
        var leaving = cache.GetAsync("k", OneSecond, gate, source => source.Task, gone.Token).AsTask();
        var staying = cache.GetAsync("k", OneSecond, gate, source => source.Task, CancellationToken.None).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        gate.SetResult(Answer.Of("1"u8.ToArray()));
        Assert.Equal(1, (await staying).Body.Length);
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        var cache = Answers();
        var loads = 0;
        for (var i = 0; i < 2; i++)
        {
            await cache.GetAsync("k", OneSecond, 0, _ => { loads++; return Task.FromResult<Answer>(Problem.NoDataYet("x")); },
                CancellationToken.None);
        }

        Assert.Equal(2, loads);
    }

    private AnswerCache Answers() => new(TestSettings.Create().Cache, new SeriesChanges(), _clock);
}
