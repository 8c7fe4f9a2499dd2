using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>
/// A book that changes by numbered steps, told as whole books and as deltas, and remembered at every number: the naive oracle of what a
/// followed book must be. Asks are above 100, bids below.
/// </summary>
public sealed class NumberedMarket(Random random, string pair = "btc-krw")
{
    private const string Exchange = "coinone";

    /// <summary>One update holds the first number after the last message: contiguous ranges, as Binance numbers its depth stream.</summary>
    public static readonly Func<long?, bool, OrderBookDelta, BookStep> StepOf = static (last, lastWasWhole, delta) =>
        delta.Sequence <= last ? BookStep.Old
        : lastWasWhole ? (delta.FirstSequence <= last + 1 ? BookStep.Next : BookStep.Gap)
        : delta.FirstSequence == last + 1 ? BookStep.Next : BookStep.Gap;

    private readonly SortedDictionary<MarketNumber, MarketNumber> _bids = [];
    private readonly SortedDictionary<MarketNumber, MarketNumber> _asks = [];
    private readonly Dictionary<long, OrderBook> _truth = [];
    private readonly Lock _gate = new();

    public long Sequence { get; private set; }

    /// <summary>FNV-1a of all levels.</summary>
    public static uint Checksum(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        var text = string.Join(' ', bids.Concat([default]).Concat(asks));
        return text.Aggregate(2166136261u, static (hash, character) => (hash ^ character) * 16777619u);
    }

    /// <summary>The book after the message with this number.</summary>
    public OrderBook At(long sequence)
    {
        lock (_gate)
        {
            return _truth[sequence];
        }
    }

    public OrderBook Now()
    {
        lock (_gate)
        {
            return _truth[Sequence];
        }
    }

    /// <summary>One to three numbers further: the delta.</summary>
    public OrderBookDelta Move()
    {
        var first = Sequence + 1;
        var (bids, asks) = (new List<BookLevel>(), new List<BookLevel>());
        var last = Sequence + random.Next(1, 4);
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var isBid = random.Next(2) == 0;
            var price = isBid ? 100 - random.Next(1, 12) : 100 + random.Next(1, 12);
            var level = new BookLevel(price, random.Next(3) == 0 ? 0 : random.Next(1, 50));
            (isBid ? bids : asks).RemoveAll(other => other.Price == level.Price);
            (isBid ? bids : asks).Add(level);
            Set(isBid ? _bids : _asks, level);
        }

        var book = new OrderBook(
            Exchange, pair, last, null, [.. _bids.Reverse().Select(Level)], [.. _asks.Select(Level)]);
        lock (_gate)
        {
            _truth[last] = book;
            Sequence = last;
        }

        return new OrderBookDelta(Exchange, pair, first, last, null, bids, asks) { Checksum = Checksum(book.Bids, book.Asks) };
    }

    /// <summary>As <see cref="Provider"/> reads it.</summary>
    public static string Text(NormalisedRecord record) => record switch
    {
        OrderBook book => Text("book", book.Pair, book.Sequence, book.Sequence, book.Bids, book.Asks),
        OrderBookDelta delta => Text("delta", delta.Pair, delta.FirstSequence, delta.Sequence, delta.Bids, delta.Asks),
        _ => throw new ArgumentOutOfRangeException(nameof(record), record.Kind, "Only books and deltas have a text."),
    };

    private static string Text(
        string kind, string pair, long? first, long? sequence, IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks) =>
        JsonSerializer.Serialize(new { kind, pair, first, sequence, bids = Levels(bids), asks = Levels(asks) });

    private static IEnumerable<decimal[]> Levels(IReadOnlyList<BookLevel> levels) =>
        levels.Select(level => new[] { (decimal)level.Price, (decimal)level.Quantity });

    private static BookLevel Level(KeyValuePair<MarketNumber, MarketNumber> level) => new(level.Key, level.Value);

    private static void Set(SortedDictionary<MarketNumber, MarketNumber> side, BookLevel level)
    {
        side.Remove(level.Price);
        if (level.Quantity > 0)
        {
            side.Add(level.Price, level.Quantity);
        }
    }

    /// <summary>Coinone as if it told its books so, by these rules.</summary>
    /// <param name="beginsAnew">Whether "anew btc-krw" begins a book anew over its connection.</param>
    public sealed class Provider(BookRules rules, bool beginsAnew = false) : IProvider, ISocketDataset
    {
        private readonly IProvider _inner = Providers.Find(Exchange)!;

        public string Name => Exchange;

        public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } =
            new Dictionary<string, Normaliser>(StringComparer.Ordinal) { ["ws"] = Read, ["orderbook"] = Read };

        public IReadOnlyDictionary<string, IPolledDataset> Polled => _inner.Polled;

        public IReadOnlyDictionary<string, ISocketDataset> Sockets =>
            new Dictionary<string, ISocketDataset>(StringComparer.Ordinal) { ["orderbook"] = this };

        public BookRules Books => rules;

        public SocketPlan Plan(Contracts.Settings.DatasetSettings settings) =>
            new("/books", [.. settings.Pairs.Select(one => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(one))], TimeSpan.FromHours(1));

        public IReadOnlyList<ReadOnlyMemory<byte>> BeginAnew(Contracts.Settings.DatasetSettings settings) => beginsAnew
            ? [.. settings.Pairs.Select(one => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"anew {one}"))]
            : [];

        public void Authorise(HttpRequestMessage request, string? apiKey)
        {
            // Nobody asks for a key.
        }

        private static void Read(ReadOnlyMemory<byte> payload, ReplyContext context, Normalised into)
        {
            JsonElement json;
            try
            {
                json = JsonDocument.Parse(payload).RootElement;
            }
            catch (JsonException broken)
            {
                into.Refuse(RefusalCode.MalformedJson, broken.Message);
                return;
            }

            var (pair, sequence) = (json.GetProperty("pair").GetString()!, json.GetProperty("sequence").GetInt64());
            var (bids, asks) = (Levels(json.GetProperty("bids")), Levels(json.GetProperty("asks")));
            into.Records.Add(json.GetProperty("kind").GetString() == "book"
                ? new OrderBook(Exchange, pair, sequence, null, bids, asks)
                : new OrderBookDelta(Exchange, pair, json.GetProperty("first").GetInt64(), sequence, null, bids, asks));
        }

        private static List<BookLevel> Levels(JsonElement levels) =>
            [.. levels.EnumerateArray().Select(level => new BookLevel(level[0].GetDecimal(), level[1].GetDecimal()))];
    }
}
