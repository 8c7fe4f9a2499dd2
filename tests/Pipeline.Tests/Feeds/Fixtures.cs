using System.Text;
using System.Text.Json;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Recorded provider replies, which stand beside the repository and are no part of it.</summary>
internal static class Fixtures
{
    public const string Skipped = "skipped: ../shared/fixtures is absent";

    public static string? Folder { get; } = Find();

    /// <summary>The reply as it came: number literals untouched.</summary>
    public static byte[] Reply(string file)
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, file)));
        return Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("response").GetRawText());
    }

    /// <summary>One reply, or every frame of a socket's capture, in order.</summary>
    public static IReadOnlyList<byte[]> Payloads(string file)
    {
        using var envelope = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, file)));
        return envelope.RootElement.TryGetProperty("frames", out var frames)
            ? [.. frames.EnumerateArray().Select(frame => Encoding.UTF8.GetBytes(frame.GetProperty("frame").GetRawText()))]
            : [Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("response").GetRawText())];
    }

    private static string? Find()
    {
        var shared = Environment.GetEnvironmentVariable("AKKACRYPTO_SHARED");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); shared is null && folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared");
            shared = Directory.Exists(Path.Combine(beside, "fixtures")) ? beside : null;
        }

        var fixtures = shared is null ? null : Path.Combine(shared, "fixtures");
        return Directory.Exists(fixtures) ? fixtures : null;
    }
}

/// <summary>A fact about the recorded replies; skipped where they are absent.</summary>
public sealed class FixtureFactAttribute : FactAttribute
{
    public FixtureFactAttribute()
    {
        Skip = Fixtures.Folder is null ? Fixtures.Skipped : null;
    }
}

/// <summary>A theory about the recorded replies; skipped where they are absent.</summary>
public sealed class FixtureTheoryAttribute : TheoryAttribute
{
    public FixtureTheoryAttribute()
    {
        Skip = Fixtures.Folder is null ? Fixtures.Skipped : null;
    }
}
