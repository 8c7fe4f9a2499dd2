using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Groups by number and time.</summary>
public static class GroupedWithinOperator
{
    /// <summary>
    /// Delivers groups of <paramref name="size"/> elements, or of what there is <paramref name="within"/> after the
    /// arrival of a group's first element. Both are read live: at each element, and each second of the wait for the next. Never an empty
    /// group. While downstream is busy, upstream isn't asked.
    /// </summary>
    public static Source<IReadOnlyList<T>> GroupedWithin<T>(
        this Source<T> source, Func<int> size, Func<TimeSpan> within, TimeProvider time) =>
        new(ct => Run(source, size, static _ => 1, within, time, ct));

    /// <summary>
    /// As <see cref="GroupedWithin"/>, but a group is full when the weights of its elements come to <paramref name="size"/> or more. The
    /// element that fills it belongs to it, so a group weighs less than <paramref name="size"/> plus one element.
    /// </summary>
    public static Source<IReadOnlyList<T>> GroupedWeightedWithin<T>(
        this Source<T> source, Func<int> size, Func<T, int> weight, Func<TimeSpan> within, TimeProvider time) =>
        new(ct => Run(source, size, weight, within, time, ct));

    private static async IAsyncEnumerable<IReadOnlyList<T>> Run<T>(
        Source<T> source, Func<int> size, Func<T, int> weight, Func<TimeSpan> within, TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(GroupedWithin));
        using var alarm = new Alarm(time);
        await using var inlet = new Inlet<T>(source, time, cancellationToken);
        while (true)
        {
            var group = await NextAsync(inlet, size, weight, within, alarm, time);
            alarm.Disarm();
            if (group.Count == 0)
            {
                yield break;
            }

            yield return group;
        }
    }

    /// <summary>The next group; empty when upstream has finished. An upstream failure is thrown when no element waits before it.</summary>
    private static async ValueTask<List<T>> NextAsync<T>(
        Inlet<T> inlet, Func<int> size, Func<T, int> weight, Func<TimeSpan> within, Alarm alarm, TimeProvider time)
    {
        var group = new List<T>();
        long since = 0;
        long weighs = 0;
        while (weighs < Math.Max(1, size()))
        {
            switch (inlet.Move())
            {
                case Move.Element:
                    since = group.Count == 0 ? inlet.ArrivedAt : since;
                    group.Add(inlet.Current);
                    weighs += weight(inlet.Current);
                    break;
                case Move.Waiting when group.Count > 0:
                    var (limit, look) = (within(), time.GetElapsedTime(since) + Waits.SettingsReadEvery);
                    if (!await alarm.EndsWithinAsync(inlet.Pending, since, limit < look ? limit : look)
                        && time.GetElapsedTime(since) >= within())
                    {
                        return group;
                    }

                    break;
                case Move.Over when group.Count > 0:
                    // A failure stays in the inlet: this group goes first, the next call meets it again.
                    return group;
                case Move.Waiting or Move.Over:
                    if (!await inlet.WaitAsync())
                    {
                        return group;
                    }

                    break;
            }
        }

        return group;
    }
}
