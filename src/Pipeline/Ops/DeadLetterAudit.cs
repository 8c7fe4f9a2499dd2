using System.Globalization;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What the audit says of dead letters, whoever deals with them.</summary>
public static class DeadLetterAudit
{
    public const string Replay = "dead_letters.replay";
    private const string Purge = "dead_letters.purge";

    public static string Target(long id) => id.ToString(CultureInfo.InvariantCulture);

    public static AuditEntry Purged(AuditLog audit, Actor actor, KeptLetter letter) =>
        audit.Done(actor, Purge, Target(letter.Id), null, Counts(1, letter.Bytes));

    public static Func<int, long, AuditEntry> Purged(AuditLog audit, Actor actor, DeadLetterFilter filter) =>
        (letters, bytes) => audit.Done(actor, Purge, filter.ToString(), null, Counts(letters, bytes));

    /// <summary>A letter that could not be stored whole is a refusal with its reason.</summary>
    public static ActResult<ReplayedLetter?> Result(ReplayedLetter? replayed) =>
        new(replayed, replayed is null ? "unknown_dead_letter" : replayed.Replay.Code, Replayed(1, 0));

    public static ActResult<List<ReplayedLetter>> Result(List<ReplayedLetter> replayed)
    {
        var failed = replayed.Count(letter => letter.Replay.Code is not null);
        return new(replayed, null, Replayed(replayed.Count - failed, failed));
    }

    public static string Replayed(int whole, int failed) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"replayed\":{whole},\"failed\":{failed}}}");

    private static string Counts(int letters, long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"letters\":{letters},\"bytes\":{bytes}}}");
}
