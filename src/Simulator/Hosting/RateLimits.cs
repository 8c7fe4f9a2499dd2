using System.Globalization;
using AkkaCrypto.Simulator.Faults;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator;

/// <summary>
/// Each provider's own limit and its own way to say so: CoinGecko and CryptoQuant by fixed minutes per key (429, <c>Retry-After</c>),
/// Coinone
/// by a token bucket per address (error 4 under HTTP 200, with its three headers).
/// </summary>
internal sealed class RateLimits(SimulatorOptions options, TimeProvider time)
{
    private readonly MinuteWindows coinGecko = new(options.CoinGeckoPerMinute, time);
    private readonly MinuteWindows cryptoQuant = new(options.CryptoQuantPerMinute, time);
    private readonly TokenBucket coinone = new(options.CoinonePerMinute, time);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var (provider, _) = ProviderPath.Of(context.Request.Path);
        var passes = provider switch
        {
            "coingecko" => await PassesAsync(context, coinGecko, CoinGeckoKey(context.Request), ErrorBodies.CoinGeckoRateLimit),
            "cryptoquant" => await PassesAsync(
                context, cryptoQuant, context.Request.Headers.Authorization.ToString(), ErrorBodies.CryptoQuant(429)),
            "coinone" when !context.WebSockets.IsWebSocketRequest => await PassesCoinoneAsync(context),
            _ => true,
        };
        if (passes)
        {
            await next(context);
        }
    }

    private static string CoinGeckoKey(HttpRequest request) =>
        request.Headers["x-cg-demo-api-key"].FirstOrDefault() ?? request.Query["x_cg_demo_api_key"].FirstOrDefault() ?? "";

    private static async Task<bool> PassesAsync(HttpContext context, MinuteWindows windows, string key, string refusal)
    {
        if (windows.TryTake(key, out var wait))
        {
            return true;
        }

        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(refusal, context.RequestAborted);
        return false;
    }

    private async Task<bool> PassesCoinoneAsync(HttpContext context)
    {
        var taken = coinone.TryTake(out var remaining);
        var headers = context.Response.Headers;
        headers["public-ratelimit-remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        headers["public-ratelimit-replenish-rate"] = coinone.PerSecond.ToString(CultureInfo.InvariantCulture);
        headers["public-ratelimit-burst-capacity"] = options.CoinonePerMinute.ToString(CultureInfo.InvariantCulture);
        if (!taken)
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync(ErrorBodies.CoinoneBlocked, context.RequestAborted);
        }

        return taken;
    }

    /// <summary>Past 10,000 keys in a minute, further keys share one window.</summary>
    private sealed class MinuteWindows(int limit, TimeProvider time)
    {
        private const int MostKeys = 10_000;

        private readonly Lock gate = new();
        private readonly Dictionary<string, int> taken = [];
        private long minute;

        public bool TryTake(string key, out long waitSeconds)
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
                taken[key] = Math.Min(count + 1, limit + 1);
                return count < limit;
            }
        }
    }

    private sealed class TokenBucket(int capacity, TimeProvider time)
    {
        private readonly Lock gate = new();
        private double tokens = capacity;
        private long last = time.GetTimestamp();

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
}
