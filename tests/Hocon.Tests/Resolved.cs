using System.Text.Json;
using System.Text.Json.Nodes;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>Comparing resolved trees as JSON values: numbers by value, objects without regard to order.</summary>
internal static class Resolved
{
    public static void Same(string expectedJson, HoconValue actual)
    {
        var rendered = HoconJson.Render(actual);
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expectedJson), JsonNode.Parse(rendered)),
            $"expected {JsonNode.Parse(expectedJson)?.ToJsonString() ?? "null"}\n"
            + $"but got  {JsonNode.Parse(rendered)?.ToJsonString() ?? "null"}");
    }

    public static HoconObject Object(string hocon) => HoconDocument.Parse(hocon, "test.conf").Object;

    public static IReadOnlyDictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
}

/// <summary>A folder of its own for one test, gone afterwards.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hocon-").FullName;

    public string Write(string name, string text)
    {
        var file = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
