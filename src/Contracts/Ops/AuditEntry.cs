namespace AkkaCrypto.Contracts.Ops;

/// <summary>Who does an admin act, by which request.</summary>
/// <param name="Id">Of the caller's key or token; <c>cli:&lt;user&gt;</c> for the command line. Never a secret.</param>
/// <param name="TraceId">Finds the request in the log.</param>
public sealed record Actor(string Id, string TraceId);

/// <summary>One admin act as the audit keeps it. No field of it may hold a secret.</summary>
/// <param name="Act">What was done, as <c>keys.rotate</c>.</param>
/// <param name="Target">To what: an id, a name, or a filter in words.</param>
/// <param name="Before">JSON of what was there; null where nothing was, or where it isn't known.</param>
/// <param name="After">JSON of what is there since, or of what came of it.</param>
/// <param name="Outcome">
/// <c>done</c>: in the same transaction as the act. An act that is no single transaction has two entries of one trace: <c>begun</c> before
/// it, then <c>done</c>, <c>refused</c> or <c>failed</c>; a <c>begun</c> alone is an act whose process ended under it.
/// </param>
public sealed record AuditEntry(
    DateTimeOffset At, Actor Actor, string Act, string Target, string? Before, string? After, string Outcome);

/// <summary>The outcomes of <see cref="AuditEntry"/>.</summary>
public static class AuditOutcome
{
    public const string Begun = "begun";
    public const string Done = "done";
    public const string Refused = "refused";
    public const string Failed = "failed";
}

/// <summary>An entry with its place in the audit.</summary>
public sealed record KeptAudit(long Id, AuditEntry Entry);
