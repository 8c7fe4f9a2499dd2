using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AkkaCrypto.TestKit")]

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// Knows which stages run. The ledger belongs to the flow of control that opened it, so tests that run side by side don't see each other's
/// stages; where none is open, entering a stage costs one read per run and nothing per element.
/// </summary>
internal sealed class StageLedger
{
    private static readonly AsyncLocal<StageLedger?> Current = new();
    private readonly ConcurrentDictionary<Entry, string> running = new();
    private int entered;

    /// <summary>Names of the stages that have been entered and not left.</summary>
    public IReadOnlyList<string> Running => [.. running.Values.Order(StringComparer.Ordinal)];

    /// <summary>How many stages were ever entered.</summary>
    public int Entered => Volatile.Read(ref entered);

    /// <summary>From here on, stages opened by this flow of control are entered here.</summary>
    public static StageLedger Open()
    {
        var ledger = new StageLedger();
        Current.Value = ledger;
        return ledger;
    }

    /// <summary>A stage has started; disposing says that it has stopped.</summary>
    public static Entry? Enter(string stage)
    {
        if (Current.Value is not { } ledger)
        {
            return null;
        }

        var entry = new Entry(ledger);
        ledger.running[entry] = stage;
        Interlocked.Increment(ref ledger.entered);
        return entry;
    }

    internal sealed class Entry(StageLedger ledger) : IDisposable
    {
        public void Dispose() => ledger.running.TryRemove(this, out _);
    }
}
