using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>
/// Lets requests to one provider start: within its budget by weight over seconds, minutes, days and months, over all its feeds and, where a
/// state is shared, over all nodes. Who waits is served by priority, then in order; a request never overtakes a more urgent one, heavy as
/// that may be. At most <c>max-waiting</c> wait here: past it the least urgent and newest is refused. While the shared state is away the
/// local share goes on (<see cref="LocalBudget"/>), and what it used is told to the state when that is back.
/// </summary>
public sealed class UpstreamGovernor : IDisposable
{
    /// <summary>Requests that one call of the script may grant.</summary>
    private const int Batch = 32;

    /// <summary>While somebody waits, the settings and the state are looked at again at least so often.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly string _provider;
    private readonly Func<BudgetSettings> _settings;
    private readonly TimeProvider _time;
    private readonly SharedBudget? _shared;
    private readonly LocalBudget _local;
    private readonly Lock _gate = new();
    private readonly SortedSet<Waiter> _waiting = new(Comparer<Waiter>.Create(Waiter.Compare));
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _wake = NewWake();
    private TaskCompletionSource? _refreshed;
    private IReadOnlyList<long> _used = [0, 0, 0, 0];
    private bool _running;
    private bool _holdUntold;
    private bool _tellNow;
    private long _arrivals;

    /// <param name="settings">Read live, at least once a second while anybody waits.</param>
    /// <param name="state">Redis in its role as state; null: this process alone has the budget.</param>
    public UpstreamGovernor(string provider, Func<BudgetSettings> settings, TimeProvider time, RedisConnection? state = null)
        : this(provider, settings, time, state is null ? null : new SharedBudget(state, provider, Guid.NewGuid().ToString("N"), time))
    {
    }

    internal UpstreamGovernor(string provider, Func<BudgetSettings> settings, TimeProvider time, SharedBudget? shared)
    {
        (_provider, _settings, _time, _shared) = (provider, settings, time, shared);
        _local = new LocalBudget(shared is not null, time);
    }

    /// <summary>
    /// Ends when the request may start; it is then counted. Who is cancelled while he waits was not counted, unless his turn had just come.
    /// </summary>
    /// <exception cref="UpstreamException">Too many wait already, or the request weighs more than a whole budget.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the governor was disposed.</exception>
    public async Task WaitAsync(RequestPriority priority, int weight, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RefuseTooHeavy(priority, weight);
        var waiter = new Waiter(new Wanted(priority, weight), Interlocked.Increment(ref _arrivals));
        Admit(waiter);
        Run();
        await using var cancelled = cancellationToken.UnsafeRegister(
            (state, token) => Withdraw((Waiter)state!, token), waiter).ConfigureAwait(false);
        await waiter.Turn.Task.ConfigureAwait(false);
    }

    /// <summary>Lets nothing start for so long, on all nodes; at most <c>longest-hold</c>, and a shorter one takes nothing back.</summary>
    public void HoldFor(TimeSpan wait)
    {
        var longest = _settings().LongestHold;
        lock (_gate)
        {
            _local.HoldFor(wait < longest ? wait : longest);
            _holdUntold = _tellNow = _shared is not null;
            _wake.TrySetResult();
        }

        if (_shared is not null)
        {
            Run();
        }
    }

    /// <summary>Waits until nothing is held, as far as this node knows: for what needs no place in the budget, such as a connection.
    /// </summary>
    public async Task WhenFreeAsync(CancellationToken cancellationToken)
    {
        while (Left() is { } left)
        {
            await Task.Delay(left, _time, cancellationToken).ConfigureAwait(false);
        }

        TimeSpan? Left()
        {
            lock (_gate)
            {
                return _local.HasHold ? _local.Held : null;
            }
        }
    }

    /// <summary>Asks the shared state how things are, and says that this node is there. Ends when it has answered, or not.</summary>
    public Task RefreshAsync()
    {
        Task refreshed;
        lock (_gate)
        {
            _refreshed ??= NewWake();
            _wake.TrySetResult();
            refreshed = _refreshed.Task;
        }

        Run();
        return refreshed;
    }

    /// <summary>As of the last word of the shared state, or of this moment where there is none.</summary>
    public GovernorStatus Status()
    {
        var settings = _settings();
        lock (_gate)
        {
            var used = _shared is null || _local.IsCutOff ? _local.Used() : _used;
            var windows = BudgetWindow.All.Zip(used)
                .Select(pair => (pair.First.Name, Budget: pair.First.BudgetIn(settings), Used: pair.Second))
                .Where(window => window.Budget is not null)
                .Select(window => new BudgetWindowStatus(window.Name, window.Budget!.Value, window.Used)).ToList();
            return new GovernorStatus(
                _provider, windows, _local.HasHold ? _time.GetUtcNow() + _local.Held : null, _waiting.Count, _local.Nodes, _local.IsCutOff);
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        lock (_gate)
        {
            foreach (var waiter in _waiting)
            {
                waiter.Turn.TrySetCanceled(_stopping.Token);
            }

            _waiting.Clear();
            _refreshed?.TrySetResult();
        }
    }

    private void RefuseTooHeavy(RequestPriority priority, int weight)
    {
        var settings = _settings();
        foreach (var window in BudgetWindow.All)
        {
            if (window.CeilingFor(settings, priority) is { } ceiling && weight > ceiling)
            {
                throw new UpstreamException(
                    $"A request of weight {weight} is more than {_provider} may be asked per {window.Name} ({ceiling}).", timeout: false);
            }
        }
    }

    private void Admit(Waiter waiter)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            _waiting.Add(waiter);
            if (_waiting.Count > _settings().MaxWaiting)
            {
                var last = _waiting.Max!;
                _waiting.Remove(last);
                last.Turn.TrySetException(new UpstreamException(
                    $"{_waiting.Count} requests to {_provider} wait already, all at least as urgent.", timeout: false));
            }

            if (_waiting.Min == waiter)
            {
                _wake.TrySetResult();
            }
        }
    }

    private void Withdraw(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var first = _waiting.Min == waiter;
            _waiting.Remove(waiter);
            if (first)
            {
                _wake.TrySetResult();
            }
        }

        waiter.Turn.TrySetCanceled(cancellationToken);
    }

    /// <summary>One loop at a time decides for all who wait, and ends when nobody does.</summary>
    private void Run()
    {
        lock (_gate)
        {
            if (_running || _stopping.IsCancellationRequested)
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            while (TakeBatch() is { } batch)
            {
                var answer = await AskAsync(batch).ConfigureAwait(false);
                var next = Granted(batch, answer);
                if (answer.Granted < batch.Count)
                {
                    await PauseAsync(answer.Wait, next).ConfigureAwait(false);
                }
            }
        }
        catch (Exception bug)
        {
            // Nobody may wait for ever for a loop that has ended; the next request starts another.
            Fail(bug);
        }
    }

    private void Fail(Exception bug)
    {
        lock (_gate)
        {
            _running = false;
            foreach (var waiter in _waiting)
            {
                waiter.Turn.TrySetException(
                    new UpstreamException($"The budget of {_provider} can't be decided: {bug.Message}", timeout: false, bug));
            }

            _waiting.Clear();
        }
    }

    private List<Waiter>? TakeBatch()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || (_waiting.Count == 0 && _refreshed is null && !_tellNow))
            {
                _running = false;
                return null;
            }

            if (_wake.Task.IsCompleted)
            {
                _wake = NewWake();
            }

            return [.. _waiting.Take(Batch)];
        }
    }

    private async ValueTask<BudgetAnswer> AskAsync(List<Waiter> batch)
    {
        var wanted = batch.ConvertAll(waiter => waiter.Wanted);
        if (_shared is not null && await HearAsync(_shared, wanted).ConfigureAwait(false) is { } answer)
        {
            return answer;
        }

        lock (_gate)
        {
            return _local.Decide(_settings(), wanted);
        }
    }

    /// <summary>
    /// Null where the shared state does not answer. An answer that comes too late counts all the same: a state that is slow would use up
    /// the budget with requests that never start. So one that did not answer the last call, or was never called, is only looked at first.
    /// </summary>
    private async ValueTask<BudgetAnswer?> HearAsync(SharedBudget shared, List<Wanted> wanted)
    {
        bool isHeard;
        lock (_gate)
        {
            isHeard = _local.IsHeard;
        }

        return isHeard || wanted.Count == 0 || await TellAsync(shared, []).ConfigureAwait(false) is not null
            ? await TellAsync(shared, wanted).ConfigureAwait(false)
            : null;
    }

    private async ValueTask<BudgetAnswer?> TellAsync(SharedBudget shared, List<Wanted> wanted)
    {
        TimeSpan hold;
        BudgetReport report;
        TaskCompletionSource? refreshing;
        lock (_gate)
        {
            (refreshing, _refreshed) = (_refreshed, null);
            hold = _holdUntold ? _local.Held : TimeSpan.Zero;
            _holdUntold = _tellNow = false;
            report = _local.Report();
        }

        try
        {
            var answer = await shared.AskAsync(_settings(), wanted, hold, report).ConfigureAwait(false);
            lock (_gate)
            {
                // A hold that came while the call was under way is told by the next.
                var since = _local.Held;
                _local.Heard(answer, wanted.Take(answer.Granted));
                _used = answer.Used;
                if (_holdUntold)
                {
                    _local.HoldFor(since);
                }
            }

            return answer;
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            lock (_gate)
            {
                _local.Lost(_settings(), wanted, shared.CallTimeout);
                // Told with the next call, which somebody's wait or the next refresh brings.
                _holdUntold |= hold > TimeSpan.Zero;
                return null;
            }
        }
        finally
        {
            refreshing?.TrySetResult();
        }
    }

    /// <summary>Lets the granted ones go; gives what ends a pause early.</summary>
    private Task Granted(List<Waiter> batch, BudgetAnswer answer)
    {
        lock (_gate)
        {
            for (var i = 0; i < answer.Granted; i++)
            {
                _waiting.Remove(batch[i]);
                batch[i].Turn.TrySetResult();
            }

            return _wake.Task;
        }
    }

    private async Task PauseAsync(TimeSpan wait, Task wake)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var pause = Streams.Waits.RoundUp(wait < LongestPause ? wait : LongestPause);
        var due = Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.FromMilliseconds(1), _time, over.Token);
        await Task.WhenAny(due, wake).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Waiter(Wanted wanted, long arrival)
    {
        public Wanted Wanted => wanted;

        public long Arrival => arrival;

        public TaskCompletionSource Turn { get; } = NewWake();

        public static int Compare(Waiter left, Waiter right) =>
            (left.Wanted.Priority, left.Arrival).CompareTo((right.Wanted.Priority, right.Arrival));
    }
}
