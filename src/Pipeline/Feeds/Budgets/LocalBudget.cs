using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>
/// The budget as this process alone knows it: all of it where the process shares it with nobody, and what may be used of a shared one while
/// its state is away.
/// <para>
/// While it is away, a process that was the only one at the last word goes on with the whole budget, less what was used by then. One of
/// several takes the rest to be used: it waits until everything before the loss has left the window, and then takes its share,
/// budget / nodes, of seconds and minutes; of days and months at once its share of what was left, less what the others may have used since
/// the last word. So all nodes together keep the budget while the state is away for all; where one node alone is cut off, the others don't
/// know and the sum may reach the budget and that share. A process that never had a word of the state asks for nothing.
/// </para>
/// Not safe for concurrent use.
/// </summary>
/// <param name="shared">Whether there is a shared state at all.</param>
internal sealed class LocalBudget(bool shared, TimeProvider time)
{
    /// <summary>Grants that are remembered for the log while the state is away; past it the oldest is forgotten, in the log only.</summary>
    private const int MostLogged = 10_000;
    private const long AskAgain = 1_000;

    private readonly SlidingUse[] _own = [.. BudgetWindow.All.Select(window => new SlidingUse(window))];
    private readonly SlidingUse[] _unreported = [.. BudgetWindow.All.Select(window => new SlidingUse(window))];
    private readonly Queue<(long Number, long At, Wanted Grant)> _log = new();
    private IReadOnlyList<long> _usedAtWord = [0, 0, 0, 0];
    private long[] _foreign = [0, 0, 0, 0];
    private long? _wordAt;
    private long? _lostAt;
    private long _heldUntil;
    private int _nodes = 1;
    private BudgetReport? _report;
    private bool _unsent;
    private long _numbered;

    /// <summary>Milliseconds of a clock that never goes back.</summary>
    private long Now => (long)(time.GetTimestamp() * (1_000.0 / time.TimestampFrequency));

    /// <summary>How long the provider is left alone, as far as this process knows.</summary>
    public TimeSpan Held => TimeSpan.FromMilliseconds(Math.Max(0, _heldUntil - Now));

    public bool HasHold => _heldUntil > Now;

    public int Nodes => _nodes;

    /// <summary>Whether the shared state has answered the last call; before the first it has not.</summary>
    public bool IsHeard => _wordAt is not null && _lostAt is null;

    public bool IsCutOff => shared && _lostAt is not null;

    /// <summary>Keeps the longer one of this hold and the one in force.</summary>
    public void HoldFor(TimeSpan wait) => _heldUntil = Math.Max(_heldUntil, Now + (long)Math.Ceiling(wait.TotalMilliseconds));

    /// <summary>By window: what is used as far as this process knows.</summary>
    public IReadOnlyList<long> Used() => [.. _own.Select((use, i) => use.SumAt(Now) + ForeignAt(i, Now))];

    /// <summary>Decides and consumes here, without the shared state.</summary>
    public BudgetAnswer Decide(BudgetSettings settings, IReadOnlyList<Wanted> wanted)
    {
        var now = Now;
        var (granted, wait) = (0, 0L);
        foreach (var asked in wanted)
        {
            wait = Math.Max(_heldUntil - now, LongestWait(settings, asked, now));
            if (wait > 0)
            {
                break;
            }

            Count(_own, asked.Weight, now);
            if (shared)
            {
                Remember(asked, now);
            }

            granted++;
        }

        return new BudgetAnswer(granted, TimeSpan.FromMilliseconds(Math.Max(wait, 0)), Held, _nodes, Used());
    }

    /// <summary>The shared state has answered: <paramref name="granted"/> were counted there, and what it says is the truth.</summary>
    public void Heard(BudgetAnswer answer, IEnumerable<Wanted> granted)
    {
        var now = Now;
        foreach (var asked in granted)
        {
            Count(_own, asked.Weight, now);
        }

        _usedAtWord = answer.Used;
        _foreign = [.. answer.Used.Select((used, i) => Math.Max(0, used - _own[i].SumAt(now)))];
        (_wordAt, _lostAt, _nodes) = (now, null, answer.Nodes);
        _heldUntil = now + (long)Math.Ceiling(answer.Held.TotalMilliseconds);
        (_report, _unsent) = (null, false);
        _log.Clear();
        Array.ForEach(_unreported, use => use.Clear());
    }

    /// <summary>The shared state did not answer. What it was asked for may have been counted there all the same, a moment ago: as much of
    /// it as fits is taken to be used, so that this process does not grant the same room again.</summary>
    /// <param name="callTimeout">What was granted stands here as of its answer, which may have come so much later: the state may have had
    /// room already that this process still waits for.</param>
    public void Lost(BudgetSettings settings, IEnumerable<Wanted> asked, TimeSpan callTimeout)
    {
        var (now, late) = (Now, (long)callTimeout.TotalMilliseconds);
        _lostAt ??= now;
        foreach (var fits in asked.TakeWhile(one => LongestWait(settings, one, now) <= late))
        {
            Count(_own, fits.Weight, now);
        }
    }

    /// <summary>
    /// What the shared state has not been told. It keeps its id until it was heard, or something was added to it: so a report whose answer
    /// was lost counts once unless more was used since, and then for too much rather than too little.
    /// </summary>
    public BudgetReport Report()
    {
        if (!_unsent)
        {
            return _report ?? BudgetReport.None;
        }

        var now = Now;
        _unsent = false;
        var log = _log.ToArray();
        return _report = new BudgetReport(
            Guid.NewGuid().ToString("N"), [.. _unreported.Select(use => use.SumAt(now))],
            () => string.Join(',', log.Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{Now - entry.At}:{(int)entry.Grant.Priority}:{entry.Grant.Weight}:{entry.Number}"))));
    }

    private long LongestWait(BudgetSettings settings, Wanted asked, long now)
    {
        var longest = 0L;
        for (var i = 0; i < _own.Length; i++)
        {
            if (BudgetWindow.All[i].CeilingFor(settings, asked.Priority) is { } ceiling)
            {
                var wait = shared
                    ? WaitCutOff(settings, i, ceiling, asked.Weight, now)
                    : _own[i].WaitUntil(now, ceiling - asked.Weight);
                longest = Math.Max(longest, wait);
            }
        }

        return longest;
    }

    private long WaitCutOff(BudgetSettings settings, int i, int ceiling, int weight, long now)
    {
        if (_wordAt is not { } wordAt)
        {
            return AskAgain;
        }

        var (window, lostAt) = (BudgetWindow.All[i], _lostAt ?? now);
        var isCurrent = lostAt - wordAt <= SharedBudget.NodeTtl.TotalMilliseconds;
        if (_nodes <= 1 && isCurrent)
        {
            var most = ceiling - weight - ForeignAt(i, now);
            return _own[i].SumAt(now) <= most ? 0 : Math.Min(AskAgain, Math.Max(1, _own[i].WaitUntil(now, most)));
        }

        var nodes = Math.Max(2, _nodes);
        var cleared = lostAt + (long)window.Span.TotalMilliseconds;
        if (now >= cleared)
        {
            return _own[i].WaitUntil(now, (ceiling / nodes) - weight);
        }

        return isCurrent && _unreported[i].SumAt(now) + weight <= ShareOfTheRest(settings, window, i, ceiling, nodes) ? 0 : cleared - now;
    }

    // What the others used since the last word is at most what a minute's budget lets through: the word is younger than a minute.
    private long ShareOfTheRest(BudgetSettings settings, BudgetWindow window, int i, int ceiling, int nodes)
    {
        var unheard = settings.PerMinute ?? (settings.PerSecond * 60L);
        return window == BudgetWindow.Second || window == BudgetWindow.Minute || unheard is null
            ? 0
            : Math.Max(0, (ceiling - _usedAtWord[i] - unheard.Value) / nodes);
    }

    // Used by others, or before this process began; when, is not known: as late as can be.
    private long ForeignAt(int i, long now) =>
        shared && _wordAt is { } at && now < at + BudgetWindow.All[i].Span.TotalMilliseconds ? _foreign[i] : 0;

    private void Remember(Wanted asked, long now)
    {
        Count(_unreported, asked.Weight, now);
        _unsent = true;
        _log.Enqueue((_numbered++, now, asked));
        if (_log.Count > MostLogged)
        {
            _log.Dequeue();
        }
    }

    private static void Count(SlidingUse[] windows, int weight, long now) => Array.ForEach(windows, use => use.Add(now, weight));
}
