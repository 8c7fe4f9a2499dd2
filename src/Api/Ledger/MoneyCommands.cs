using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Reads what opens a wallet, and what moves money into it and out of it.</summary>
public sealed class MoneyCommands(Func<LedgerSettings> settings)
{
    public const string CreateBody =
        "{\"currency\": \"USD\", \"overdraft\": \"0\"}. currency: one of akkacrypto.ledger.currencies; overdraft (default 0): how far "
        + "the balance may be below zero; reference: a note of 1 to 255 characters.";

    public const string MoneyBody =
        "{\"amount\": \"12.50\", \"currency\": \"USD\"}. amount: a decimal number as text, above zero, with at most the currency's "
        + "decimals and 38 digits; reference: a note of 1 to 255 characters";

    public const string WithdrawalBody = MoneyBody + "; minimum_balance: what must be left of the balance.";

    private IReadOnlyDictionary<string, int> Currencies => settings().Currencies;

    public ValueTask<ReadCommand> Create(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "currency", "overdraft", "reference");
        var (currency, decimals) = body.Currency();
        var overdraft = body.OptionalMoney("overdraft", decimals, isZeroAllowed: true) ?? 0;
        var reference = body.Reference();
        return new(ReadCommand.Of(body, () =>
            new CreateWallet(request.Key(""), currency, decimals, overdraft) { Reference = reference }));
    }

    public ValueTask<ReadCommand> Deposit(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "amount", "currency", "reference");
        var (currency, decimals) = body.Currency();
        var amount = body.Money("amount", decimals);
        var reference = body.Reference();
        return new(ReadCommand.Of(body, () =>
            new Deposit(request.Wallet, request.Key("/deposits"), amount, currency) { Reference = reference }));
    }

    public ValueTask<ReadCommand> Withdraw(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "amount", "currency", "reference", "minimum_balance");
        var (currency, decimals) = body.Currency();
        var amount = body.Money("amount", decimals);
        var minimum = body.OptionalMoney("minimum_balance", decimals, isZeroAllowed: true);
        var reference = body.Reference();
        return new(ReadCommand.Of(body, () => new Withdraw(request.Wallet, request.Key("/withdrawals"), amount, currency)
        {
            Reference = reference, MinimumBalance = minimum,
        }));
    }
}
