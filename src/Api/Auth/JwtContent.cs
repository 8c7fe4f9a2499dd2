using System.Buffers.Text;
using System.Text.Json;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// Header and claims of a token as they stand there, read strictly: a name that stands twice is refused, for two readers could take it for
/// two things. Nothing of it is true before the signature is checked.
/// </summary>
/// <param name="Kid">Null: none.</param>
/// <param name="Scopes">Null: the claim is not there.</param>
public sealed record JwtContent(
    string Algorithm, string? Kid, string Subject, IReadOnlyList<string> Roles, string? Tenant, string? Tier,
    IReadOnlyList<string>? Scopes, DateTimeOffset ExpiresAt, DateTimeOffset? NotBefore)
{
    private const long LastSecond = 253_402_300_799;
    private const int LongestText = 256;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Null: it has not the form of a token of ours, or lacks a claim that ours have.</summary>
    public static JwtContent? Read(ReadOnlySpan<char> token)
    {
        if (token.Count('.') != 2)
        {
            return null;
        }

        try
        {
            var end = token.IndexOf('.');
            using var header = Part(token[..end]);
            using var claims = Part(token[(end + 1)..token.LastIndexOf('.')]);
            return Read(header.RootElement, claims.RootElement);
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonDocument Part(ReadOnlySpan<char> part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);

    private static JwtContent? Read(JsonElement header, JsonElement claims)
    {
        // What "crit" names must be understood, and no such thing is. "typ" keeps a token made for something else from being one of ours.
        if (header.TryGetProperty("crit", out _) || Text(header, "typ") is not (null or "JWT" or "at+jwt")
            || Text(header, "alg") is not { } algorithm || Text(claims, "sub") is not { } subject || Time(claims, "exp") is not { } expires)
        {
            return null;
        }

        var notBefore = claims.TryGetProperty("nbf", out _) ? Time(claims, "nbf") ?? DateTimeOffset.MaxValue : (DateTimeOffset?)null;
        return new JwtContent(
            algorithm, Text(header, "kid"), subject, Texts(claims, "role"), Text(claims, "tenant"), Text(claims, "tier"),
            Text(claims, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries), expires, notBefore);
    }

    /// <summary>Null: not there.</summary>
    /// <exception cref="FormatException">It is no text of a fit length.</exception>
    private static string? Text(JsonElement from, string name) =>
        !from.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= LongestText } text ? text
        : throw new FormatException();

    private static IReadOnlyList<string> Texts(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(one => one.GetString() ?? throw new FormatException())]
            : Text(from, name) is { } text ? [text] : [];

    /// <summary>Seconds since 1970, a fraction cut off; null: none, or out of any calendar.</summary>
    private static DateTimeOffset? Time(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var seconds)
        && seconds is >= 0 and <= LastSecond
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
