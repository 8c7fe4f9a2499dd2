using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>
/// So many requests in each second of the clock and each group of routes (<c>trades</c>, <c>orderbook</c>, …), then 429 without a
/// <c>Retry-After</c>. Sockets don't count.
/// </summary>
/// <param name="announces">Whether each answer tells what is left, as <c>Remaining-Req: group=trades; min=600; sec=9</c>.</param>
internal sealed class SecondLimit(int perMinute, TimeProvider time, bool announces) : IRequestLimit
{
    private const int MostGroups = 100;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> taken = [];
    private readonly int perSecond = Math.Max(1, perMinute / 60);
    private long second;

    public async Task<bool> AdmitAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            return true;
        }

        // /upbit/v1/trades/ticks
        var group = context.Request.Path.Value?.Split('/').ElementAtOrDefault(3) ?? "";
        var passes = TryTake(group, out var left);
        if (announces)
        {
            context.Response.Headers["Remaining-Req"] =
                string.Create(CultureInfo.InvariantCulture, $"group={group}; min={perMinute}; sec={left}");
        }

        if (!passes)
        {
            await JsonReply.WriteAsync(context, QuotationErrors.TooMany, StatusCodes.Status429TooManyRequests);
        }

        return passes;
    }

    private bool TryTake(string group, out int left)
    {
        lock (gate)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            if (now != second)
            {
                taken.Clear();
                second = now;
            }

            group = taken.Count < MostGroups || taken.ContainsKey(group) ? group : "(others)";
            var count = taken.GetValueOrDefault(group);
            taken[group] = Math.Min(count + 1, perSecond + 1);
            left = Math.Max(0, perSecond - count - 1);
            return count < perSecond;
        }
    }
}
