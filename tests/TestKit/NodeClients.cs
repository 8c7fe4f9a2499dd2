using System.Diagnostics;

namespace AkkaCrypto.TestKit;

/// <summary>Other people's clients, as small programs in tests/clients that end with 0 where a client accepted all it was given.</summary>
public static class NodeClients
{
    /// <summary>The lines that the program wrote.</summary>
    public static Task<string[]> RunAsync(string script, params string[] arguments) => RunAsync(Bounds.Real, script, arguments);

    /// <summary>The lines that a program wrote which may take longer.</summary>
    public static async Task<string[]> RunAsync(TimeSpan within, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = NodeFactAttribute.Clients, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        using var deadline = new CancellationTokenSource(within);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var isInTime = await HasEndedAsync(process, deadline.Token);
            var said = string.Join('\n', await Task.WhenAll(output, errors).Within($"{script} closes its output"));
            Assert.True(isInTime, $"{script} did not end within {within}:\n{said}");
            Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}:\n{said}");
            return (await output).Split('\n');
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary>
    /// False when the deadline came first: the program is killed then, so that what it wrote so far can be read to its end.
    /// </summary>
    private static async Task<bool> HasEndedAsync(Process process, CancellationToken deadline)
    {
        try
        {
            await process.WaitForExitAsync(deadline);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            return false;
        }
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}

/// <summary>Where the clients are, and why they can't be run.</summary>
internal static class NodeLack
{
    public static string? Clients { get; } = Find();

    /// <summary>Null where nothing lacks.</summary>
    public static string? Reason { get; } = !HasNode() ? "skipped: no node on the path"
        : Clients is null || !Directory.Exists(Path.Combine(Clients, "node_modules")) ? "skipped: run npm ci in tests/clients first" : null;

    public static string? Browser { get; } = OnPath("chromium") ?? OnPath("chromium-browser") ?? OnPath("google-chrome");

    /// <summary>Null where nothing lacks, a browser included.</summary>
    public static string? BrowserReason { get; } = Reason ?? (Browser is null ? "skipped: no Chromium on the path" : null);

    private static bool HasNode() => OnPath("node") is not null || OnPath("node.exe") is not null;

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var clients = Path.Combine(folder.FullName, "tests", "clients");
            if (File.Exists(Path.Combine(clients, "package.json")))
            {
                return clients;
            }
        }

        return null;
    }
}

/// <summary>
/// Skipped, with the reason, where node or the clients' packages are absent (<c>npm ci</c> in tests/clients brings them).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = NodeLack.Reason;

    public static string? Clients => NodeLack.Clients;
}

/// <summary>As <see cref="NodeFactAttribute"/>, and skipped where there is no browser for the clients to drive.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = NodeLack.BrowserReason;

    /// <summary>The program.</summary>
    public static string? Browser => NodeLack.Browser;
}

/// <inheritdoc cref="NodeFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute() => Skip = NodeLack.Reason;
}
