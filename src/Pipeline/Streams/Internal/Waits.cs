namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Waiting for a moment that live settings may move.</summary>
internal static class Waits
{
    /// <summary>The settings are read again at least so often during a wait.</summary>
    public static readonly TimeSpan SettingsReadEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// To whole milliseconds, the resolution of the framework's timers, which cut the rest off: without this a wait would end too early and
    /// be begun again, over and over, until its moment has come.
    /// </summary>
    public static TimeSpan RoundUp(TimeSpan wait) =>
        TimeSpan.FromTicks((wait.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);

    /// <summary>Waits until <paramref name="left"/> is no longer positive; it is asked again at least every
    /// <see cref="SettingsReadEvery"/>.</summary>
    public static async ValueTask UntilNothingIsLeftAsync(Func<TimeSpan> left, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var wait = left(); wait > TimeSpan.Zero; wait = left())
        {
            await Task.Delay(RoundUp(wait < SettingsReadEvery ? wait : SettingsReadEvery), time, cancellationToken);
        }
    }
}
