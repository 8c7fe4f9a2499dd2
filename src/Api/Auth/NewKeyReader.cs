using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Auth;

/// <summary>Reads the JSON bodies of <c>/admin/keys</c> strictly; collects one message per field.</summary>
public static class NewKeyReader
{
    private const int MostScopes = 16;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };
    private static readonly string[] CreateFields = ["name", "tenant", "role", "tier", "scopes", "expires_at"];
    private static readonly string[] ChangeFields = ["name", "tier", "scopes", "expires_at"];
    private static readonly string[] RotateFields = ["overlap_seconds"];

    /// <summary>What a new key is to be; not to be used where there are faults.</summary>
    public static NewApiKey ReadNew(
        ReadOnlyMemory<byte> body, IEnumerable<string> tiers, DateTimeOffset now, Dictionary<string, string> faults)
    {
        var key = Read(body, CreateFields, faults, root => new NewApiKey(
            Text(root, "name", faults), Text(root, "tenant", faults), Role(root, faults), Text(root, "tier", faults), Scopes(root, faults),
            Time(root, faults)));
        if (key is null)
        {
            return new NewApiKey("", "", ApiRole.User, "", [], null);
        }

        foreach (var (field, message) in key.Faults(tiers, now))
        {
            faults.TryAdd(field, message);
        }

        return key;
    }

    /// <summary>What is to change of a key: its form alone, for what may stand in it depends on the key. Not to be used where there are
    /// faults.</summary>
    public static ApiKeyChange ReadChange(ReadOnlyMemory<byte> body, Dictionary<string, string> faults)
    {
        var change = Read(body, ChangeFields, faults, root => new ApiKeyChange(
            Has(root, "name") ? Text(root, "name", faults) : null, Has(root, "tier") ? Text(root, "tier", faults) : null,
            Has(root, "scopes") ? Scopes(root, faults) : null, Has(root, "expires_at"), Time(root, faults))) ?? new ApiKeyChange();
        if (change.IsEmpty && faults.Count == 0)
        {
            faults["body"] = "must have at least one of " + string.Join(", ", ChangeFields);
        }

        return change;
    }

    /// <summary>How long the old secrets stay valid; null: not said.</summary>
    public static TimeSpan? ReadOverlap(ReadOnlyMemory<byte> body, Dictionary<string, string> faults) =>
        Read<object>(body, RotateFields, faults, root =>
        {
            if (!root.TryGetProperty("overlap_seconds", out var value))
            {
                return null;
            }

            const int Most = 31 * 24 * 60 * 60;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds is >= 0 and <= Most)
            {
                return TimeSpan.FromSeconds(seconds);
            }

            faults["overlap_seconds"] = string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 0 to {Most}");
            return null;
        }) as TimeSpan?;

    private static T? Read<T>(
        ReadOnlyMemory<byte> body, string[] known, Dictionary<string, string> faults, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in document.RootElement.EnumerateObject().Where(property => !known.Contains(property.Name)).Take(5))
                {
                    faults.TryAdd("body", "has a field that isn't known here, which takes " + string.Join(", ", known));
                }

                return read(document.RootElement);
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON, nested too deep, a field twice, or a text that is no Unicode: the answer is the same.
        }

        faults["body"] = "must be a JSON object with some of " + string.Join(", ", known) + ", each once";
        return null;
    }

    private static bool Has(JsonElement root, string name) => root.TryGetProperty(name, out _);

    private static string Text(JsonElement root, string name, Dictionary<string, string> faults)
    {
        if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        faults.TryAdd(name, "is required, as a text");
        return "";
    }

    private static ApiRole Role(JsonElement root, Dictionary<string, string> faults)
    {
        var role = root.TryGetProperty("role", out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : "" : "user";
        if (role is not ("user" or "admin"))
        {
            faults.TryAdd("role", "must be user or admin");
        }

        return role == "admin" ? ApiRole.Admin : ApiRole.User;
    }

    private static IReadOnlyList<string> Scopes(JsonElement root, Dictionary<string, string> faults)
    {
        if (!root.TryGetProperty("scopes", out var value))
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= MostScopes
            && value.EnumerateArray().All(scope => scope.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(scope => scope.GetString()!).Distinct(StringComparer.Ordinal)];
        }

        faults.TryAdd("scopes", "must be a list of some of " + string.Join(", ", ScopeNames.All));
        return [];
    }

    private static DateTimeOffset? Time(JsonElement root, Dictionary<string, string> faults)
    {
        if (!root.TryGetProperty("expires_at", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= 40 } text
            && ProviderTime.TryParseIso(text, out var time))
        {
            return time.ToDateTimeOffset();
        }

        faults.TryAdd("expires_at", "must be ISO 8601 such as 2027-01-31T12:00:00Z, or null for never");
        return null;
    }
}
