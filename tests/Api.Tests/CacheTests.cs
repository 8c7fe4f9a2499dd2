using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Api.Tests;

public sealed class CacheTests
{
    private static readonly CacheTtlSettings OneSecond = new(TimeSpan.FromSeconds(1), null, TimeSpan.Zero, TimeSpan.Zero);
    private readonly Clock _clock = new();

    [Fact]
    public void At_the_bound_the_least_recently_used_go_first()
    {
        var cache = new BoundedCache<string>(32, 1_000_000);
        for (var i = 0; i < 32; i++)
        {
            cache.Set($"k{i}", "v", 1);
        }

        Assert.True(cache.TryGet("k0", out _));
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
        var cache = new BoundedCache<string>(1000, 160);
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

    [Fact]
    public async Task A_hot_answer_is_renewed_before_its_end_and_nobody_waits_for_it()
    {
        var cache = Answers();
        var rules = OneSecond with { RefreshAhead = TimeSpan.FromMilliseconds(300) };
        await GetAsync("1");
        _clock.Advance(TimeSpan.FromMilliseconds(800));
        var slow = new TaskCompletionSource<Answer>();
        var old = cache.GetAsync("k", rules, slow, static source => source.Task, CancellationToken.None);
        Assert.True(old.IsCompletedSuccessfully);
        Assert.Equal("1"u8.ToArray(), (await old).Body.ToArray());
        slow.SetResult(Data("2"));
        await Eventually.HoldsAsync(() => cache.Find("k")?.Body.Span.SequenceEqual("2"u8) == true);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal("2"u8.ToArray(), cache.Find("k")!.Body.ToArray());

        async Task GetAsync(string body) =>
            await cache.GetAsync("k", rules, body, static text => Task.FromResult(Data(text)), CancellationToken.None);
    }

    [Fact]
    public async Task What_was_loaded_before_something_was_stored_is_not_served_after_and_its_load_is_not_joined()
    {
        var changes = new SeriesChanges();
        var cache = new AnswerCache(TestSettings.Create().Cache, changes, _clock, new ApiInstruments());
        var series = SeriesChanges.CounterOf("coinone", "btc-krw");
        var before = new TaskCompletionSource<Answer>();
        var early = cache.GetAsync("k", OneSecond, before, static source => source.Task, CancellationToken.None, series);
        changes.Stored("coinone", "btc-krw");
        var late = await cache.GetAsync("k", OneSecond, 0, static _ => Task.FromResult(Data("new")), CancellationToken.None, series);
        before.SetResult(Data("old"));
        Assert.Equal("old"u8.ToArray(), (await early).Body.ToArray());
        Assert.Equal("new"u8.ToArray(), late.Body.ToArray());
        var again = await cache.GetAsync("k", OneSecond, 0, static _ => Task.FromResult(Data("newer")), CancellationToken.None, series);
        Assert.NotEqual("old"u8.ToArray(), again.Body.ToArray());
    }

    [Fact]
    public async Task While_a_load_fails_what_was_there_is_served_within_its_age_limit_and_tried_again_once_a_second()
    {
        var cache = Answers();
        await cache.GetAsync("k", OneSecond, 0, static _ => Task.FromResult(Data("1")), CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var loads = 0;
        for (var i = 0; i < 10; i++)
        {
            var kept = await cache.GetAsync("k", OneSecond, 0, _ => FailAsync(), CancellationToken.None);
            Assert.Equal("1"u8.ToArray(), kept.Body.ToArray());
        }

        Assert.Equal(1, loads);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await Assert.ThrowsAsync<TimeoutException>(
            () => cache.GetAsync("k", OneSecond, 0, _ => FailAsync(), CancellationToken.None).AsTask());

        Task<Answer> FailAsync()
        {
            loads++;
            return Task.FromException<Answer>(new TimeoutException("database"));
        }
    }

    [Fact]
    public async Task Compressed_forms_count_to_the_bound_and_an_equal_body_keeps_them()
    {
        var cache = Answers();
        var text = new string('x', 100_000);
        var first = await LoadAsync();
        var before = cache.Bytes;
        var coded = await first.Representations.BytesAsync(Validation.Coding.Gzip);
        Assert.Equal(before + coded.Length, cache.Bytes);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var second = await LoadAsync();
        Assert.Same(first.Representations, second.Representations);
        Assert.Equal(before + coded.Length, cache.Bytes);

        async Task<Answer> LoadAsync() => await cache.GetAsync(
            "k", OneSecond, text, static body => Task.FromResult(Data(body)), CancellationToken.None);
    }

    private static Answer Data(string body) => Answer.Of(
        System.Text.Encoding.UTF8.GetBytes(body), Clock.Start, "2026-01-31T12:00:00Z", new Freshness("it", TimeSpan.FromMinutes(5)));

    private AnswerCache Answers() => new(TestSettings.Create().Cache, new SeriesChanges(), _clock, new ApiInstruments());
}
