using System.Globalization;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// The other side of what a commit moved out of or into its shard's wallets: one entry for each currency on the shard's own account of the
/// world, and one on its account of the money in transit. So nothing global stands between the shards, and each commit balances.
/// </summary>
internal sealed class Settlement(int shard)
{
    private readonly Dictionary<(Contra, string), Guid> accounts = [];

    /// <summary>The shard's account of the world in the currency: what comes in or goes out must fit it too.</summary>
    public LedgerKey World(string currency) => LedgerKey.Wallet(AccountOf((Contra.World, currency)));

    public void Touch(IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, ICollection<LedgerKey> keys)
    {
        foreach (var (account, _) in Flows(events))
        {
            keys.Add(LedgerKey.Wallet(AccountOf(account)));
        }
    }

    public void Close(
        IEntityStates<LedgerKey, LedgerState> states, IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, DateTimeOffset now,
        ICollection<Happening<LedgerKey, LedgerEvent>> more)
    {
        var course = new Course(states, now);
        foreach (var (account, amount) in Flows(events))
        {
            var id = AccountOf(account);
            var state = course.Get<WalletState>(LedgerKey.Wallet(id)) ?? Blank(id, account.Contra, account.Currency);
            if (!Wallets.Fits(state, amount))
            {
                // Decided without a look at the account, or when it had room for each of them: too much at once, or for this one too much.
                throw new OverflowException($"The account of {account.Currency} would pass {Amount.MostDigits} digits.");
            }

            course.Post(state, new(EntryKind.Settlement, amount, account.Contra, id));
        }

        foreach (var happening in course.Events)
        {
            more.Add(happening);
        }
    }

    private static Dictionary<(Contra Contra, string Currency), Int128> Flows(IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events)
    {
        var flows = new Dictionary<(Contra Contra, string Currency), Int128>();
        void Add(Contra contra, string currency, Int128 amount) =>
            flows[(contra, currency)] = checked(flows.GetValueOrDefault((contra, currency)) + amount);

        for (var i = 0; i < events.Count; i++)
        {
            var happened = events[i].Event;
            if (happened.Entry is { Contra: not Contra.Direct } entry)
            {
                Add(entry.Contra, entry.Currency, -entry.Amount);
            }

            foreach (var conversion in happened.Conversion ?? [])
            {
                Add(Contra.World, conversion.Currency, -conversion.Amount);
                Add(Contra.Transit, conversion.Currency, conversion.Amount);
            }
        }

        return flows;
    }

    private static WalletState Blank(Guid id, Contra contra, string currency) => WalletState.Blank(
        id, contra == Contra.World ? AccountKind.World : AccountKind.Transit, tenant: "", currency, decimals: 0, overdraft: 0);

    /// <summary>Of a shard's account of the world or of transit: follows from what it is.</summary>
    internal static Guid AccountOf(Contra contra, int shard, string currency) =>
        Digests.Of("account", contra.ToString(), shard.ToString(CultureInfo.InvariantCulture), currency);

    private Guid AccountOf((Contra Contra, string Currency) account)
    {
        if (!accounts.TryGetValue(account, out var id))
        {
            accounts.Add(account, id = AccountOf(account.Contra, shard, account.Currency));
        }

        return id;
    }
}
