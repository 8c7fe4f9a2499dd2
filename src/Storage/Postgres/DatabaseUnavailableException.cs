namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// The database can't be used now: away, starting, stopping, full of sessions or too late. The same call may succeed later.
/// </summary>
public sealed class DatabaseUnavailableException(string message, Exception innerException) : Exception(message, innerException);
