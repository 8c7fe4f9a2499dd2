using System.Text.Json;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>One type that a message subscribes to.</summary>
internal sealed record SubscribedType(string Type, IReadOnlyList<string> Codes, bool OnlySnapshot, bool OnlyRealtime);

/// <summary>
/// A message on the socket: <c>[{"ticket":"x"},{"type":"trade","codes":["KRW-BTC"]},…,{"format":"SIMPLE"}]</c>. It replaces what was
/// subscribed to before.
/// </summary>
internal sealed record QuotationRequest(IReadOnlyList<SubscribedType> Types, bool IsSimple)
{
    private static readonly string[] Known = ["trade", "orderbook", "ticker"];
    private static readonly string[] Formats = ["DEFAULT", "SIMPLE"];

    /// <returns>The request, or the name of the error and what is said of it.</returns>
    public static (QuotationRequest? Request, string Error, string Message) Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            return document.RootElement.ValueKind is JsonValueKind.Array
                ? Read([.. document.RootElement.EnumerateArray().Where(part => part.ValueKind is JsonValueKind.Object)])
                : Refused("WRONG_FORMAT", "Format 이 맞지 않습니다.");
        }
        catch (JsonException)
        {
            return Refused("WRONG_FORMAT", "Format 이 맞지 않습니다.");
        }
    }

    private static (QuotationRequest?, string, string) Read(List<JsonElement> parts)
    {
        if (!parts.Exists(part => Text(part, "ticket").Length > 0))
        {
            return Refused("NO_TICKET", "티켓이 존재하지 않거나, 유효하지 않습니다.");
        }

        var types = parts.Where(part => part.TryGetProperty("type", out _)).Select(ReadType).ToList();
        var format = parts.Select(part => Text(part, "format")).LastOrDefault(text => text.Length > 0) ?? "DEFAULT";
        return types switch
        {
            [] => Refused("NO_TYPE", "타입 필드가 존재하지 않습니다."),
            _ when types.Find(type => !Known.Contains(type.Type)) is { } unknown =>
                Refused("INVALID_PARAM", $"{unknown.Type} 은 지원하지 않는 타입입니다."),
            _ when types.Exists(type => type.Codes.Count == 0) => Refused("NO_CODES", "코드 필드가 존재하지 않습니다."),
            _ when !Formats.Contains(format) => Refused("INVALID_PARAM", $"{format} 은 지원하지 않는 포맷입니다."),
            _ => (new QuotationRequest(types, format == "SIMPLE"), "", ""),
        };
    }

    private static SubscribedType ReadType(JsonElement part) => new(
        Text(part, "type"),
        part.TryGetProperty("codes", out var codes) && codes.ValueKind is JsonValueKind.Array
            ? [.. codes.EnumerateArray().Where(code => code.ValueKind is JsonValueKind.String).Select(code => code.GetString()!)]
            : [],
        Flag(part, "is_only_snapshot", "isOnlySnapshot"), Flag(part, "is_only_realtime", "isOnlyRealtime"));

    private static (QuotationRequest?, string, string) Refused(string error, string message) => (null, error, message);

    private static string Text(JsonElement part, string name) =>
        part.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() ?? "" : "";

    private static bool Flag(JsonElement part, string name, string alias) =>
        (part.TryGetProperty(name, out var value) || part.TryGetProperty(alias, out value)) && value.ValueKind is JsonValueKind.True;
}
