using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>The newest price of a series as an event, encoded once for all who follow.</summary>
internal sealed record PriceEvent(long Position, string Asset, string Currency, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// The newest price of every series, in the order in which they became that. Who follows holds only a position and asks for what became
/// the newest after it, so a slow reader gets fewer prices and never an old one; the board is as large as the number of stored series.
/// </summary>
internal sealed class PriceBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Asset, string Currency), PriceEvent> _bySeries = [];
    private readonly SortedDictionary<long, PriceEvent> _byPosition = new(Comparer<long>.Create((left, right) => right.CompareTo(left)));
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null);
    private TaskCompletionSource _changed = NewSignal();
    private long _position;

    /// <summary>The newest position of the board; 0 while it is empty.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <param name="prices">In the order of their positions. One caller at a time.</param>
    public void Publish(IReadOnlyList<LoggedPrice> prices)
    {
        if (prices.Count == 0)
        {
            return;
        }

        var events = prices.Select(Encode).ToList();
        TaskCompletionSource changed;
        lock (_gate)
        {
            foreach (var price in events)
            {
                if (_bySeries.TryGetValue((price.Asset, price.Currency), out var before))
                {
                    _byPosition.Remove(before.Position);
                }

                _bySeries[(price.Asset, price.Currency)] = price;
                _byPosition[price.Position] = price;
            }

            Volatile.Write(ref _position, events[^1].Position);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    /// <summary>The newest prices of the wanted series that became that after a position, the earliest first, at most so many.</summary>
    /// <returns>Also a task that ends when there is more.</returns>
    public (IReadOnlyList<PriceEvent> Events, Task Changed) After(long position, PriceFilter wanted, int limit)
    {
        var found = new List<PriceEvent>();
        Task changed;
        lock (_gate)
        {
            changed = _changed.Task;
            foreach (var (at, price) in _byPosition) // the newest first
            {
                if (at <= position)
                {
                    break;
                }

                if (wanted.Has(price))
                {
                    found.Add(price);
                }
            }
        }

        found.Reverse();
        return (found.Count > limit ? found[..limit] : found, changed);
    }

    private PriceEvent Encode(LoggedPrice logged)
    {
        var (position, price) = logged;
        _buffer.ResetWrittenCount();
        var id = new EventId(new LogPlace(position, 0), price.Time?.UnixMilliseconds);
        EventFrame.Append(_buffer, _json, id, price);
        return new PriceEvent(position, price.Asset, price.Currency, _buffer.WrittenSpan.ToArray());
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Series that a client wants: the product of two lists.</summary>
internal sealed class PriceFilter(IEnumerable<string> assets, IEnumerable<string> currencies)
{
    private readonly HashSet<string> _assets = [.. assets];
    private readonly HashSet<string> _currencies = [.. currencies];

    public bool Has(PriceEvent price) => _currencies.Contains(price.Currency) && _assets.Contains(price.Asset);
}
