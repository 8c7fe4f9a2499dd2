using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What the payload of a dead letter is, and so how it is read again.</summary>
public enum DeadLetterKind
{
    /// <summary>A provider's reply, whole; read by the normaliser of its dataset.</summary>
    Reply,

    /// <summary>A frame of a provider's websocket; read by its normaliser <c>ws</c>.</summary>
    Frame,

    /// <summary>One normalised record in its JSON form, which was read well and could not be stored.</summary>
    Record,
}

/// <param name="Origin">The request that brought the payload, without secrets.</param>
public sealed record DeadLetter(SeriesKey Series, string Origin, Refusal Refusal, ReadOnlyMemory<byte> Payload, DateTimeOffset SeenAt)
{
    public DeadLetterKind Kind { get; init; }

    /// <summary>What the request knew and the payload may leave out.</summary>
    public ReplyContext? Context { get; init; }
}

/// <summary>A letter as it is kept, without its payload.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="ReasonCode">Why it was refused: a <see cref="RefusalCode"/> in its outer words.</param>
/// <param name="Times">How often it was refused, by replays that failed for the same reason too.</param>
/// <param name="Replayed">Whether its last replay stored all of it, and it was not refused again since.</param>
/// <param name="LastReplay">Null where none was tried.</param>
public sealed record KeptLetter(
    long Id, SeriesKey Series, DeadLetterKind Kind, string Origin, string ReasonCode, string Reason, int Bytes, DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt, long Times, bool Replayed, int Replays, LastReplay? LastReplay);

/// <param name="Code">Why it failed, null when it didn't: a <see cref="RefusalCode"/> in its outer words, or what
/// <see cref="DeadLetterReplay"/> adds to them.</param>
/// <param name="Counts">What became of its records; null where none were read.</param>
public sealed record LastReplay(DateTimeOffset At, string? Code, string? Reason, IngestCounts? Counts);

/// <summary>A letter with all that is needed to take it again.</summary>
public sealed record WholeLetter(KeptLetter Letter, ReplyContext? Context, byte[] Payload);

/// <summary>Which letters are meant; null means any.</summary>
/// <param name="From">Last seen at or after it.</param>
/// <param name="To">Last seen before it.</param>
public sealed record DeadLetterFilter(
    string? Provider = null, string? Dataset = null, string? Series = null, string? Code = null, bool? Replayed = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null)
{
    public static readonly DeadLetterFilter Any = new();
}

/// <summary>What a purge took away, by where it came from and why.</summary>
public sealed record PurgedLetters(string Provider, string Dataset, string ReasonCode, long Letters, long Bytes);
