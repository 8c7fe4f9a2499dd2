using System.Collections.Immutable;
using AkkaCrypto.Actors.Runtime;

namespace AkkaCrypto.Actors.Tests.Runtime;

/// <param name="Id">What makes a repetition harmless.</param>
public sealed record Add(string Counter, int Amount, string Id)
{
    public bool IsBug => Amount == 666;

    /// <summary>A smaller total is known to be out of date.</summary>
    public int AtLeast { get; init; }
}

public sealed record Added(int Amount, string Id);

/// <param name="Ids">Of what was added, each with the total after it.</param>
public sealed record Counter(int Total, ImmutableDictionary<string, int> Ids);

/// <summary>Counters that only go up: to a smaller amount than 0 they say no, with the reply -1.</summary>
public sealed class Counters : IEntityBehaviour<string, Counter, Add, Added, int>
{
    public static readonly Counters Behaviour = new();

    public void Touch(Add command, ICollection<string> keys) => keys.Add(command.Counter);

    public Decision<string, Added, int> Decide(IEntityStates<string, Counter> states, Add command, DateTimeOffset now)
    {
        var counter = states[command.Counter] ?? new(0, ImmutableDictionary<string, int>.Empty);
        return command switch
        {
            _ when counter.Total < command.AtLeast => new(-3, [new(command.Counter, new(1, "stale"))]) { IsStale = true },
            { IsBug: true } => throw new InvalidOperationException("a bug in deciding"),
            _ when counter.Ids.TryGetValue(command.Id, out var total) => new(total, []),
            { Amount: < 0 } => new(-1, []),
            { Amount: 0 } => new(counter.Total, []),
            _ => new(counter.Total + command.Amount, [new(command.Counter, new(command.Amount, command.Id))]),
        };
    }

    public Counter Apply(Counter? state, Added happened)
    {
        var (total, ids) = state ?? new(0, ImmutableDictionary<string, int>.Empty);
        return new(total + happened.Amount, ids.Add(happened.Id, total + happened.Amount));
    }

    public int Unclosable(Add command) => -2;

    public void TouchAtClose(IReadOnlyList<Happening<string, Added>> events, ICollection<string> keys)
    {
        // Nothing belongs to a commit as a whole.
    }

    public void Close(
        IEntityStates<string, Counter> states, IReadOnlyList<Happening<string, Added>> events, DateTimeOffset now,
        ICollection<Happening<string, Added>> more)
    {
        // See above.
    }
}
