using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>The bodies of successful requests. They are written here, where they are decided, for a repetition gets the very same
/// bytes.</summary>
internal static class Answers
{
    private const int Created = 201;

    public static StoredAnswer Wallet(WalletState wallet) => new(Created, $"/wallets/{wallet.Id}", WalletJson(
        wallet.Id, wallet.Currency, wallet.Decimals, wallet.Balance, wallet.Held, wallet.Overdraft, wallet.Version, wallet.Status));

    /// <param name="id">Of what was done.</param>
    /// <param name="after">The wallet in the path.</param>
    public static StoredAnswer Mutation(Guid id, WalletState after, string? location = null) => new(Created, location,
        $$"""
        {"id":"{{id}}","entry_id":"{{after.Version}}","balance":"{{Text(after.Balance, after)}}","available":"{{Text(after.Available, after)}}","held":"{{Text(after.Held, after)}}","version":{{after.Version}},"state":"{{EntryNames.Of(after.Status)}}"}
        """);

    public static StoredAnswer Transfer(Guid id, WalletState after) => Mutation(id, after, $"/transfers/{id}");

    public static string WalletJson(
        Guid id, string currency, int decimals, Int128 balance, Int128 held, Int128 overdraft, long version, WalletStatus status) =>
        $$"""
        {"id":"{{id}}","currency":"{{currency}}","balance":"{{Amount.Format(balance, decimals)}}","available":"{{Amount.Format(WalletState.AvailableOf(balance, held, overdraft), decimals)}}","held":"{{Amount.Format(held, decimals)}}","version":{{version}},"state":"{{EntryNames.Of(status)}}"}
        """;

    private static string Text(Int128 minor, WalletState wallet) => Amount.Format(minor, wallet.Decimals);
}
