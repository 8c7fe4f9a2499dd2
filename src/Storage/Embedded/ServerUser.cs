using System.Globalization;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// Who runs the servers: an ordinary user runs them itself, root hands them to a user without rights, for PostgreSQL refuses root.
/// </summary>
/// <param name="Other">Null: the user of this process.</param>
internal sealed record ServerUser(ServerUser.Ids? Other)
{
    public sealed record Ids(int User, int Group);

    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>
    /// As root: the owner of the data that is already there, so that a folder filled by an ordinary user stays that user's; else
    /// the user <c>postgres</c> or, without one, <c>nobody</c>.
    /// </summary>
    public static async Task<ServerUser> ForAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new ServerUser(Other: null);
        }

        var secrets = Path.Combine(folder, DataFolder.SecretsName);
        return new ServerUser((Directory.Exists(secrets) ? await OwnerAsync(secrets, cancellationToken) : null) ?? Unprivileged());
    }

    /// <summary>
    /// The command line that runs a program as this user in a session of its own: Ctrl-C in the terminal then reaches only the
    /// service, which stops the servers in order. Each of the programs replaces itself, so the pid is the server's.
    /// </summary>
    public IReadOnlyList<string> InOwnSession(IEnumerable<string> commandLine) => ["setsid", .. AsUser(commandLine)];

    public IReadOnlyList<string> AsUser(IEnumerable<string> commandLine) => Other is { } ids
        ? ["setpriv", $"--reuid={ids.User}", $"--regid={ids.Group}", "--clear-groups", "--", .. commandLine]
        : [.. commandLine];

    /// <summary>Whether the user can enter the folder: every folder above it lets it through.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        (await Command.RunAsync(AsUser(["test", "-x", folder]), cancellationToken)).ExitCode == 0;

    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (Other is { } ids)
        {
            await Command.RunCheckedAsync(["chown", $"{ids.User}:{ids.Group}", path], cancellationToken);
        }
    }

    private static async Task<Ids?> OwnerAsync(string path, CancellationToken cancellationToken)
    {
        var owner = await Command.RunCheckedAsync(["stat", "-c", "%u %g", path], cancellationToken);
        var ids = owner.Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray();
        return ids[0] == 0 ? null : new Ids(ids[0], ids[1]);
    }

    private static Ids Unprivileged()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length >= 4).ToList();
        var user = Candidates.Select(name => users.Find(u => string.Equals(u[0], name, StringComparison.Ordinal)))
            .FirstOrDefault(u => u is not null)
            ?? throw new EmbeddedServerException(
                $"Root may not run PostgreSQL, and /etc/passwd has none of the users {string.Join(", ", Candidates)} to run it as.");
        return new Ids(int.Parse(user[2], CultureInfo.InvariantCulture), int.Parse(user[3], CultureInfo.InvariantCulture));
    }
}
