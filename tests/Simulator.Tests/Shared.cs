using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>The recorded replies beside the repository.</summary>
internal static class Shared
{
    public static JsonElement Fixture(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.At("fixtures", name)));
        return document.RootElement.Clone();
    }
}
