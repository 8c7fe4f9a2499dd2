using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Streams;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline;

/// <summary>
/// Recomputes candles behind the writers until it is disposed: at most once in <c>candles.every</c> while nothing waits, and never more
/// than <c>candles.share</c> of the time, so that ingesting stays fast. What is touched meanwhile waits in the database; a start goes on
/// where the last end left off.
/// </summary>
public sealed class CandleHost : IAsyncDisposable
{
    private const int MostRuns = 200;

    private static readonly RestartBackoff Backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), 0.2);

    private readonly CandleBuilder _builder;
    private readonly Func<CandleSettings> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<CandleHost> _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private TimeSpan _pause;
    private int _runs = MostRuns;
    private bool _isFailing;

    private CandleHost(
        CandleBuilder builder, Func<CandleSettings> settings, TimeProvider time, Random random, ILogger<CandleHost> log)
    {
        (_builder, _settings, _time, _log) = (builder, settings, time, log);
        _running = RunAsync(random);
    }

    /// <param name="settings">Read live.</param>
    public static CandleHost Start(
        CandleBuilder builder, Func<CandleSettings> settings, TimeProvider time, Random random, ILogger<CandleHost> log) =>
        new(builder, settings, time, random, log);

    /// <summary>Returns when nothing runs any more. A recomputing under way is rolled back, and done by the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync(Random random)
    {
        try
        {
            await RestartSource.WithBackoff(Backoff, () => Source.Poll(() => _pause, BuildAsync, _time), _time, random, Restarting)
                .To(Sink.ForEach<CandlesBuilt>(static _ => { }))
                .RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception cut) when (_stopping.IsCancellationRequested)
        {
            _log.LogDebug(cut, "Candles are no longer recomputed");
        }
    }

    private async Task<CandlesBuilt> BuildAsync(CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var built = await _builder.BuildAsync(_runs, cancellationToken).ConfigureAwait(false);
        if (_isFailing)
        {
            _isFailing = false;
            _log.LogInformation("Candles are recomputed again");
        }

        _runs = Math.Min(_runs * 2, MostRuns);
        var (every, share) = (_settings().Every, _settings().Share);
        var fair = _time.GetElapsedTime(start) / share; // from the start of this one to the start of the next
        _pause = built.IsMoreLeft || fair > every ? fair : every;
        return built;
    }

    private void Restarting(Exception? failure)
    {
        _log.Log(_isFailing ? LogLevel.Debug : LogLevel.Warning, failure, "Candles could not be recomputed; it is tried again");
        _isFailing = true;
        // Minutes with very many trades may take longer than a statement is given: fewer of them don't.
        _runs = Math.Max(_runs / 2, 1);
    }
}
