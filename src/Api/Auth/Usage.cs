using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Api.Auth;

/// <summary><c>/usage</c>: the caller's limits by the limiter's own count, this request included.</summary>
public sealed class Usage(Quota quota)
{
    public async ValueTask<Answer> AnswerAsync(Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return Encode(caller, await quota.UsageAsync(caller).WaitAsync(cancellationToken));
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            return Problem.Unavailable("What counts the quotas does not answer.");
        }
    }

    private static Answer Encode(Caller caller, IReadOnlyList<LimitUsage> limits)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("key_id"u8, caller.Id);
            json.WriteString("tier"u8, caller.Tier);
            json.WriteStartArray("limits"u8);
            foreach (var usage in limits)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, usage.Limit.Name);
                json.WriteString("route"u8, usage.Limit.Route);
                json.WriteString("algorithm"u8, usage.Limit.Algorithm switch
                {
                    Contracts.Settings.QuotaAlgorithm.Fixed => "fixed",
                    Contracts.Settings.QuotaAlgorithm.Sliding => "sliding",
                    _ => "gcra",
                });
                json.WriteNumber("window_seconds"u8, usage.Limit.Length / 1000);
                json.WriteNumber("limit"u8, usage.Limit.Burst);
                json.WriteNumber("used"u8, usage.Used);
                json.WriteNumber("remaining"u8, usage.Remaining);
                json.WriteNumber("reset"u8, usage.ResetSeconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }
}
