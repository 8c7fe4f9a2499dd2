using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>Neighbouring trades of one commit, encoded once for all who follow.</summary>
/// <param name="Ends">Where each event ends in the bytes.</param>
/// <param name="LastMs">The provider's time of the last of them, in Unix milliseconds.</param>
internal sealed record EventBlock(LogPlace First, ReadOnlyMemory<byte> Bytes, int[] Ends, long LastMs)
{
    public LogPlace Last => First with { Index = First.Index + Ends.Length - 1 };

    public ReadOnlyMemory<byte> After(LogPlace place) =>
        place < First ? Bytes : Bytes[Ends[place.Index - First.Index]..];
}

internal enum TopicState
{
    /// <summary>There are events after the place.</summary>
    Ahead,

    /// <summary>There is nothing after the place yet.</summary>
    UpToDate,

    /// <summary>What came next is no longer here, or never was.</summary>
    Behind,
}

/// <param name="End">The place after <paramref name="Bytes"/>.</param>
/// <param name="LastMs">The time of the last event in them.</param>
/// <param name="Changed">Ends when there is more.</param>
internal readonly record struct TopicNext(TopicState State, ReadOnlyMemory<byte> Bytes, LogPlace End, long LastMs, Task Changed);

/// <summary>
/// The newest events of one pair, for all who follow it on this node. Its bytes are bounded: at the bound the oldest blocks go, but the
/// newest block always stays. Nobody who reads holds anything of it but a place, so what a slow reader costs is nothing.
/// </summary>
internal sealed class TradeTopic(string exchange, string pair, LogPlace start, long maxBytes)
{
    /// <summary>What a block costs beside its bytes.</summary>
    private const int Overhead = 128;

    private readonly Lock _gate = new();
    private readonly List<EventBlock> _blocks = [];
    private int _gone;
    private long _bytes;
    private LogPlace _start = start;
    private LogPlace _end = start;
    private TaskCompletionSource _changed = NewSignal();

    public string Exchange => exchange;

    public string Pair => pair;

    /// <summary>Guarded by the hub.</summary>
    public int Followers { get; set; }

    /// <summary>Everything after it is here.</summary>
    public LogPlace Start
    {
        get
        {
            lock (_gate)
            {
                return _start;
            }
        }
    }

    /// <summary>The place of the newest event, or where the topic began.</summary>
    public LogPlace End
    {
        get
        {
            lock (_gate)
            {
                return _end;
            }
        }
    }

    public void Publish(EventBlock block)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _blocks.Add(block);
            _bytes += block.Bytes.Length + Overhead;
            _end = block.Last;
            while (_bytes > maxBytes && _blocks.Count - _gone > 1)
            {
                Evict();
            }

            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    /// <summary>Something up to a position was deleted from the log before it could be read: who follows is behind now.</summary>
    public void Cut(long position)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _blocks.Clear();
            (_gone, _bytes) = (0, 0);
            _start = _end = LogPlace.EndOf(position);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    public TopicNext Next(LogPlace place)
    {
        lock (_gate)
        {
            if (place < _start)
            {
                return new TopicNext(TopicState.Behind, default, place, 0, _changed.Task);
            }

            if (place >= _end)
            {
                return new TopicNext(TopicState.UpToDate, default, place, 0, _changed.Task);
            }

            var block = _blocks[FirstAfter(place)];
            return new TopicNext(TopicState.Ahead, block.After(place), block.Last, block.LastMs, _changed.Task);
        }
    }

    private void Evict()
    {
        var block = _blocks[_gone];
        _blocks[_gone++] = null!; // its bytes are free at once, the list is shortened by halves
        _bytes -= block.Bytes.Length + Overhead;
        _start = block.Last;
        if (_gone > _blocks.Count / 2)
        {
            _blocks.RemoveRange(0, _gone);
            _gone = 0;
        }
    }

    /// <summary>Of the first block with an event after the place, which is before the end.</summary>
    private int FirstAfter(LogPlace place)
    {
        var (low, high) = (_gone, _blocks.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _blocks[middle].Last > place ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
