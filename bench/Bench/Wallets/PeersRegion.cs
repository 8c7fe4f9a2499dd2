using System.Collections.Concurrent;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>The peer's way where the service asks its wallets: so both are measured behind the same HTTP. Each deposit under way has an
/// account of the world to itself.</summary>
internal sealed class PeersRegion(PeersWay peer, IEnumerable<Guid> accounts) : IShardRegion<LedgerCommand, LedgerReply>
{
    private readonly ConcurrentBag<Guid> free = [.. accounts];

    public async Task<Asked<LedgerReply>> AskAsync(LedgerCommand command, CancellationToken cancellationToken)
    {
        if (command is not Deposit deposit || !free.TryTake(out var account))
        {
            throw new InvalidOperationException("The benchmark asks for deposits, and for no more at once than there are accounts.");
        }

        try
        {
            var body = await peer.MoveAsync(
                account, deposit.Wallet, isDirect: false, deposit.Request, Random.Shared, cancellationToken);
            return new(AskOutcome.Answered, new LedgerReply(LedgerCode.Done, new PeersAnswer(body)));
        }
        finally
        {
            free.Add(account);
        }
    }

    private sealed record PeersAnswer(string Text) : LedgerAnswer
    {
        public override int Status => 201;

        public override string? Location => null;

        public override string Body => Text;
    }
}
