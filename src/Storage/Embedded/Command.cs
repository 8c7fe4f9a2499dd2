using System.Diagnostics;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>Runs a short program to its end.</summary>
internal static class Command
{
    /// <summary>Programs of the system whose folder may be missing in a service's PATH.</summary>
    public const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <returns>Exit code and what it wrote to both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> commandLine, CancellationToken cancellationToken)
    {
        using var process = Start(commandLine, workingDirectory: "/");
        try
        {
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            var all = output + await error;
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, all.Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>As <see cref="RunAsync"/>, but another exit code than 0 is an error.</summary>
    public static async Task<string> RunCheckedAsync(IReadOnlyList<string> commandLine, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(commandLine, cancellationToken);
        return exitCode == 0
            ? output
            : throw new EmbeddedServerException($"'{string.Join(' ', commandLine)}' ended with exit code {exitCode}, expected 0: {output}");
    }

    /// <summary>
    /// Starts a program with all three streams redirected and with an environment of its own: the service's variables hold secrets that a
    /// server has no use for, and PG… variables would change what the PostgreSQL programs do.
    /// </summary>
    /// <param name="environment">Variables that the program needs besides.</param>
    public static Process Start(
        IReadOnlyList<string> commandLine, string workingDirectory, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Resolve(commandLine[0]))
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in commandLine.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        start.Environment["PATH"] = SystemPath;
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new EmbeddedServerException($"'{commandLine[0]}' did not start.");
    }

    // Left to itself the runtime looks into the working folder first, and a repository's own ./test is not the system's.
    private static string Resolve(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : SystemPath.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new EmbeddedServerException($"The program '{program}' is in none of the folders {SystemPath}.");
}
