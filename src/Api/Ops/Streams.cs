using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// <c>/admin/streams</c>: what each stream runs with and where that was said; PATCH lays values over it, DELETE takes them away. In force
/// at once on this node, within two seconds on the others.
/// </summary>
public sealed class Streams(StreamTuning tuning)
{
    public const string Path = "/admin/streams";

    public static readonly Parameter NameParameter = new("name", "Of the stream: a name of akkacrypto.streams.", "trades", Required: true);

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    public ValueTask<Answer> ListAsync(NoRequest request, CancellationToken cancellationToken) => new(Encode(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("streams"u8);
        foreach (var name in tuning.Settings.Streams.Keys)
        {
            Write(json, name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }));

    public ValueTask<Answer> ShowAsync(Target target, NoRequest request, CancellationToken cancellationToken) => new(Show(target));

    public async ValueTask<Answer> PatchAsync(Target target, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (Missing(target) is { } missing)
        {
            return missing;
        }

        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        var changes = Read(body, faults);
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        try
        {
            return await tuning.PatchAsync(target.Name, changes, target.Actor, cancellationToken) is { } refused
                ? Problem.Invalid(refused)
                : Show(target);
        }
        catch (Exception broken) when (broken is SettingsException or HoconException)
        {
            return new Problem(
                StatusCodes.Status409Conflict, "configuration_broken",
                $"The configuration's files do not hold as they stand, so nothing can be laid over them: {broken.Message}");
        }
    }

    public async ValueTask<Answer> ClearAsync(Target target, NoRequest request, CancellationToken cancellationToken)
    {
        if (Missing(target) is { } missing)
        {
            return missing;
        }

        await tuning.ClearAsync(target.Name, target.Actor, cancellationToken);
        return Show(target);
    }

    private Answer Show(Target target) => Missing(target) is { } missing ? missing : Encode(json => Write(json, target.Name));

    private Problem? Missing(Target target) => tuning.Settings.Streams.ContainsKey(target.Name) ? null : new Problem(
        StatusCodes.Status404NotFound, "unknown_stream",
        $"There is no stream '{target.ShownName}', expected one of {string.Join(", ", tuning.Settings.Streams.Keys)}.");

    /// <summary>The values of a JSON object by their paths, with the faults of its form.</summary>
    private static Dictionary<string, string?> Read(ReadOnlyMemory<byte> body, Dictionary<string, string> faults)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                Flatten(document.RootElement, "", changes, faults);
                return changes;
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON, nested too deep, or a text that is no Unicode: the answer is the same.
        }

        faults.Add("body", "must be a JSON object with settings by name, such as {\"batch-size\": 1000}");
        return changes;
    }

    private static void Flatten(
        JsonElement from, string prefix, Dictionary<string, string?> changes, Dictionary<string, string> faults)
    {
        foreach (var property in from.EnumerateObject())
        {
            var path = prefix + property.Name;
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    Flatten(property.Value, path + ".", changes, faults);
                    break;
                case JsonValueKind.Array:
                    faults.TryAdd(path, "found a list, expected a value");
                    break;
                default:
                    if (!changes.TryAdd(path, Value(property.Value)))
                    {
                        faults.TryAdd(path, "must be given once");
                    }

                    break;
            }
        }
    }

    /// <summary>As JSON; null for null. A text is read to see that it is one.</summary>
    private static string? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        _ => value.GetRawText(),
    };

    private void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        json.WriteStartArray("feeds"u8);
        foreach (var (provider, dataset) in Feeds(name))
        {
            json.WriteStringValue($"{provider}/{dataset.Replace('-', '_')}");
        }

        json.WriteEndArray();
        json.WritePropertyName("settings"u8);
        var path = new HoconPath(["akkacrypto", "streams", name]);
        var laid = tuning.Laid.Where(patch => patch.Stream == name).ToDictionary(patch => patch.Path, StringComparer.Ordinal);
        tuning.Tree.TryGet(path, out var settings);
        var tree = settings is null ? null : SettingForm.Of<StreamSettings>(settings, HoconPath.Root) as HoconObject;
        Write(json, tree, "", laid);
        json.WriteEndObject();
    }

    private IEnumerable<(string Provider, string Dataset)> Feeds(string stream) =>
        from feed in tuning.Settings.Feeds
        from dataset in feed.Value.Datasets
        where dataset.Value.Stream == stream
        select (feed.Key, dataset.Key);

    private static void Write(Utf8JsonWriter json, HoconObject? settings, string prefix, Dictionary<string, StreamPatch> laid)
    {
        json.WriteStartObject();
        foreach (var (key, value) in settings?.Fields ?? new Dictionary<string, HoconValue>())
        {
            json.WritePropertyName(key);
            if (value is HoconObject inner)
            {
                Write(json, inner, $"{prefix}{key}.", laid);
            }
            else
            {
                Write(json, value, laid.GetValueOrDefault(prefix + key));
            }
        }

        json.WriteEndObject();
    }

    /// <summary>The value in force as it is bound, with its origin; and what PATCH laid there, which a variable may hide.</summary>
    private static void Write(Utf8JsonWriter json, HoconValue value, StreamPatch? patch)
    {
        json.WriteStartObject();
        json.WritePropertyName("value"u8);
        json.WriteRawValue(HoconJson.Render(value));
        json.WriteString("origin"u8, value.Origin.ToString());
        if (patch is not null)
        {
            json.WriteStartObject("patch"u8);
            json.WritePropertyName("value"u8);
            var below = new HoconPath(patch.Path.Split('.'));
            json.WriteRawValue(HoconJson.Render(SettingForm.Of<StreamSettings>(patch.Override().Value, below)));
            json.WriteBoolean("in_force"u8, value.Origin == patch.Override().Value.Origin);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static Answer Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Answer.Of(buffer.WrittenMemory);
    }
}
