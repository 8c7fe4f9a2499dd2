using System.Net.WebSockets;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>
/// One connection to the feed: acknowledges each subscription with all that are in force, and every 200 ms sends what they have to say.
/// Who hasn't subscribed within 5 seconds is cut off. Books are delivered whole or the connection ends: Coinbase guarantees all updates of
/// the channel <c>level2</c>, which therefore have no numbers.
/// </summary>
internal sealed class CoinbaseSession(WebSocket socket, SimulatedWorld world) : SimulatedSession(socket, "coinbase", world)
{
    private static readonly TimeSpan WithoutSubscription = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Channel, MarketPair Pair), CoinbaseSubscription> subscriptions = [];
    private readonly Lock gate = new();
    private readonly DateTimeOffset connected = world.Time.GetUtcNow();
    private bool everSubscribed;

    protected override async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
    {
        var request = CoinbaseRequest.Read(message);
        if (request.Fault is { } fault)
        {
            await SendAsync(CoinbaseFrames.Error(fault), end);
            return;
        }

        lock (gate)
        {
            foreach (var topic in request.Topics)
            {
                if (request.IsSubscribe)
                {
                    subscriptions.TryAdd(topic, new CoinbaseSubscription(topic.Channel, topic.Pair, World.Time.GetUtcNow()));
                }
                else
                {
                    subscriptions.Remove(topic);
                }
            }

            everSubscribed |= request.IsSubscribe;
        }

        await SendAsync(CoinbaseFrames.Subscriptions(Topics()), end);
        await TellNewsAsync(end);
    }

    protected override IEnumerable<byte[]> News(DateTimeOffset now)
    {
        CoinbaseSubscription[] current;
        lock (gate)
        {
            current = [.. subscriptions.Values];
        }

        return current.SelectMany(subscription => subscription.News(World.Market, now));
    }

    protected override bool IsPromised(byte[] frame) =>
        frame.AsSpan().StartsWith("{\"type\":\"l2update\""u8) || frame.AsSpan().StartsWith("{\"type\":\"snapshot\""u8);

    protected override (WebSocketCloseStatus Status, string Reason)? Goodbye(DateTimeOffset now)
    {
        lock (gate)
        {
            return !everSubscribed && now - connected >= WithoutSubscription
                ? (WebSocketCloseStatus.PolicyViolation, "no subscription within 5 seconds")
                : null;
        }
    }

    private List<(string Channel, MarketPair Pair)> Topics()
    {
        lock (gate)
        {
            return [.. subscriptions.Keys];
        }
    }
}

/// <summary>One channel of one product on one connection, and how far it has told.</summary>
internal sealed class CoinbaseSubscription(string channel, MarketPair pair, DateTimeOffset since)
{
    // A connection that could not be served for longer begins again here instead of flooding the client.
    private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);

    private DateTimeOffset told = since;
    private MarketBook? book;
    private long lastTicker;
    private long lastBeat;
    private bool isBegun;

    public IEnumerable<byte[]> News(MarketModel market, DateTimeOffset now) => channel switch
    {
        "matches" => Matches(market, now),
        "heartbeat" => Heartbeat(market, now),
        "ticker" or "ticker_batch" => Ticker(market, now),
        _ => Book(market, now),
    };

    private List<byte[]> Matches(MarketModel market, DateTimeOffset now)
    {
        var frames = new List<byte[]>();
        if (!isBegun)
        {
            // Everything after this one is told as a match: the numbers go on without a gap.
            isBegun = true;
            frames.Add(CoinbaseFrames.Match("last_match", pair, market.NewestTrades(pair, told, 1)[0]));
            told = DateTimeOffset.FromUnixTimeMilliseconds(told.ToUnixTimeMilliseconds() + 1);
        }

        // Up to and including this millisecond, and the next time from the one after it.
        var upTo = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
        var from = upTo - told > LongestBacklog ? upTo - LongestBacklog : told;
        told = upTo > told ? upTo : told;
        frames.AddRange(from >= upTo ? [] : market.Trades(pair, from, upTo).Select(trade => CoinbaseFrames.Match("match", pair, trade)));
        return frames;
    }

    private IEnumerable<byte[]> Book(MarketModel market, DateTimeOffset now)
    {
        var present = market.Book(pair, now, CoinbaseFrames.BookLevels);
        var before = book;
        if (present.Time <= before?.Time)
        {
            return [];
        }

        book = present;
        return [before is null ? CoinbaseFrames.Snapshot(pair, present) : CoinbaseFrames.Update(pair, before, present)];
    }

    private IEnumerable<byte[]> Ticker(MarketModel market, DateTimeOffset now)
    {
        var last = market.NewestTrades(pair, now, 1)[0];
        if (last.Number == lastTicker)
        {
            return [];
        }

        lastTicker = last.Number;
        return [CoinbaseFrames.Ticker(market, pair, last, now)];
    }

    private IEnumerable<byte[]> Heartbeat(MarketModel market, DateTimeOffset now)
    {
        var second = now.ToUnixTimeSeconds();
        if (second == lastBeat)
        {
            return [];
        }

        lastBeat = second;
        return [CoinbaseFrames.Heartbeat(pair, market.NewestTrades(pair, now, 1)[0], now)];
    }
}

/// <summary>
/// <c>{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"ticker","product_ids":["ETH-USD"]}]}</c>.
/// </summary>
/// <param name="Fault">Why it is refused, in the provider's words; null for a sound one.</param>
internal sealed record CoinbaseRequest(bool IsSubscribe, IReadOnlyList<(string Channel, MarketPair Pair)> Topics, string? Fault)
{
    private static readonly string[] Channels = ["matches", "heartbeat", "ticker", "ticker_batch", "level2", "level2_batch", "level2_50"];

    public static CoinbaseRequest Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            return Read(document.RootElement);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return Refused("Malformed JSON");
        }
    }

    private static CoinbaseRequest Read(JsonElement root)
    {
        var type = root.ValueKind is JsonValueKind.Object && root.TryGetProperty("type", out var said) ? said.GetString() : null;
        if (type is not ("subscribe" or "unsubscribe"))
        {
            return Refused("Type has to be either subscribe or unsubscribe");
        }

        var common = Names(root, "product_ids");
        var topics = new List<(string, MarketPair)>();
        foreach (var channel in root.TryGetProperty("channels", out var list) ? list.EnumerateArray() : default)
        {
            var isObject = channel.ValueKind is JsonValueKind.Object;
            var name = isObject ? channel.GetProperty("name").GetString() : channel.GetString();
            if (!Channels.Contains(name))
            {
                return Refused($"{name} is not a valid channel");
            }

            foreach (var product in isObject ? [.. common, .. Names(channel, "product_ids")] : common)
            {
                if (CoinbaseMarket.Find(product) is not { } pair)
                {
                    return Refused($"{product} is not a valid product");
                }

                topics.Add((name!, pair));
            }
        }

        return topics.Count == 0 ? Refused("No channels provided") : new CoinbaseRequest(type == "subscribe", topics, null);
    }

    private static List<string> Names(JsonElement element, string property) => element.TryGetProperty(property, out var list)
        ? [.. list.EnumerateArray().Select(name => name.GetString() ?? "")]
        : [];

    private static CoinbaseRequest Refused(string reason) => new(false, [], reason);
}
