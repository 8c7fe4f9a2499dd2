using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Reads what sets money aside, takes or frees it, and gives entries back.</summary>
public sealed class HoldCommands(LedgerReader reader, Func<LedgerSettings> settings)
{
    public const string HoldBody =
        MoneyCommands.MoneyBody + "; expires_at: ISO 8601, none for never; minimum_balance: what must be left of the balance.";

    public const string CaptureBody =
        "{\"amount\": \"10\", \"to\": \"(id of a wallet)\"}. amount (default: all that is held): the rest is freed; to: a wallet of the "
        + "same currency, without it the money leaves the ledger; reference.";

    public const string RefundBody =
        "{\"entry_id\": \"1\", \"amount\": \"10\"}. amount (default: all that is left): with earlier refunds at most the entry's; "
        + "reference.";

    private IReadOnlyDictionary<string, int> Currencies => settings().Currencies;

    public ValueTask<ReadCommand> Place(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "amount", "currency", "reference", "expires_at", "minimum_balance");
        var (currency, decimals) = body.Currency();
        var amount = body.Money("amount", decimals);
        var minimum = body.OptionalMoney("minimum_balance", decimals, isZeroAllowed: true);
        var (reference, expiry) = (body.Reference(), body.Time("expires_at"));
        return new(ReadCommand.Of(body, () => new PlaceHold(request.Wallet, request.Key("/holds"), amount, currency, expiry)
        {
            Reference = reference, MinimumBalance = minimum,
        }));
    }

    public async ValueTask<ReadCommand> Capture(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "amount", "to", "reference");
        if (await ReadAmountAsync(request, body) is not { } amount)
        {
            return LedgerProblems.WalletNotFound;
        }

        var (to, reference) = (body.OptionalWallet("to"), body.Reference());
        return WithHold(request, body, hold =>
            new CaptureHold(request.Wallet, request.Key($"/holds/{hold}/capture"), hold, amount.Minor, to) { Reference = reference });
    }

    public ValueTask<ReadCommand> Void(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "reference");
        var reference = body.Reference();
        return new(WithHold(request, body, hold =>
            new VoidHold(request.Wallet, request.Key($"/holds/{hold}/void"), hold) { Reference = reference }));
    }

    public async ValueTask<ReadCommand> Refund(CommandRequest request)
    {
        var body = CommandBody.Read(request.Body, Currencies, "entry_id", "amount", "reference");
        if (await ReadAmountAsync(request, body) is not { } amount)
        {
            return LedgerProblems.WalletNotFound;
        }

        var (entry, reference) = (body.Entry("entry_id"), body.Reference());
        return ReadCommand.Of(body, () =>
            new Refund(request.Wallet, request.Key("/refunds"), entry, amount.Minor) { Reference = reference });
    }

    private static ReadCommand WithHold(CommandRequest request, CommandBody body, Func<Guid, WalletRequest> make) =>
        Guid.TryParseExact(request.Context.Request.RouteValues["hold"] as string, "D", out var hold)
            ? ReadCommand.Of(body, () => make(hold))
            : LedgerProblems.Of(LedgerCode.HoldNotFound);

    /// <summary>In the wallet's own decimals, which only the wallet knows; null: it isn't there for the caller.</summary>
    private async ValueTask<OptionalAmount?> ReadAmountAsync(CommandRequest request, CommandBody body)
    {
        if (!body.Has("amount"))
        {
            return new OptionalAmount(null);
        }

        var wallet = await reader.WalletAsync(request.Wallet, null, request.Aborted);
        return WalletReads.IsFor(wallet, request.Caller)
            ? new OptionalAmount(body.OptionalMoney("amount", wallet!.Decimals, isZeroAllowed: false))
            : null;
    }

    private readonly record struct OptionalAmount(Int128? Minor);
}
