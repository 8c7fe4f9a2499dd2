using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Api.Ledger;

/// <summary>What a wallet refuses, as the outside sees it. A refusal wrote nothing, and its key is free.</summary>
public static class LedgerProblems
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    public static readonly Problem MailboxFull = new(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded,
        "More commands wait for the wallet's shard than may (akkacrypto.actors.mailbox); nothing was done.", RetryAfter: Retry);

    public static readonly Problem Unavailable = new(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable,
        "The wallet's shard can't be served here at this moment; nothing was done.", RetryAfter: Retry);

    public static readonly Problem OutcomeUnknown = new(
        StatusCodes.Status503ServiceUnavailable, "outcome_unknown",
        "No answer within akkacrypto.actors.deadline: it may still be carried out. The same request with the same key tells.",
        RetryAfter: Retry);

    public static readonly Problem InFlight = Of(LedgerCode.KeyInFlight);

    public static readonly Problem WalletNotFound = Of(LedgerCode.WalletNotFound);

    public static readonly Problem EntryNotFound = Of(LedgerCode.EntryNotFound);

    public static readonly Problem NotSealed = new(
        StatusCodes.Status404NotFound, "entry_not_sealed", "The entry is from before commits were signed: there is no receipt of it.");

    public static readonly Problem TransferNotFound = new(
        StatusCodes.Status404NotFound, "unknown_transfer", "There is no such transfer of this tenant's wallets.");

    /// <summary>Of any code but <see cref="LedgerCode.Done"/> and <see cref="LedgerCode.Underway"/>, which are no refusals.</summary>
    public static Problem Of(LedgerCode code) => code switch
    {
        LedgerCode.KeyReused => Unprocessable("idempotency_key_reused", "The idempotency key was used with another body for this path."),
        LedgerCode.KeyInFlight => new(
            StatusCodes.Status409Conflict, "idempotency_key_in_flight",
            "The first request with this idempotency key hasn't ended; the same request again tells how it did.", RetryAfter: Retry),
        LedgerCode.WalletNotFound => Missing("unknown_wallet", "There is no such wallet of this tenant."),
        LedgerCode.VersionMismatch => new(
            StatusCodes.Status412PreconditionFailed, "version_mismatch", "The wallet's version is not the one of If-Match."),
        LedgerCode.WalletClosed => Unprocessable("wallet_closed", "The wallet is closed."),
        LedgerCode.WrongCurrency => Unprocessable("wrong_currency", "The wallet is of another currency."),
        LedgerCode.HoldNotFound => Missing("unknown_hold", "The wallet has no such hold."),
        LedgerCode.HoldEnded => Unprocessable("hold_ended", "The hold was captured or voided, or its time is over."),
        LedgerCode.EntryNotFound => Missing("unknown_entry", "The wallet has no such entry."),
        LedgerCode.NotRefundable => Unprocessable("not_refundable", "The entry moved no money, or its other side has to refund it."),
        LedgerCode.RefundTooLarge => Unprocessable("refund_too_large", "More than is left of the entry after earlier refunds."),
        LedgerCode.CaptureTooLarge => Unprocessable("capture_too_large", "More than is held."),
        LedgerCode.DestinationNotFound => Unprocessable("unknown_destination", "There is no such wallet to pay to."),
        LedgerCode.SameWallet => Unprocessable("same_wallet", "A wallet can't pay to itself."),
        LedgerCode.DestinationClosed => Unprocessable("destination_closed", "The wallet to pay to is closed."),
        LedgerCode.DestinationCurrency => Unprocessable("destination_currency", "The wallet to pay to is of another currency."),
        LedgerCode.WalletFrozen => Unprocessable("wallet_frozen", "The wallet is frozen: nothing may leave it."),
        LedgerCode.InsufficientFunds => Unprocessable("insufficient_funds", "Not enough is available."),
        LedgerCode.BelowMinimum => Unprocessable("below_minimum", "Less than minimum_balance would be left."),
        LedgerCode.TooLarge => Unprocessable("balance_too_large", "A balance would pass 38 digits."),
        LedgerCode.NotEmpty => Unprocessable("wallet_not_empty", "A wallet is closed without balance, holds and money on its way."),
        LedgerCode.ExpiryPassed => Unprocessable("expiry_passed", "expires_at is not in the future."),
        LedgerCode.Done or LedgerCode.Underway => throw new ArgumentOutOfRangeException(nameof(code), code, "That is no refusal."),
    };

    private static Problem Unprocessable(string code, string detail) => new(StatusCodes.Status422UnprocessableEntity, code, detail);

    private static Problem Missing(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);
}
