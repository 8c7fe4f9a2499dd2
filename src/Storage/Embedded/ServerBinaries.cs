using System.Globalization;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>Where the servers' programs are: in PATH, and for PostgreSQL first in Debian's folder of the newest version.</summary>
internal static class ServerBinaries
{
    private const string DebianPostgres = "/usr/lib/postgresql";

    /// <exception cref="EmbeddedServerException">It isn't installed.</exception>
    public static string Find(string program, string package)
    {
        var inPath = $"{Environment.GetEnvironmentVariable("PATH")}:{Command.SystemPath}".Split(':', StringSplitOptions.RemoveEmptyEntries);
        return PostgresFolders().Concat(inPath).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new EmbeddedServerException(
                $"The program {program} is neither in PATH nor below {DebianPostgres}: install the package {package} "
                + $"(apt-get install {package}), or give connection strings of running servers.");
    }

    private static IEnumerable<string> PostgresFolders() => !Directory.Exists(DebianPostgres)
        ? []
        : Directory.EnumerateDirectories(DebianPostgres)
            .OrderByDescending(folder =>
                int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"));
}
