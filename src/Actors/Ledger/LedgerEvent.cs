namespace AkkaCrypto.Actors.Ledger;

/// <summary>What happened to one entity.</summary>
/// <param name="After">The entity afterwards; null: it is no more.</param>
/// <param name="Entry">The line that it left in the wallet's history, where it did.</param>
/// <param name="Conversion">Money of an exchange between shards that the world gave into transit, or took back out of it.</param>
public sealed record LedgerEvent(LedgerState? After, Entry? Entry = null, IReadOnlyList<Conversion>? Conversion = null);

/// <param name="Amount">From the world into transit, in minor units; negative the other way.</param>
public readonly record struct Conversion(string Currency, Int128 Amount);
