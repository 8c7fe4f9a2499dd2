using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Of the ledger to itself; harmless when repeated, for the leg's own state says what was done.</summary>
/// <param name="To">The leg's destination.</param>
/// <param name="Transfer">Whose leg.</param>
/// <param name="Leg">Its number.</param>
internal abstract record LegCommand(Guid To, Guid Transfer, int Leg) : LedgerCommand(To);

/// <summary>Promises to take the leg, or refuses it for good.</summary>
internal sealed record AcceptLeg(Guid To, Guid Transfer, int Leg) : LegCommand(To, Transfer, Leg);

/// <summary>Takes the leg's money, or refuses it for good unless it was promised.</summary>
internal sealed record DeliverLeg(Guid To, Guid Transfer, int Leg) : LegCommand(To, Transfer, Leg);

/// <summary>Gives the promise back.</summary>
internal sealed record CancelLeg(Guid To, Guid Transfer, int Leg) : LegCommand(To, Transfer, Leg);

/// <summary>Gives the source its money back, after a leg was refused and before any was delivered.</summary>
internal sealed record UndoTransfer(Guid Source, Guid Transfer, Guid Request, Guid? Hold, long? RefundOf) : LedgerCommand(Source);

/// <summary>Frees a hold whose time is over.</summary>
internal sealed record ExpireHold(Guid Wallet, Guid Hold) : LedgerCommand(Wallet);
