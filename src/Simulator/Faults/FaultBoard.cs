using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Faults;

/// <summary>A fault that hits one reply.</summary>
/// <param name="Draw">Random bits of this reply, for what the fault itself has to choose.</param>
/// <param name="Bodies">What this fault has answered so far, by path: <see cref="FaultKind.Silence"/> repeats it.</param>
internal sealed record Strike(Fault Fault, ulong Draw, StaleBodies Bodies);

/// <summary>
/// The orders in force, at most <see cref="Most"/>; the oldest order that hits decides. Which replies are hit follows from the seed and the
/// number of each matching reply, so a run with the same requests misbehaves the same way.
/// </summary>
public sealed class FaultBoard(long seed, TimeProvider time)
{
    public const int Most = 64;

    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private readonly ulong stream = Hash.Stream(Hash.Mix(unchecked((ulong)seed)), "faults");
    private int added;

    /// <exception cref="ArgumentException">The order makes no sense; the message names each reason.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Most"/> orders are in force.</exception>
    public void Add(Fault fault)
    {
        var problems = string.Join("; ", fault.Problems());
        if (problems.Length > 0)
        {
            throw new ArgumentException(problems, nameof(fault));
        }

        lock (gate)
        {
            RemoveEnded();
            if (entries.Count >= Most)
            {
                throw new InvalidOperationException($"{Most} faults are in force, which is the most; clear them first.");
            }

            var end = fault.DurationSeconds is { } seconds ? time.GetUtcNow().AddSeconds(seconds) : DateTimeOffset.MaxValue;
            entries.Add(new Entry(fault, Hash.Bits(stream, added++), end));
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            entries.Clear();
        }
    }

    /// <summary>The orders still in force and how many replies each has hit.</summary>
    public IReadOnlyList<(Fault Fault, int Hits)> InForce()
    {
        lock (gate)
        {
            RemoveEnded();
            return [.. entries.Select(e => (e.Fault, e.Hits))];
        }
    }

    internal Strike? Next(string provider, string path)
    {
        lock (gate)
        {
            RemoveEnded();
            foreach (var entry in entries)
            {
                if (entry.Fault.Matches(provider, path) && entry.Draw() is { } draw)
                {
                    return new Strike(entry.Fault, draw, entry.Bodies);
                }
            }

            return null;
        }
    }

    private void RemoveEnded()
    {
        var now = time.GetUtcNow();
        entries.RemoveAll(e => e.End <= now || e.Hits >= e.Fault.Count);
    }

    private sealed class Entry(Fault fault, ulong stream, DateTimeOffset end)
    {
        private long seen;

        public Fault Fault => fault;

        public DateTimeOffset End => end;

        public int Hits { get; private set; }

        public StaleBodies Bodies { get; } = new();

        public ulong? Draw()
        {
            var number = seen++;
            if (Hash.Unit(stream, number) >= fault.Share)
            {
                return null;
            }

            Hits++;
            return Hash.Bits(stream, -number - 2);
        }
    }
}

/// <summary>The first body per path under a fault; past 256 paths new ones are answered afresh, not kept.</summary>
internal sealed class StaleBodies
{
    private const int MostPaths = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<string, byte[]> bodies = [];

    public byte[] FirstOr(string path, byte[] body)
    {
        lock (gate)
        {
            if (bodies.TryGetValue(path, out var first))
            {
                return first;
            }

            if (bodies.Count < MostPaths)
            {
                bodies[path] = body;
            }

            return body;
        }
    }
}
