namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>Something in the ledger that isn't as it must be.</summary>
/// <param name="Check">What was looked at: <c>chain</c>, <c>balance</c>, <c>hold</c>, …</param>
/// <param name="Place">Where: <c>entry 7 of wallet 0f8fad5b-…</c>.</param>
/// <param name="Expected">What follows from the rest of the ledger. Amounts are minor units.</param>
/// <param name="Found">What stands there.</param>
public sealed record LedgerFinding(string Check, string Place, string Expected, string Found)
{
    /// <summary>Of the wallet or account, where it is about one.</summary>
    public Guid? Wallet { get; init; }

    /// <summary>Of the entry (its <c>entry_id</c>), where it is about one.</summary>
    public long? Version { get; init; }

    public override string ToString() => $"{Check}: {Place}: expected {Expected}, found {Found}";
}

/// <summary>What <see cref="LedgerVerifier"/> has looked at and found, all of one snapshot.</summary>
public sealed record LedgerReport
{
    public long Wallets { get; internal set; }

    /// <summary>Of <see cref="Wallets"/>, those that are older than the hash over tenant, currency, decimals and overdraft.</summary>
    public long WithoutTerms { get; internal set; }

    public long Entries { get; internal set; }

    public long Commits { get; internal set; }

    /// <summary>Of <see cref="Commits"/>, those from before commits were sealed.</summary>
    public long Unsealed { get; internal set; }

    /// <summary>The ids of the keys that have signed the others.</summary>
    public IReadOnlyList<Guid> SignedBy { get; internal set; } = [];

    /// <summary>Of each shard's last commit. Who keeps them outside can later tell whether commits were cut off or made anew.</summary>
    public IReadOnlyList<CommitHead> Heads { get; internal set; } = [];

    public long Holds { get; internal set; }

    public long Transfers { get; internal set; }

    /// <summary>Of <see cref="Transfers"/>, those that haven't ended.</summary>
    public long Underway { get; internal set; }

    public long Keys { get; internal set; }

    /// <summary>In the order in which they were found, at most <see cref="Findings.MostKept"/>.</summary>
    public required IReadOnlyList<LedgerFinding> Findings { get; init; }

    /// <summary>How many were found, at least: the search ends at <see cref="Findings.MostCounted"/>.</summary>
    public long Wrong { get; internal set; }

    public bool IsClean => Wrong == 0;
}

/// <summary>How far it is.</summary>
/// <param name="Step">What is looked at.</param>
/// <param name="Done">Of <paramref name="Of"/>.</param>
public sealed record VerifyProgress(string Step, long Done, long Of);
