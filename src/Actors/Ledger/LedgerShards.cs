namespace AkkaCrypto.Actors.Ledger;

/// <summary>Which shard a wallet is of: follows from its id and the number of shards alone.</summary>
public sealed record LedgerShards(int Count)
{
    /// <summary>From 0.</summary>
    public int Of(Guid wallet) => (int)((uint)wallet.GetHashCode() % (uint)Count);

    /// <summary>Whether one commit can change them all.</summary>
    public bool AreTogether(Guid source, IEnumerable<Guid> others)
    {
        var shard = Of(source);
        return others.All(other => Of(other) == shard);
    }
}
