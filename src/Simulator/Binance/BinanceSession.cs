using System.Net.WebSockets;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>
/// One connection to the market streams: those of its address (<c>/stream?streams=a/b</c>, wrapped; <c>/ws/a/b</c>, bare) and those it asks
/// for. It lives a day at most; more than five messages a second end it. Names of streams that don't exist are taken in silence.
/// </summary>
internal sealed class BinanceSession : SimulatedSession
{
    private const int MostStreams = 1024;
    private const int MessagesPerSecond = 5;

    private static readonly TimeSpan Life = TimeSpan.FromHours(24);

    private readonly Dictionary<string, BinanceStream?> streams = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly TradeTapes tapes;
    private readonly bool isWrapped;
    private readonly DateTimeOffset connected;
    private long second;
    private int messages;

    private BinanceSession(WebSocket socket, SimulatedWorld world, TradeTapes tapes, bool isWrapped, IEnumerable<string> asked)
        : base(socket, BinanceMarket.Exchange, world)
    {
        this.tapes = tapes;
        this.isWrapped = isWrapped;
        connected = world.Time.GetUtcNow();
        Add(asked);
    }

    protected override TimeSpan Beat => TimeSpan.FromMilliseconds(100);

    public static Task HandleAsync(HttpContext context, SimulatedWorld world, TradeTapes tapes)
    {
        var wraps = context.Request.Path.Value!.EndsWith("/stream", StringComparison.Ordinal);
        var names = wraps ? context.Request.Query["streams"].ToString() : context.Request.RouteValues["streams"]?.ToString() ?? "";
        var asked = names.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Handler(world, socket => new BinanceSession(socket, world, tapes, wraps, asked))(context);
    }

    protected override async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
    {
        if (IsTooFast())
        {
            await CloseAsync(WebSocketCloseStatus.PolicyViolation, "Too many requests", end);
            return;
        }

        await SendAsync(Answer(message), end);
    }

    protected override IEnumerable<byte[]> News(DateTimeOffset now)
    {
        List<KeyValuePair<string, BinanceStream?>> current;
        lock (gate)
        {
            current = [.. streams];
        }

        return current.SelectMany(stream => (stream.Value?.News(now) ?? []).Select(data => Frame(stream.Key, data)));
    }

    protected override (WebSocketCloseStatus Status, string Reason)? Goodbye(DateTimeOffset now) =>
        now - connected >= Life ? (WebSocketCloseStatus.NormalClosure, "the connection is a day old") : null;

    private static byte[] Error(int code, string message, JsonElement? id) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("code", code);
        json.WriteString("msg", message);
        json.WriteEndObject();
        if (id is { } known)
        {
            json.WritePropertyName("id");
            known.WriteTo(json);
        }

        json.WriteEndObject();
    });

    private byte[] Answer(ReadOnlyMemory<byte> message)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(message);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return Error(3, "Invalid JSON: expected value at line 1 column 1", null);
        }

        JsonElement? id = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id", out var given) ? given : null;
        var names = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("params", out var list)
            && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).ToList()
                : [];
        var method = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("method", out var word) ? word.ToString() : "";
        switch (method)
        {
            case "SUBSCRIBE":
                Add(names);
                break;
            case "UNSUBSCRIBE":
                Remove(names);
                break;
            case "LIST_SUBSCRIPTIONS":
                break;
            default:
                return Error(
                    2, $"Invalid request: unknown variant `{method}`, expected `SUBSCRIBE`, `UNSUBSCRIBE` or `LIST_SUBSCRIPTIONS`", id);
        }

        return Result(method == "LIST_SUBSCRIPTIONS", id);
    }

    private byte[] Result(bool lists, JsonElement? id) => JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("result");
        if (lists)
        {
            json.WriteStartArray();
            lock (gate)
            {
                foreach (var name in streams.Keys)
                {
                    json.WriteStringValue(name);
                }
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WritePropertyName("id");
        if (id is { } known)
        {
            known.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteEndObject();
    });

    private byte[] Frame(string stream, byte[] data) => !isWrapped ? data : JsonReply.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("stream", stream);
        json.WritePropertyName("data");
        json.WriteRawValue(data);
        json.WriteEndObject();
    });

    private void Add(IEnumerable<string> asked)
    {
        lock (gate)
        {
            foreach (var name in asked)
            {
                if (streams.Count < MostStreams && !streams.ContainsKey(name))
                {
                    streams.Add(name, BinanceStream.Open(name, World.Market, tapes, World.Time.GetUtcNow()));
                }
            }
        }
    }

    private void Remove(IEnumerable<string> asked)
    {
        lock (gate)
        {
            foreach (var name in asked)
            {
                streams.Remove(name);
            }
        }
    }

    private bool IsTooFast()
    {
        var now = World.Time.GetUtcNow().ToUnixTimeSeconds();
        messages = now == second ? messages + 1 : 1;
        second = now;
        return messages > MessagesPerSecond;
    }
}
