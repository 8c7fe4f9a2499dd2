using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AkkaCrypto.TestKit;

/// <summary>The bound that every wait of a test has, in real time and generous: it is there to name what did not happen, not to
/// measure.</summary>
public static class Bounds
{
    /// <summary>Thirty seconds.</summary>
    public static readonly TimeSpan Real = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the task, or fails with <paramref name="what"/> did not happen.</summary>
    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Real);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Did not happen within {Real.TotalSeconds} s: {what}.");
        }
    }

    /// <inheritdoc cref="Within(Task, string)"/>
    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    /// <inheritdoc cref="Within(Task, string)"/>
    public static Task<T> Within<T>(this ValueTask<T> task, string what) => task.AsTask().Within(what);

    /// <inheritdoc cref="Within(Task, string)"/>
    public static Task Within(this ValueTask task, string what) => task.AsTask().Within(what);
}

/// <summary>For what can only be seen by looking again: the one place in the tests that waits by the clock on the wall.</summary>
public static class Eventually
{
    /// <summary>Lets a real process go on for so long, before something is done to it at a moment that it does not choose.</summary>
    public static Task AfterAsync(TimeSpan time) => Task.Delay(time);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks until the condition holds; after <paramref name="bound"/> (30 s if null) fails and names it.</summary>
    public static Task HoldsAsync(
        Func<bool> condition, TimeSpan? bound = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), bound, what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan?, string)"/>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition, TimeSpan? bound = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var limit = bound ?? Bounds.Real;
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                Assert.Fail($"Did not come to hold within {limit.TotalSeconds} s: {what}.");
            }

            await Task.Delay(LookAgainAfter);
        }
    }
}
