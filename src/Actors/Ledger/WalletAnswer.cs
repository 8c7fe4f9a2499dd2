using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>What was done, as far as answers differ by it.</summary>
public enum Deed
{
    /// <summary>The wallet was opened.</summary>
    Opening,

    /// <summary>Money went to other wallets.</summary>
    Transfer,

    /// <summary>Anything else.</summary>
    Mutation,
}

/// <summary>
/// What a request is answered: what it did, and the wallet in its path as an entry has left it. The entry and what the wallet was opened
/// with never change, so a key needs to keep only which entry it is: a repetition gets the very same bytes, made anew.
/// </summary>
/// <param name="Id">Of what was done: the request's digest.</param>
/// <param name="Version">Of the wallet; the entry's.</param>
public sealed record WalletAnswer(
    Deed Deed, Guid Id, Guid Wallet, string Currency, int Decimals, Int128 Balance, Int128 Held, Int128 Overdraft, long Version,
    WalletStatus State) : LedgerAnswer
{
    private const int Created = 201;

    public override int Status => Created;

    public override string? Location => Deed switch
    {
        Deed.Opening => $"/wallets/{Wallet}",
        Deed.Transfer => $"/transfers/{Id}",
        Deed.Mutation => null,
    };

    public override string Body => Deed == Deed.Opening
        ? WalletJson(Wallet, Currency, Decimals, Balance, Held, Overdraft, Version, State)
        : $$"""
          {"id":"{{Id}}","entry_id":"{{Version}}","balance":"{{Text(Balance)}}","available":"{{Text(Available)}}","held":"{{Text(Held)}}","version":{{Version}},"state":"{{EntryNames.Of(State)}}"}
          """;

    private Int128 Available => WalletState.AvailableOf(Balance, Held, Overdraft);

    /// <param name="deed">What was done.</param>
    /// <param name="id">The request's digest.</param>
    /// <param name="after">The wallet in its path.</param>
    public static WalletAnswer Of(Deed deed, Guid id, WalletState after) => new(
        deed, id, after.Id, after.Currency, after.Decimals, after.Balance, after.Held, after.Overdraft, after.Version, after.Status);

    /// <summary>What was done, by the entry that the answer tells of. A request that found the wallet as it was to be made no entry, and
    /// tells of the last one.</summary>
    /// <param name="id">The request's digest; a wallet has that of the request which opened it.</param>
    /// <param name="wallet">The entry's.</param>
    /// <param name="operation">The entry's: the digest of what made it.</param>
    /// <param name="hasCounterparty">Whether another wallet is at its other side.</param>
    public static Deed DeedOf(Guid id, Guid wallet, Guid operation, bool hasCounterparty) =>
        wallet == id ? Deed.Opening : operation == id && hasCounterparty ? Deed.Transfer : Deed.Mutation;

    public static string WalletJson(
        Guid id, string currency, int decimals, Int128 balance, Int128 held, Int128 overdraft, long version, WalletStatus state) =>
        $$"""
        {"id":"{{id}}","currency":"{{currency}}","balance":"{{Amount.Format(balance, decimals)}}","available":"{{Amount.Format(WalletState.AvailableOf(balance, held, overdraft), decimals)}}","held":"{{Amount.Format(held, decimals)}}","version":{{version}},"state":"{{EntryNames.Of(state)}}"}
        """;

    private string Text(Int128 minor) => Amount.Format(minor, Decimals);
}
