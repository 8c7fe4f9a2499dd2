using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>That a key was changed.</summary>
/// <param name="Revoked">It must not be served any more.</param>
public sealed record KeyMessage(string Id, bool Revoked);

/// <summary>
/// Tells all nodes over Redis at once that a key was changed. A message may be lost: each node also looks by itself.
/// </summary>
public sealed class KeyNews(RedisConnection redis)
{
    private static readonly RedisChannel Channel = RedisChannel.Literal("auth:keys");
    private const string RevokedMark = "revoked ";
    private const string ChangedMark = "changed ";
    private const int LongestId = 64;

    /// <summary>Never fails: where Redis is away, the others learn of it with their next look.</summary>
    /// <returns>Whether Redis took it.</returns>
    public async Task<bool> TellAsync(KeyMessage message)
    {
        try
        {
            await redis.CallAsync(database => database.PublishAsync(
                Channel, (message.Revoked ? RevokedMark : ChangedMark) + message.Id));
            return true;
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            return false;
        }
    }

    /// <summary>Hears what is told from now on, also after a lost connection. To be called once.</summary>
    /// <exception cref="RedisException">Redis is away: nothing is heard before it is back.</exception>
    public Task ListenAsync(Action<KeyMessage> heard) => redis.Subscriber.SubscribeAsync(Channel, (_, text) =>
    {
        if (Read(text) is { } message)
        {
            heard(message);
        }
    });

    private static KeyMessage? Read(string? text) =>
        text is null || text.Length > RevokedMark.Length + LongestId ? null
        : text.StartsWith(RevokedMark, StringComparison.Ordinal) ? new KeyMessage(text[RevokedMark.Length..], Revoked: true)
        : text.StartsWith(ChangedMark, StringComparison.Ordinal) ? new KeyMessage(text[ChangedMark.Length..], Revoked: false)
        : null;
}
