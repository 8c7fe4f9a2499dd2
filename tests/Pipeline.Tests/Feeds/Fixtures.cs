using System.Text;
using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Recorded provider replies, which stand beside the repository and are no part of it.</summary>
internal static class Fixtures
{
    /// <summary>A recorded file, or a provider's folder of them.</summary>
    public static string At(string name) => SharedFolder.At("fixtures", name);

    /// <summary>The reply as it came: number literals untouched.</summary>
    public static byte[] Reply(string file)
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(At(file)));
        return Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("response").GetRawText());
    }

    /// <summary>One reply, or every frame of a socket's capture, in order.</summary>
    public static IReadOnlyList<byte[]> Payloads(string file)
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(At(file)));
        return envelope.RootElement.TryGetProperty("frames", out var frames)
            ? [.. frames.EnumerateArray().Select(frame => Encoding.UTF8.GetBytes(frame.GetProperty("frame").GetRawText()))]
            : [Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("response").GetRawText())];
    }
}
