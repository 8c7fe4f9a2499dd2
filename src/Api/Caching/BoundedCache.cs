using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// Values by text, at most so many and so large together. At the bound the least recently used sixteenth goes at once, so that the cost of
/// finding it is shared by all the entries that made it necessary.
/// </summary>
/// <param name="maxSize">Sum of the sizes given to <see cref="Set"/>; a single value larger than a sixteenth of it is not kept.</param>
public sealed class BoundedCache<TValue>(int maxEntries, long maxSize)
    where TValue : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _eviction = new();
    private long _size;
    private int _count;

    /// <summary>Values set so far: the only clock that eviction needs, and one that hits leave alone.</summary>
    private long _sets;

    /// <summary>Of its own, for the dictionary takes all its locks to say it.</summary>
    public int Count => Volatile.Read(ref _count);

    public long Size => Volatile.Read(ref _size);

    public bool TryGet(string key, [NotNullWhen(true)] out TValue? value)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            // Written once between two values that are set, not at each hit: processors would pass the line to and fro.
            var now = Volatile.Read(ref _sets);
            if (Volatile.Read(ref entry.LastUsed) != now)
            {
                Volatile.Write(ref entry.LastUsed, now);
            }

            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    public void Set(string key, TValue value, long size)
    {
        if (size > maxSize / 16)
        {
            Remove(key);
            return;
        }

        lock (_eviction)
        {
            Remove(key);
            _entries[key] = new Entry(value, size) { LastUsed = ++_sets };
            _size += size;
            _count++;
            if (_count > maxEntries || _size > maxSize)
            {
                EvictLeastRecentlyUsed();
            }
        }
    }

    /// <summary>The value has become larger; nothing where another stands there by now.</summary>
    public void Grow(string key, TValue value, long by)
    {
        lock (_eviction)
        {
            if (!_entries.TryGetValue(key, out var entry) || !ReferenceEquals(entry.Value, value))
            {
                return;
            }

            entry.Size += by;
            _size += by;
            if (entry.Size > maxSize / 16)
            {
                Remove(key);
            }
            else if (_size > maxSize)
            {
                EvictLeastRecentlyUsed();
            }
        }
    }

    public void Remove(string key)
    {
        lock (_eviction)
        {
            if (_entries.TryRemove(key, out var entry))
            {
                _size -= entry.Size;
                _count--;
            }
        }
    }

    private void EvictLeastRecentlyUsed()
    {
        foreach (var (key, _) in _entries.ToArray().OrderBy(pair => Volatile.Read(ref pair.Value.LastUsed)))
        {
            if (_count <= maxEntries - (maxEntries / 16) && _size <= maxSize - (maxSize / 16))
            {
                return;
            }

            Remove(key);
        }
    }

    private sealed class Entry(TValue value, long size)
    {
        public long LastUsed;

        public TValue Value { get; } = value;

        /// <summary>Under the lock of eviction.</summary>
        public long Size { get; set; } = size;
    }
}
