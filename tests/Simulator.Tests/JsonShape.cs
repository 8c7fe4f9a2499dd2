using System.Text.Json;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>
/// Whether a reply is built like a recorded one: the same keys and the same JSON types, all the way down. A recorded null says nothing of
/// the type.
/// </summary>
internal static class JsonShape
{
    public static void AssertLike(JsonElement recorded, JsonElement actual, string path = "$")
    {
        if (recorded.ValueKind == JsonValueKind.Null || actual.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        Assert.True(Kind(recorded) == Kind(actual), $"{path}: {actual.ValueKind} {actual}, recorded as {recorded.ValueKind}");
        if (recorded.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(Keys(recorded).Order(StringComparer.Ordinal), Keys(actual).Order(StringComparer.Ordinal));
            foreach (var property in recorded.EnumerateObject())
            {
                AssertLike(property.Value, actual.GetProperty(property.Name), $"{path}.{property.Name}");
            }
        }

        if (recorded.ValueKind == JsonValueKind.Array && recorded.GetArrayLength() > 0)
        {
            Assert.True(actual.GetArrayLength() > 0, $"{path}: empty, recorded with elements");
            // [milliseconds, value] inside a series: columns. A plain list of numbers may be of any length.
            var isRow = recorded[0].ValueKind == JsonValueKind.Number && path.EndsWith(']');
            foreach (var (element, i) in actual.EnumerateArray().Select((e, i) => (e, i)))
            {
                AssertLike(recorded[isRow ? i : 0], element, $"{path}[{i}]");
            }

            Assert.True(!isRow || recorded.GetArrayLength() == actual.GetArrayLength(), $"{path}: another number of columns than recorded");
        }
    }

    private static JsonValueKind Kind(JsonElement element) =>
        element.ValueKind == JsonValueKind.False ? JsonValueKind.True : element.ValueKind;

    private static IEnumerable<string> Keys(JsonElement element) => element.EnumerateObject().Select(p => p.Name);
}
