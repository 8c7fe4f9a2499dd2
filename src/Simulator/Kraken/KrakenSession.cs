using System.Net.WebSockets;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;

namespace AkkaCrypto.Simulator.Kraken;

/// <summary>
/// One connection to the socket v2: tells the system's status, acknowledges each symbol of a subscription by itself, sends its snapshot,
/// and then what changes. A heartbeat in every second that has no other data, once anything is subscribed to.
/// </summary>
internal sealed class KrakenSession(WebSocket socket, SimulatedWorld world, TradeTapes tapes)
    : SimulatedSession(socket, KrakenMarket.Exchange, world)
{
    private const int MostSubscriptions = 500;

    private readonly Dictionary<(string Channel, KrakenPair Pair), KrakenChannel> channels = [];
    private readonly Lock gate = new();
    private DateTimeOffset lastTold = world.Time.GetUtcNow();

    protected override TimeSpan Beat => TimeSpan.FromMilliseconds(100);

    protected override Task GreetAsync(CancellationToken end) => SendAsync(
        """{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":16389994220698793191}]}"""u8.ToArray(),
        end);

    protected override async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(message);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            root = default;
        }

        var method = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("method", out var word) ? word.ToString() : "";
        switch (method)
        {
            case "ping":
                await SendAsync(Answered(root, "pong", json => json.WriteString("time_in", Now())), end);
                break;
            case "subscribe" or "unsubscribe" when root.TryGetProperty("params", out var asked) && asked.ValueKind == JsonValueKind.Object:
                await SubscribeAsync(root, method, asked, end);
                break;
            default:
                await SendAsync(Refused(root, method, "Malformed request", null), end);
                break;
        }
    }

    protected override IEnumerable<byte[]> News(DateTimeOffset now)
    {
        KrakenChannel[] current;
        lock (gate)
        {
            current = [.. channels.Values];
        }

        var news = current.SelectMany(channel => channel.News(now)).ToList();
        if (news.Count == 0 && current.Length > 0 && now - lastTold >= TimeSpan.FromSeconds(1))
        {
            news.Add("""{"channel":"heartbeat"}"""u8.ToArray());
        }

        lastTold = news.Count > 0 ? now : lastTold;
        return news;
    }

    private async Task SubscribeAsync(JsonElement root, string method, JsonElement asked, CancellationToken end)
    {
        var channel = asked.TryGetProperty("channel", out var name) ? name.ToString() : "";
        var depth = asked.TryGetProperty("depth", out var levels) && levels.TryGetInt32(out var count) ? count : 10;
        var snapshot = !asked.TryGetProperty("snapshot", out var wants) || wants.ValueKind != JsonValueKind.False;
        if (channel is not ("trade" or "book") || !asked.TryGetProperty("symbol", out var symbols)
            || symbols.ValueKind != JsonValueKind.Array)
        {
            await SendAsync(Refused(root, method, "Channel not supported", null), end);
            return;
        }

        foreach (var symbol in symbols.EnumerateArray().Select(symbol => symbol.ToString()))
        {
            var pair = KrakenMarket.All.FirstOrDefault(known => known.Symbol == symbol);
            var fault = pair is null ? $"Currency pair not supported {symbol}"
                : channel == "book" && !KrakenChannel.Depths.Contains(depth) ? "Subscription depth not supported"
                : method == "subscribe" ? Add(channel, pair, depth, snapshot)
                : Remove(channel, pair);
            await SendAsync(
                fault is null ? Acknowledged(root, method, channel, symbol, depth, snapshot) : Refused(root, method, fault, symbol), end);
        }

        await TellNewsAsync(end);
    }

    private string? Add(string channel, KrakenPair pair, int depth, bool snapshot)
    {
        lock (gate)
        {
            if (channels.Count >= MostSubscriptions)
            {
                return "Exceeded subscription limit";
            }

            var opened = KrakenChannel.Open(channel, pair, World.Market, tapes, World.Time.GetUtcNow(), depth, snapshot);
            return channels.TryAdd((channel, pair), opened) ? null : "Already subscribed";
        }
    }

    private string? Remove(string channel, KrakenPair pair)
    {
        lock (gate)
        {
            return channels.Remove((channel, pair)) ? null : "Subscription Not Found";
        }
    }

    private byte[] Acknowledged(JsonElement root, string method, string channel, string symbol, int depth, bool snapshot) =>
        Answered(root, method, json =>
        {
            json.WriteStartObject("result");
            json.WriteString("channel", channel);
            if (channel == "book")
            {
                json.WriteNumber("depth", depth);
            }

            json.WriteBoolean("snapshot", snapshot);
            json.WriteString("symbol", symbol);
            json.WriteEndObject();
            json.WriteBoolean("success", true);
            json.WriteString("time_in", Now());
        });

    private byte[] Refused(JsonElement root, string method, string error, string? symbol) => Answered(root, method, json =>
    {
        json.WriteString("error", error);
        json.WriteBoolean("success", false);
        if (symbol is not null)
        {
            json.WriteString("symbol", symbol);
        }

        json.WriteString("time_in", Now());
    });

    private byte[] Answered(JsonElement root, string method, Action<Utf8JsonWriter> write) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("method", method);
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("req_id", out var id))
        {
            json.WritePropertyName("req_id");
            id.WriteTo(json);
        }

        write(json);
        json.WriteString("time_out", Now());
        json.WriteEndObject();
    });

    private string Now() => KrakenChannel.Time(World.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000);
}
