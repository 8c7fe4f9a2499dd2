using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// Keeps readers from a database that doesn't answer: each would wait out its own deadline. A read that fails or takes long has the
/// database asked for a sign of life, on a connection apart; where none comes, all reads under way and those after it fail at once, until
/// one does. A read that is only slow goes on. No reader is ever the one who tries.
/// </summary>
/// <param name="ping">Ends when the database answers, else throws what it met.</param>
public sealed class DatabaseGate(Func<CancellationToken, Task> ping, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A read that has taken so long is worth a ping; also the deadline of a ping and the pause between two.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task<bool>? _looking;
    private Task _watching = Task.CompletedTask;
    private bool _isAway;

    public bool IsAnswering => !Volatile.Read(ref _isAway);

    /// <exception cref="DatabaseUnavailableException">It doesn't answer.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        if (!IsAnswering)
        {
            throw Away(new TimeoutException("It did not answer a moment ago, and is asked again behind the readers."));
        }

        var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = read(given.Token);
        try
        {
            while (true)
            {
                try
                {
                    return await reading.WaitAsync(Look, time, cancellationToken);
                }
                catch (TimeoutException late) when (!reading.IsFaulted)
                {
                    if (!await AnswersAsync())
                    {
                        throw Away(late);
                    }
                }
            }
        }
        catch (Exception e) when (reading.IsFaulted && PostgresErrors.IsTransient(e))
        {
            await AnswersAsync();
            throw;
        }
        finally
        {
            _ = EndAsync(given, reading);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private static DatabaseUnavailableException Away(Exception reason) => new("The database does not answer.", reason);

    /// <summary>One look for all who want to know; one that finds nothing closes the gate.</summary>
    private Task<bool> AnswersAsync()
    {
        lock (_gate)
        {
            return _looking ??= LookAsync();
        }
    }

    private async Task<bool> LookAsync()
    {
        // Not within the lock, whatever a ping does before its first wait.
        await Task.Yield();
        var answers = await PingAsync();
        lock (_gate)
        {
            _looking = null;
            if (!answers && !_isAway && !_stopping.IsCancellationRequested)
            {
                Volatile.Write(ref _isAway, true);
                _watching = WatchAsync();
            }
        }

        return answers;
    }

    private async Task WatchAsync()
    {
        do
        {
            await Task.Delay(Look, time, _stopping.Token);
        }
        while (!await PingAsync());

        Volatile.Write(ref _isAway, false);
    }

    private async Task<bool> PingAsync()
    {
        var deadline = new CancellationTokenSource();
        var pinging = ping(deadline.Token);
        try
        {
            await pinging.WaitAsync(Look, time, _stopping.Token);
            return true;
        }
        catch (Exception)
        {
            // Whatever it was, the database gave no sign of life.
            return false;
        }
        finally
        {
            _ = EndAsync(deadline, pinging);
        }
    }

    /// <summary>
    /// Cancels what is still under way, behind whoever has stopped waiting for it: the driver asks the server to cancel and waits for its
    /// answer, which is just what a server that stands still doesn't give.
    /// </summary>
    private static async Task EndAsync(CancellationTokenSource given, Task task)
    {
        if (!task.IsCompleted)
        {
            await given.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        given.Dispose();
    }
}
