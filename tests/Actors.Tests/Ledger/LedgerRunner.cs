using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Wallets of one shard without shards or a database. Entries become refundable as they are read back from their rows.</summary>
internal sealed class LedgerRunner
{
    private readonly EntityRunner<LedgerKey, LedgerState, LedgerCommand, LedgerEvent, LedgerReply> runner =
        new(new LedgerBehaviour(new LedgerShards(1), 0));

    public LedgerReply Tell(LedgerCommand command)
    {
        if (command is Refund refund)
        {
            var entry = Entries.FirstOrDefault(entry => entry.Wallet == refund.Wallet && entry.Version == refund.Entry);
            LoadEntry(refund, entry);
            command = new RefundTo(
                refund.Wallet, refund.Request, refund.Entry, refund.Amount,
                entry?.Kind == EntryKind.TransferIn ? entry.Counterparty : null);
        }

        return runner.Tell(command);
    }

    public DateTimeOffset Now
    {
        set => runner.Now = value;
    }

    public WalletState? Wallet(Guid id) => runner[LedgerKey.Wallet(id)] as WalletState;

    public void AssertBalanced() =>
        Assert.All(runner.All.OfType<WalletState>().GroupBy(wallet => wallet.Currency), wallets =>
            Assert.Equal(0, wallets.Aggregate(Int128.Zero, (sum, wallet) => sum + wallet.Balance)));

    private IEnumerable<Entry> Entries => runner.Events.Where(happening => happening.Event.Entry is not null)
        .Select(happening => happening.Event.Entry!);

    private void LoadEntry(Refund refund, Entry? entry)
    {
        var key = LedgerKey.Entry(refund.Wallet, refund.Entry);
        if (entry is not null && runner[key] is null)
        {
            runner.Put(key, new EntryState(entry.Kind, entry.Contra == Contra.World, entry.Amount, entry.Counterparty, 0));
        }
    }
}
