using System.Globalization;
using AkkaCrypto.Simulator.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CoinMetrics;

/// <summary>Coin Metrics' community API: a sliding window of 6 seconds and address (it documents 10 requests), typed errors.</summary>
internal sealed class SimulatedCoinMetrics : ISimulatedProvider
{
    public string Name => "coinmetrics";

    public int DefaultPerMinute => 100;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world) => CoinMetricsRoutes.Map(app, world.Market, world.Time);

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new Limit(Math.Max(1, perMinute / 10), time);

    public string ErrorBody(int status) => Error(TypeOf(status), HttpReasons.Of(status));

    public string ErrorUnder200(string code) => Error("internal_server_error", "Internal server error.");

    internal static string Error(string type, string message) => $$$"""{"error":{"type":"{{{type}}}","message":"{{{message}}}"}}""";

    private static string TypeOf(int status) => status switch
    {
        400 => "bad_parameter",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        429 => "too_many_requests",
        _ => "internal_server_error",
    };

    private sealed class Limit(int perWindow, TimeProvider time) : IRequestLimit
    {
        private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);

        private readonly Lock gate = new();
        private readonly Queue<long> taken = new();

        public async Task<bool> AdmitAsync(HttpContext context)
        {
            var passes = TryTake(out var remaining);
            var headers = context.Response.Headers;
            headers["X-RateLimit-Plan"] = "community";
            headers["X-RateLimit-Limit"] = string.Create(CultureInfo.InvariantCulture, $"{perWindow}, {perWindow};window=6");
            headers["X-RateLimit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
            if (!passes)
            {
                await JsonReply.WriteAsync(
                    context, Error("too_many_requests", "Too many requests."), StatusCodes.Status429TooManyRequests);
            }

            return passes;
        }

        private bool TryTake(out int remaining)
        {
            lock (gate)
            {
                var now = time.GetTimestamp();
                while (taken.TryPeek(out var first) && time.GetElapsedTime(first, now) >= Window)
                {
                    taken.Dequeue();
                }

                var passes = taken.Count < perWindow;
                if (passes)
                {
                    taken.Enqueue(now);
                }

                remaining = perWindow - taken.Count;
                return passes;
            }
        }
    }
}
