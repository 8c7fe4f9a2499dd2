using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// A private Redis server of one role: the settings of <c>redis/state.conf</c> or <c>redis/cache.conf</c>, and what differs per machine.
/// </summary>
/// <param name="maxMemoryBytes">Null: what the role's file says.</param>
internal sealed class RedisDefinition(ServerKind kind, DataFolder folder, long? maxMemoryBytes) : ServerDefinition(kind, folder)
{
    private const string PortWord = "port ";
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    public override string Title => $"Redis ({Role})";

    /// <summary>SIGTERM writes what is to be written and ends. Redis knows no faster way that is still its own.</summary>
    public override (Signal InOrder, Signal AtOnce) StopSignals => (Signal.Terminate, Signal.Kill);

    private string Role => Kind == ServerKind.RedisState ? "state" : "cache";

    private string ConfigFile => Path.Combine(Data, "redis.conf");

    public override async Task<IReadOnlyList<string>> PrepareAsync(int port, CancellationToken cancellationToken)
    {
        await Folder.SubfolderAsync(Path.GetFileName(Data), cancellationToken);
        var shipped = Path.Combine(AppContext.BaseDirectory, "redis", $"{Role}.conf");
        var config = new StringBuilder(await File.ReadAllTextAsync(shipped, cancellationToken))
            .Append(CultureInfo.InvariantCulture, $"\nbind 127.0.0.1\nport {port}\ndir \"{Data}\"\n")
            .Append(CultureInfo.InvariantCulture, $"requirepass {await PasswordAsync(cancellationToken)}\n");
        if (maxMemoryBytes is { } bytes)
        {
            config.Append(CultureInfo.InvariantCulture, $"maxmemory {bytes}\n");
        }

        // A file, not arguments: every user may read another's command line.
        await Folder.WritePrivateAsync(ConfigFile, config.ToString(), cancellationToken);
        return [ServerBinaries.Find("redis-server", "redis-server"), ConfigFile];
    }

    /// <summary>Asked in Redis' own protocol over a bare socket: a client library would go on reconnecting in the background.</summary>
    public override async Task<bool> IsReadyAsync(int port, CancellationToken cancellationToken)
    {
        var question = Encoding.ASCII.GetBytes($"AUTH {await PasswordAsync(cancellationToken)}\r\nPING\r\n");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ProbeTimeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
            var stream = client.GetStream();
            await stream.WriteAsync(question, timeout.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var authenticated = await reader.ReadLineAsync(timeout.Token);
            var pong = await reader.ReadLineAsync(timeout.Token);
            // While it loads its data it answers PING with -LOADING.
            return string.Equals(authenticated, "+OK", StringComparison.Ordinal) && string.Equals(pong, "+PONG", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public override int? LastPort()
    {
        try
        {
            // What this class appended comes last, and Redis obeys the last one too.
            var port = File.ReadLines(ConfigFile).LastOrDefault(line => line.StartsWith(PortWord, StringComparison.Ordinal));
            return port is null ? null : int.Parse(port.AsSpan(PortWord.Length), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public override bool Owns(RunningProcess process) =>
        process.Runs("redis-server") && process.Arguments.Contains(ConfigFile, StringComparer.Ordinal);

    public override async Task<string> ConnectionStringAsync(int port, CancellationToken cancellationToken) =>
        $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)},password={await PasswordAsync(cancellationToken)},abortConnect=false";

    private async Task<string> PasswordAsync(CancellationToken cancellationToken) =>
        (await Folder.SecretAsync($"redis-{Role}", cancellationToken)).Secret;
}
