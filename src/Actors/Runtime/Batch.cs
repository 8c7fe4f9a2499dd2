namespace AkkaCrypto.Actors.Runtime;

/// <summary>Commands that are committed together, and all that they decided.</summary>
internal sealed class Batch<TKey, TEvent, TCommand, TReply>(long number)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly List<Envelope<TCommand, TReply>> envelopes = [];

    public long Number => number;

    public List<Happening<TKey, TEvent>> Events { get; } = [];

    /// <summary>Each once, in the order of the first change.</summary>
    public List<TKey> Changed { get; } = [];

    /// <summary>What its commands took for absent.</summary>
    public List<TKey> Absent { get; } = [];

    public int Count => envelopes.Count;

    public Envelope<TCommand, TReply> this[int index] => envelopes[index];

    public void Add(List<Envelope<TCommand, TReply>> taken)
    {
        lock (gate)
        {
            envelopes.AddRange(taken);
        }
    }

    /// <summary>Tells those who have waited too long, while the commands stay in the batch. From any thread.</summary>
    public void EndExpired(long now)
    {
        lock (gate)
        {
            foreach (var envelope in envelopes.Where(envelope => envelope.IsExpired(now)))
            {
                envelope.End(AskOutcome.DeadlinePassed);
            }
        }
    }

    public void Answer() => envelopes.ForEach(envelope => envelope.Answer());

    /// <summary>The commands whose callers still wait, to be decided again.</summary>
    public IEnumerable<Envelope<TCommand, TReply>> Unanswered() => envelopes.Where(envelope => !envelope.IsAbandoned);
}
