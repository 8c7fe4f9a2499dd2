using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// Legs of transfers that this process has just started, as their commit has written them: their destinations' shards need not read them
/// back. Each is given out once, for until then nobody has changed it; whoever asks again reads its row. Should it be out of date all the
/// same, the database refuses the step (<c>ledger.check_legs</c>), and an owner that has lost its shard is refused by its epoch. As many
/// are here as transfers are under way.
/// </summary>
internal sealed class StartedLegs
{
    private readonly ConcurrentDictionary<LedgerKey, LegState> legs = new();

    /// <param name="transfer">Its id.</param>
    /// <param name="source">Who has paid.</param>
    /// <param name="kind">Of the entries that the legs make.</param>
    /// <param name="started">All of its legs.</param>
    public void Add(Guid transfer, Guid source, EntryKind kind, IReadOnlyList<TransferLeg> started)
    {
        for (var number = 0; number < started.Count; number++)
        {
            legs[LedgerKey.Leg(transfer, number)] = new(transfer, number, source, started[number], kind, LegStatus.Pending, Refusal: null);
        }
    }

    public bool TryTake(LedgerKey key, [NotNullWhen(true)] out LegState? leg) => legs.TryRemove(key, out leg);

    /// <summary>The transfer has ended or is left to another look.</summary>
    public void Forget(Guid transfer, int count)
    {
        for (var number = 0; number < count; number++)
        {
            legs.TryRemove(LedgerKey.Leg(transfer, number), out _);
        }
    }
}
