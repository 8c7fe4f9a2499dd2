namespace AkkaCrypto.Storage.Embedded;

/// <summary>One of the embedded servers.</summary>
public enum ServerKind
{
    Postgres,
    RedisState,
    RedisCache,
}

/// <summary>
/// What sets one server apart from another: its files, its command line, how to ask whether it is ready and how to stop it.
/// </summary>
internal abstract class ServerDefinition(ServerKind kind, DataFolder folder)
{
    public ServerKind Kind => kind;

    public abstract string Title { get; }

    /// <summary>
    /// Asks the server to end in order, and at once if the first was of no use. <see cref="Signal.Kill"/> comes after both.
    /// </summary>
    public abstract (Signal InOrder, Signal AtOnce) StopSignals { get; }

    protected DataFolder Folder => folder;

    /// <summary>Folder of the server's data below the data folder.</summary>
    protected string Data => Path.Combine(folder.Path, Kind switch
    {
        ServerKind.Postgres => "postgres",
        ServerKind.RedisState => "redis-state",
        ServerKind.RedisCache => "redis-cache",
    });

    /// <summary>Whether its data are there from an earlier start.</summary>
    public bool IsMade => Directory.Exists(Data);

    /// <summary>Makes what the server needs before it starts. Called before each start, with no process of the server running.</summary>
    /// <returns>The server's command line.</returns>
    public abstract Task<IReadOnlyList<string>> PrepareAsync(int port, CancellationToken cancellationToken);

    /// <summary>Whether it answers and can be used. False while it starts or recovers.</summary>
    public abstract Task<bool> IsReadyAsync(int port, CancellationToken cancellationToken);

    /// <summary>The port that the server was last started on, as its own files say; null where it never was. It may have ended
    /// since.</summary>
    public abstract int? LastPort();

    /// <summary>Whether the process is this server, or a part of it, working on this data folder.</summary>
    public abstract bool Owns(RunningProcess process);

    /// <summary>What the server last wrote to a log of its own, beside its output; empty when it has none.</summary>
    public virtual string LogTail() => "";

    /// <summary>Connection string for clients.</summary>
    public abstract Task<string> ConnectionStringAsync(int port, CancellationToken cancellationToken);
}
