namespace AkkaCrypto.Storage.Postgres;

/// <summary>The database's schema and this version's migrations don't fit; the message names the file and what was expected.</summary>
public sealed class MigrationException : Exception
{
    public MigrationException(string message)
        : base(message)
    {
    }

    public MigrationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
