namespace AkkaCrypto.Storage.Redis;

/// <summary>
/// Redis is away, or didn't answer within the deadline. A call that was late may still be carried out: whoever repeats it must be
/// idempotent.
/// </summary>
public sealed class RedisUnavailableException : Exception
{
    public RedisUnavailableException(string message)
        : base(message)
    {
    }

    public RedisUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
