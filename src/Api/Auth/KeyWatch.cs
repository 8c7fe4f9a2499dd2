using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Auth;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// Keeps a <see cref="KeyRing"/> true: by a look in the database each <c>poll-every</c>, at once on a message over Redis, and writes the
/// times of last use. A message is a hint and no more: it can make a node look, and take a key away until it has looked.
/// </summary>
public sealed partial class KeyWatch : IAsyncDisposable
{
    /// <summary>Keys of one statement of last uses.</summary>
    private const int UsesAtOnce = 1000;

    private readonly KeyRing _ring;
    private readonly ApiKeyStore _store;
    private readonly KeyNews _news;
    private readonly StoredKeySettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private string? _trouble;

    private KeyWatch(
        KeyRing ring, ApiKeyStore store, KeyNews news, StoredKeySettings settings, TimeProvider time, ILogger log) =>
        (_ring, _store, _news, _settings, _time, _log) = (ring, store, news, settings, time, log);

    /// <summary>Looks once, so that a node that listens knows its keys, then goes on until it is disposed.</summary>
    public static async Task<KeyWatch> StartAsync(
        KeyRing ring, ApiKeyStore store, KeyNews news, StoredKeySettings settings, TimeProvider time, ILogger<KeyWatch> log,
        CancellationToken cancellationToken)
    {
        var watch = new KeyWatch(ring, store, news, settings, time, log);
        await ring.RefreshAsync(cancellationToken);
        watch._running = Task.WhenAll(watch.FollowAsync(), watch.WriteUsesAsync());
        return watch;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await TryAsync(() => WriteUsesOnceAsync(CancellationToken.None));
        _stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        await TryAsync(() => _news.ListenAsync(Heard));
        while (!_stopping.IsCancellationRequested)
        {
            await TryAsync(() => _ring.RefreshAsync(_stopping.Token));
            await WaitAsync(_settings.PollEvery);
        }
    }

    private async Task WriteUsesAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await WaitAsync(_settings.LastUseEvery);
            await TryAsync(() => WriteUsesOnceAsync(_stopping.Token));
            _ring.ForgetOver();
        }
    }

    private async Task WriteUsesOnceAsync(CancellationToken cancellationToken)
    {
        for (var written = UsesAtOnce; written == UsesAtOnce;)
        {
            var used = _ring.Used(UsesAtOnce);
            written = used.Count;
            if (written == 0)
            {
                return;
            }

            await _store.NoteUseAsync([.. used.Select(use => (use.Id, use.At))], cancellationToken);
            foreach (var (_, use, at) in used)
            {
                use.Written(at);
            }
        }
    }

    private void Heard(KeyMessage message)
    {
        if (message.Revoked)
        {
            _ring.Doubt(message.Id);
        }

        _ = TryAsync(() => _ring.RefreshAsync(_stopping.Token));
    }

    private async Task WaitAsync(TimeSpan time) =>
        await Task.Delay(time, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Whatever it is, the keys in force stay until they are too old, and the next try comes; told once.</summary>
    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            _trouble = null;
            return true;
        }
        catch (Exception stopped) when (_stopping.IsCancellationRequested)
        {
            _log.LogDebug(stopped, "No more changes of keys are followed");
            return false;
        }
        catch (Exception trouble)
        {
            if (Interlocked.Exchange(ref _trouble, trouble.Message) != trouble.Message)
            {
                NotFollowed(trouble.Message);
            }

            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Changes of keys can't be followed or told; the known ones stay in force for a while: {Trouble}")]
    private partial void NotFollowed(string trouble);
}
