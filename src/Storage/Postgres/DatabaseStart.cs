using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// What a start needs of the database. Under load, or while the database itself starts, a step may fail for a moment: it is repeated, with
/// growing pauses, and only what stays away for the whole time ends the start.
/// </summary>
/// <param name="timeout">For each step, from its first attempt on; an attempt that is under way then is not cut off.</param>
/// <param name="time">Clock of timeout and pauses.</param>
/// <param name="log">Told once for each step that has to wait.</param>
public sealed class DatabaseStart(TimeSpan timeout, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <param name="doing">What is done, for messages: "the migrations".</param>
    /// <param name="work">Harmless when repeated, for a failed attempt may have done its work; leaves nothing running when it
    /// fails.</param>
    /// <exception cref="DatabaseUnavailableException">The database was away for the whole time; the message says what was tried and what
    /// it last answered. Any other exception comes out at once.</exception>
    public async Task<T> RunAsync<T>(string doing, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (PostgresErrors.IsTransient(e))
            {
                if (time.GetElapsedTime(started) + pause > timeout)
                {
                    throw PostgresErrors.AsUnavailable(e, doing)!;
                }

                if (pause == FirstPause)
                {
                    log.LogInformation("Waiting for the database with {Doing}, at most {Seconds} s: {Reason}",
                        doing, timeout.TotalSeconds, e.Message);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(string doing, Func<Task> work, CancellationToken cancellationToken) => RunAsync<object?>(
        doing,
        async () =>
        {
            await work();
            return null;
        },
        cancellationToken);
}
