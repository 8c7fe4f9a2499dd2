using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator;

/// <summary>
/// Fixed minutes per key, then a status with <c>Retry-After</c>. Past 10,000 keys in a minute, further keys share one window.
/// </summary>
/// <param name="keyOf">Whom a request counts to: a key, a token, or nobody in particular.</param>
internal sealed class MinuteLimit(
    int perMinute, TimeProvider time, Func<HttpRequest, string> keyOf, string refusal, int status = StatusCodes.Status429TooManyRequests)
        : IRequestLimit
{
    private const int MostKeys = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> taken = [];
    private long minute;

    public async Task<bool> AdmitAsync(HttpContext context)
    {
        if (TryTake(keyOf(context.Request), out var wait))
        {
            return true;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(refusal, context.RequestAborted);
        return false;
    }

    private bool TryTake(string key, out long waitSeconds)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        waitSeconds = 60 - (now % 60);
        lock (gate)
        {
            if (now / 60 != minute)
            {
                taken.Clear();
                minute = now / 60;
            }

            key = taken.Count < MostKeys || taken.ContainsKey(key) ? key : "(others)";
            var count = taken.GetValueOrDefault(key);
            taken[key] = Math.Min(count + 1, perMinute + 1);
            return count < perMinute;
        }
    }
}

/// <summary>A bucket of so many tokens, refilled evenly over a minute.</summary>
internal sealed class TokenBucket(int capacity, TimeProvider time)
{
    private readonly Lock gate = new();
    private double tokens = capacity;
    private long last = time.GetTimestamp();

    public int Capacity => capacity;

    public int PerSecond => Math.Max(1, capacity / 60);

    public bool TryTake(out int remaining)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            tokens = Math.Min(capacity, tokens + (time.GetElapsedTime(last, now).TotalSeconds * capacity / 60.0));
            last = now;
            var passes = tokens >= 1;
            tokens -= passes ? 1 : 0;
            remaining = (int)tokens;
            return passes;
        }
    }
}
