using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Faults;

/// <summary>Spoils a right body. Pure: the same body, fault and draw give the same bytes.</summary>
internal static class FaultyBody
{
    private const int HugeBytes = 10 * 1024 * 1024;

    /// <summary>More than a client takes, and made once: dozens of feeds are answered with it each second, which took gigabytes.</summary>
    private static readonly Lazy<byte[]> Huge = new(
        () => Encoding.UTF8.GetBytes("{\"result\":\"success\",\"padding\":\"" + new string('x', HugeBytes) + "\"}"));

    private const int LongNumberDigits = 5000;
    private const int Nesting = 100_000;

    // Numbers that are not market values, whoever's reply it is: a correction doesn't touch them.
    private static readonly HashSet<string> NotValues =
        ["timestamp", "server_time", "id", "i", "t", "last_updated_at", "error_code", "code", "market_cap_rank", "deposit_confirm_count",
         "max_precision", "maintenance_status", "trade_status", "price_unit", "qty_unit", "order_book_unit", "blockheight",
         "sequential_id", "sid", "trade_timestamp", "ttms", "tms", "unit", "level", "lv", "name"];

    public static byte[] Apply(Strike strike, string provider, string path, byte[] body) => strike.Fault.Kind switch
    {
        FaultKind.Truncated => body[..(int)(strike.Draw % (ulong)Math.Max(1, body.Length))],
        FaultKind.Mutated => Mutate(body, strike.Draw),
        FaultKind.Garbage => Garbage(strike, body),
        FaultKind.Duplicates => Rows(body, (rows, group) => Repeat(rows, strike.Draw + (ulong)group)),
        FaultKind.Reordered => Rows(body, (rows, group) => Shuffle(rows, strike.Draw + (ulong)group)),
        FaultKind.Silence when strike.Fault.Variant == "empty" => Rows(body, (_, _) => []),
        FaultKind.Silence => strike.Bodies.FirstOr($"{provider} {path}", body),
        FaultKind.Revised => Revise(body, strike.Fault.Factor, SimulatedProviders.Find(provider)!.NotValues),
        FaultKind.ErrorBody => Encoding.UTF8.GetBytes(SimulatedProviders.Find(provider)!.ErrorUnder200(strike.Fault.ErrorCode)),
        FaultKind.Delay or FaultKind.Timeout or FaultKind.Status or FaultKind.Disconnect => body,
    };

    private static byte[] Mutate(byte[] body, ulong draw)
    {
        var mutated = (byte[])body.Clone();
        for (var i = 0; body.Length > 0 && i <= body.Length / 200; i++)
        {
            mutated[(int)(Hash.Bits(draw, i) % (ulong)body.Length)] = (byte)Hash.Bits(draw, -i - 2);
        }

        return mutated;
    }

    private static byte[] Garbage(Strike strike, byte[] body)
    {
        var variant = strike.Fault.Variant ?? Fault.GarbageVariants[(int)(strike.Draw % (ulong)Fault.GarbageVariants.Count)];
        return variant switch
        {
            "wrong_types" => Serialise(WrongTypes(JsonNode.Parse(body))),
            "nan" => WithBare(body, "NaN"u8),
            "long_number" => WithNumber(body, "1" + new string('7', LongNumberDigits - 1)),
            "control_characters" => [.. body[..(body.Length / 3)], 0, 1, 7, 0x1B, 0xFF, .. body[(body.Length / 3)..]],
            "deep_nesting" => Encoding.UTF8.GetBytes(new string('[', Nesting) + new string(']', Nesting)),
            "huge" => Huge.Value,
            "html" => Encoding.UTF8.GetBytes(HttpReasons.Page(502)),
            _ => [],
        };
    }

    // The last number of the body, or text with one, becomes the literal, without quotes: no JSON, wherever it stood. A body without one
    // becomes it alone.
    private static byte[] WithBare(byte[] body, ReadOnlySpan<byte> literal)
    {
        var (start, end) = (0, body.Length);
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.Number
                || (reader.TokenType is JsonTokenType.String && reader.ValueSpan.ContainsAnyInRange((byte)'0', (byte)'9')))
            {
                (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            }
        }

        return [.. body[..start], .. literal, .. body[end..]];
    }

    // The digits of the body that come last, and a body without any, become the literal.
    private static byte[] WithNumber(byte[] body, string literal)
    {
        var text = Encoding.UTF8.GetString(body);
        var end = text.LastIndexOfAny(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) + 1;
        var start = end;
        while (start > 0 && (char.IsAsciiDigit(text[start - 1]) || text[start - 1] is '.' or '-'))
        {
            start--;
        }

        return Encoding.UTF8.GetBytes(end == 0 ? literal : text[..start] + literal + text[end..]);
    }

    private static JsonNode? WrongTypes(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, WrongTypes(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(WrongTypes)]),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.Number => JsonValue.Create("not a number"),
            JsonValueKind.String => new JsonArray(1, 2),
            _ => JsonValue.Create(42),
        },
        _ => JsonValue.Create(true),
    };

    private static byte[] Rows(byte[] body, Func<IReadOnlyList<JsonNode?>, int, IEnumerable<JsonNode?>> change)
    {
        var groups = 0;
        return Serialise(Walk(JsonNode.Parse(body)));

        JsonNode? Walk(JsonNode? node) => node switch
        {
            JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Walk(p.Value)))),
            JsonArray list when list.Any(n => n is JsonObject or JsonArray) =>
                new JsonArray([.. change([.. list], groups++).Select(n => n?.DeepClone())]),
            _ => node?.DeepClone(),
        };
    }

    private static IEnumerable<JsonNode?> Repeat(IReadOnlyList<JsonNode?> rows, ulong draw) =>
        rows.SelectMany((row, i) => Enumerable.Repeat(row, i == 0 || Hash.Below(draw, i, 4) == 0 ? 2 : 1));

    private static IEnumerable<JsonNode?> Shuffle(IReadOnlyList<JsonNode?> rows, ulong draw) =>
        rows.Select((row, i) => (Row: row, Key: Hash.Bits(draw, i))).OrderBy(r => r.Key).Select(r => r.Row);

    private static byte[] Revise(byte[] body, decimal factor, IReadOnlyCollection<string> notValues)
    {
        return Serialise(Walk(JsonNode.Parse(body), isValue: false));

        bool IsValue(string key) => !NotValues.Contains(key) && !notValues.Contains(key);

        JsonNode? Walk(JsonNode? node, bool isValue) => node switch
        {
            JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Walk(p.Value, IsValue(p.Key))))),
            JsonArray list => new JsonArray([.. list.Select((n, i) => Walk(n, i > 0))]),
            JsonValue value when isValue => Times(value, factor),
            _ => node?.DeepClone(),
        };
    }

    private static JsonNode Times(JsonValue value, decimal factor)
    {
        var text = value.ToString();
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return value.DeepClone();
        }

        var decimals = text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        var revised = Math.Round(number * factor, Math.Min(decimals, 28));
        return value.GetValueKind() == JsonValueKind.String
            ? JsonValue.Create(revised.ToString(CultureInfo.InvariantCulture))
            : JsonValue.Create(revised);
    }

    private static byte[] Serialise(JsonNode? node) => node is null ? "null"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(node);
}
