namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>Gathers what is wrong, within bounds.</summary>
public sealed class Findings
{
    /// <summary>Told one by one.</summary>
    public const int MostKept = 100;

    /// <summary>A ledger with so many isn't worth a longer look.</summary>
    public const int MostCounted = 10_000;

    private readonly List<LedgerFinding> kept = [];

    internal IReadOnlyList<LedgerFinding> Kept => kept;

    internal long Count { get; private set; }

    /// <summary>Whether to look no further.</summary>
    internal bool IsFull => Count >= MostCounted;

    internal void Add(LedgerFinding finding)
    {
        Count++;
        if (kept.Count < MostKept)
        {
            kept.Add(finding);
        }
    }

    internal void Add(string check, string place, string expected, string found) => Add(new(check, place, expected, found));

    internal void AtWallet(Guid wallet, string check, string expected, string found) =>
        Add(new(check, $"wallet {wallet}", expected, found) { Wallet = wallet });

    internal void AtEntry(Guid wallet, long version, string check, string expected, string found) =>
        Add(new(check, $"entry {version} of wallet {wallet}", expected, found) { Wallet = wallet, Version = version });
}
