using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// What all streams of this node share. One loop reads the log of commits, encodes what somebody follows once, and puts it where everybody
/// takes it at a pace of their own; it waits for none of them. Away, the database is tried again from the same place, so nothing is lost.
/// </summary>
public sealed class LiveHub : IAsyncDisposable
{
    /// <summary>Trades of one block: what a client's connection takes at once.</summary>
    private const int BlockTrades = 250;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly CommitLog _log;
    private readonly Func<StreamingSettings> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveHub> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Exchange, string Pair), TradeTopic> _topics = [];
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _catchingUp;
    private TaskCompletionSource _woken = NewSignal();
    private Task _running = Task.CompletedTask;
    private long _position;
    private bool _isFailing;

    private LiveHub(
        CommitLog log, CommitLogReader reader, StreamClients clients, Func<StreamingSettings> settings, TimeProvider time,
        ILogger<LiveHub> logger)
    {
        (_log, Reader, Clients, _settings, _time, _logger) = (log, reader, clients, settings, time, logger);
        _catchingUp = new SemaphoreSlim(settings().CatchUpReads);
    }

    public StreamClients Clients { get; }

    public StreamingSettings Settings => _settings();

    internal CommitLogReader Reader { get; }

    internal PriceBoard Prices { get; } = new();

    /// <param name="settings">Read live, but for catch-up-reads, which is as it was at the start.</param>
    public static async Task<LiveHub> StartAsync(
        CommitLog log, CommitLogReader reader, StreamClients clients, Func<StreamingSettings> settings, TimeProvider time,
        ILogger<LiveHub> logger, CancellationToken cancellationToken)
    {
        await log.PlaceAsync(cancellationToken);
        var hub = new LiveHub(log, reader, clients, settings, time, logger) { _position = await log.HeadAsync(cancellationToken) };
        hub._running = Task.WhenAll(hub.RunAsync(), clients.RunAsync(hub._stopping.Token));
        return hub;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _json.Dispose();
        _catchingUp.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Something was committed on this node. Neither waits nor throws.</summary>
    public void Wake() => Volatile.Read(ref _woken).TrySetResult();

    /// <summary>The pair's topic, from here on filled; must be given back by <see cref="Leave"/>.</summary>
    internal TradeTopic Follow(string exchange, string pair)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue((exchange, pair), out var topic))
            {
                topic = new TradeTopic(exchange, pair, LogPlace.EndOf(_position), _settings().BufferBytes);
                _topics.Add((exchange, pair), topic);
            }

            topic.Followers++;
            return topic;
        }
    }

    internal void Leave(TradeTopic topic)
    {
        lock (_gate)
        {
            if (--topic.Followers == 0)
            {
                _topics.Remove((topic.Exchange, topic.Pair));
            }
        }
    }

    /// <summary>The position that everything stands before which is committed by now, on any node.</summary>
    internal async Task<long> HeadAsync(CancellationToken cancellationToken)
    {
        await _log.PlaceAsync(cancellationToken);
        return await _log.HeadAsync(cancellationToken);
    }

    /// <summary>Reads of the log for one client, of which only so many run at once.</summary>
    internal async Task<T> ReadLogAsync<T>(Func<CommitLogReader, Task<T>> read, CancellationToken cancellationToken)
    {
        await _catchingUp.WaitAsync(cancellationToken);
        try
        {
            return await read(Reader);
        }
        finally
        {
            _catchingUp.Release();
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var woken = Volatile.Read(ref _woken);
                var isMoreLeft = await RoundAsync();
                Answered();
                if (!isMoreLeft)
                {
                    await Task.WhenAny(woken.Task, Task.Delay(_settings().Poll, _time, _stopping.Token));
                }

                if (woken.Task.IsCompleted)
                {
                    Interlocked.CompareExchange(ref _woken, NewSignal(), woken);
                }
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                await FailedAsync(failure);
            }
        }
    }

    /// <returns>Whether there may be more at once.</returns>
    private async Task<bool> RoundAsync()
    {
        var news = await _log.PlaceAndReadAsync(_position, Prices.Position, _stopping.Token);
        Prices.Publish(news.Prices);
        foreach (var cut in news.Cuts)
        {
            Find(cut)?.Cut(cut.Position);
        }

        foreach (var commit in news.Commits)
        {
            if (Reached(commit) is { } topic)
            {
                await PublishAsync(topic, commit);
            }
        }

        return news.Commits.Count == CommitLog.MostRead;
    }

    private TradeTopic? Find(LoggedCommit commit)
    {
        lock (_gate)
        {
            return _topics.GetValueOrDefault((commit.Exchange, commit.Pair));
        }
    }

    /// <summary>The topic that a commit belongs to, if any. A topic that begins from here on begins after it.</summary>
    private TradeTopic? Reached(LoggedCommit commit)
    {
        lock (_gate)
        {
            _position = commit.Position;
            return _topics.GetValueOrDefault((commit.Exchange, commit.Pair));
        }
    }

    private async Task PublishAsync(TradeTopic topic, LoggedCommit commit)
    {
        for (var index = 0; ;)
        {
            List<LoggedTrade> trades;
            try
            {
                trades = await Reader.OfCommitAsync(commit, index, BlockTrades, _stopping.Token);
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                // From the same trade on: what was shown of the commit is not shown again.
                await FailedAsync(failure);
                continue;
            }

            if (trades.Count > 0)
            {
                topic.Publish(Encode(trades));
            }

            if (trades.Count < BlockTrades)
            {
                return;
            }

            index += trades.Count;
        }
    }

    private EventBlock Encode(List<LoggedTrade> trades) => TradeEvents.Encode(trades, _buffer, _json);

    private async Task FailedAsync(Exception failure)
    {
        _logger.Log(_isFailing ? LogLevel.Debug : LogLevel.Warning, failure, "The log of commits can't be read; it is tried again");
        _isFailing = true;
        await Task.Delay(TryAgainAfter, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Answered()
    {
        if (_isFailing)
        {
            _isFailing = false;
            _logger.LogInformation("The log of commits is read again");
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
