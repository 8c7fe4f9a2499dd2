namespace AkkaCrypto.Storage.Embedded;

/// <summary>An embedded server can't be started; the message says which, why, and what to do.</summary>
public sealed class EmbeddedServerException : Exception
{
    public EmbeddedServerException(string message)
        : base(message)
    {
    }

    public EmbeddedServerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The reason is that another running service holds the data folder.</summary>
    public bool FolderInUse { get; init; }
}
