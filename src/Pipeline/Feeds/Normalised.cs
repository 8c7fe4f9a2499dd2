using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>What a request knew and its reply may leave out. A value that the reply states itself must agree with this one.</summary>
/// <param name="Query">What was asked for in words: a search's text, a snapshot's day as <c>2026-01-31</c>.</param>
public sealed record ReplyContext(
    string? Pair = null, string? Asset = null, string? Currency = null, string? Metric = null, string? Source = null,
    string? Interval = null, string? Query = null);

/// <summary>
/// Reads one reply of one dataset: bytes in, records and refusals out. Pure: no clock, no I/O, no binary floating point, no exception for
/// any input. Safe for concurrent use; <paramref name="into"/> belongs to the call.
/// </summary>
public delegate void Normaliser(ReadOnlyMemory<byte> payload, ReplyContext context, Normalised into);

/// <summary>What one reply came to.</summary>
public sealed class Normalised
{
    /// <summary>In the reply's own order.</summary>
    public List<NormalisedRecord> Records { get; } = [];

    /// <summary>One for each record that could not be read, or one for the whole reply.</summary>
    public List<Refusal> Refusals { get; } = [];

    /// <summary>Numbers with more than 28 significant digits, which were rounded half-even.</summary>
    public int Rounded { get; set; }

    /// <summary>Values beside a record, none of those it is made of, that could not be read and stand as unknown.</summary>
    public int Unread { get; set; }

    /// <summary>The field of <see cref="ReplyContext"/> that the reply leaves out and the caller did not give either.</summary>
    public string? MissingContext { get; set; }

    /// <summary>The path of the field that could have said it, where one could.</summary>
    internal string? MissingAt { get; set; }

    public void Refuse(RefusalCode code, string message, string? path = null, string? providerCode = null) =>
        Refusals.Add(new Refusal(code, message, path, providerCode) { Behind = Records.Count });

    public void Clear()
    {
        Records.Clear();
        Refusals.Clear();
        Rounded = 0;
        Unread = 0;
        MissingContext = null;
    }
}
