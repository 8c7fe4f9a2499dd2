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
    /// <summary>More accounts than any ledger fills: each takes 38 digits.</summary>
    private const int MostAccounts = 1000;

    private readonly Dictionary<(Contra, string), List<Guid>> accounts = [];

    /// <summary>The shard's account of the world in the currency: what comes in or goes out must fit it too.</summary>
    public LedgerKey World(string currency) => LedgerKey.Wallet(AccountsOf((Contra.World, currency))[0]);

    public void Touch(IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, ICollection<LedgerKey> keys)
    {
        foreach (var (flow, _) in Flows(events))
        {
            foreach (var account in AccountsFor(flow))
            {
                keys.Add(LedgerKey.Wallet(account));
            }
        }
    }

    /// <exception cref="OverflowException">The account of the world, or the sum, passes 38 digits.</exception>
    /// <exception cref="StaleLoadException">Another account is needed.</exception>
    public void Close(
        IEntityStates<LedgerKey, LedgerState> states, IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, DateTimeOffset now,
        ICollection<Happening<LedgerKey, LedgerEvent>> more)
    {
        var course = new Course(states, now);
        foreach (var (flow, amount) in Flows(events))
        {
            var account = AccountsFor(flow).Select(id => course.Get<WalletState>(LedgerKey.Wallet(id)) ?? Blank(id, flow))
                .FirstOrDefault(account => Wallets.Fits(account, amount)) ?? throw Full(flow, amount);
            course.Post(account, new(EntryKind.Settlement, amount, flow.Contra, account.Id));
        }

        foreach (var happening in course.Events)
        {
            more.Add(happening);
        }
    }

    /// <summary>Whether the id is of an account of the shard: it follows from what the account is, and from its number.</summary>
    internal static bool IsAccount(Guid id, Contra contra, int shard, string currency) =>
        Enumerable.Range(0, MostAccounts).Any(number => id == AccountOf(contra, shard, currency, number));

    private static Dictionary<Flow, Int128> Flows(IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events)
    {
        var flows = new Dictionary<Flow, Int128>();
        void Add(Contra contra, string currency, Int128 amount, bool isBack) =>
            flows[new(contra, currency, isBack)] = checked(flows.GetValueOrDefault(new(contra, currency, isBack)) + amount);

        for (var i = 0; i < events.Count; i++)
        {
            var happened = events[i].Event;
            if (happened.Entry is { Contra: not Contra.Direct } entry)
            {
                Add(entry.Contra, entry.Currency, -entry.Amount, entry is { Kind: EntryKind.Undo, Contra: Contra.World });
            }

            foreach (var conversion in happened.Conversion ?? [])
            {
                Add(Contra.World, conversion.Currency, -conversion.Amount, isBack: conversion.Amount < 0);
                Add(Contra.Transit, conversion.Currency, conversion.Amount, isBack: false);
            }
        }

        return flows;
    }

    private static Guid AccountOf(Contra contra, int shard, string currency, int number) => number == 0
        ? Digests.Of("account", contra.ToString(), Text(shard), currency)
        : Digests.Of("account", contra.ToString(), Text(shard), currency, Text(number));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static WalletState Blank(Guid id, Flow flow) => WalletState.Blank(
        id, flow.Contra == Contra.World ? AccountKind.World : AccountKind.Transit, tenant: "", flow.Currency, decimals: 0, overdraft: 0);

    /// <summary>Of a transfer nothing but its beginning may be refused, so where its account is full another one is used, of which nobody
    /// need know but who adds them up.</summary>
    private Exception Full(Flow flow, Int128 amount)
    {
        if (!flow.MustFit || Int128.Abs(amount) > Amount.Largest)
        {
            // Decided without a look at the account, or when it had room for each of them: too much at once, or for this one too much.
            return new OverflowException($"The account of {flow.Currency} would pass {Amount.MostDigits} digits.");
        }

        var known = AccountsOf((flow.Contra, flow.Currency));
        known.Add(AccountOf(flow.Contra, shard, flow.Currency, known.Count));
        return new StaleLoadException($"The accounts of {flow.Currency} that are known are full.");
    }

    private List<Guid> AccountsFor(Flow flow)
    {
        var known = AccountsOf((flow.Contra, flow.Currency));
        return flow.MustFit ? known : known[..1];
    }

    private List<Guid> AccountsOf((Contra Contra, string Currency) account)
    {
        if (!accounts.TryGetValue(account, out var known))
        {
            accounts.Add(account, known = [AccountOf(account.Contra, shard, account.Currency, 0)]);
        }

        return known;
    }

    /// <summary>What a commit moves out of one kind of account.</summary>
    /// <param name="Contra">The world or transit.</param>
    /// <param name="Currency">Its code.</param>
    /// <param name="IsBack">Whether it undoes what was taken from the world, or given to it, by a transfer.</param>
    private readonly record struct Flow(Contra Contra, string Currency, bool IsBack)
    {
        public bool MustFit => Contra == Contra.Transit || IsBack;
    }
}
