using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AkkaCrypto.TestKit;

/// <summary>The bound that every wait of a test has, in real time and generous: it is there to name what did not happen, not to
/// measure.</summary>
public static class Bounds
{
    /// <summary>Four minutes: a loaded machine may be slower than this one by more than ten times.</summary>
    public static readonly TimeSpan Real = TimeSpan.FromMinutes(4);

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

    /// <summary>
    /// Looks until the condition holds; after <paramref name="bound"/> (null: <see cref="Bounds.Real"/>) fails and names it.
    /// </summary>
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

    /// <summary>
    /// Looks until nothing is left to be done, for as long as it gets less. So it is bounded by standing still and not by how long it
    /// takes: a loaded machine is slower, and no less right.
    /// </summary>
    /// <param name="left">What is still wrong, missing or behind, as a number that only has to fall; zero ends the wait.</param>
    /// <param name="standing">So many looks, one after the other, that found no less than the least before fail.</param>
    /// <param name="pause">Between two looks.</param>
    /// <param name="what">For the failure: what did not come, as seen last.</param>
    public static async Task GetsDoneAsync(Func<Task<long>> left, int standing, TimeSpan pause, Func<string> what)
    {
        var (least, stood) = (long.MaxValue, 0);
        for (var looks = 1; await left() is var now and not 0; looks++)
        {
            (least, stood) = now < least ? (now, 0) : (least, stood + 1);
            if (stood >= standing)
            {
                Assert.Fail($"After {looks} looks, {stood} of them without progress: {what()}");
            }

            await Task.Delay(pause);
        }
    }
}
