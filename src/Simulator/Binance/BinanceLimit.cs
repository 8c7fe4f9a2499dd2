using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>
/// Request weight by fixed minutes, told in <c>X-MBX-USED-WEIGHT-1M</c>: past the limit 429, and who goes on asking is banned with 418 for
/// two minutes, twice as long each further time, at most three days. Both say <c>Retry-After</c>.
/// </summary>
internal sealed class BinanceLimit(int perMinute, TimeProvider time) : IRequestLimit
{
    private const int PatienceInRefusals = 10;
    private static readonly TimeSpan FirstBan = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestBan = TimeSpan.FromDays(3);

    private readonly Lock gate = new();
    private long minute;
    private int used;
    private int refusals;
    private TimeSpan nextBan = FirstBan;
    private DateTimeOffset bannedUntil = DateTimeOffset.MinValue;

    public async Task<bool> AdmitAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            return true;
        }

        var (status, weight, wait) = Take(WeightOf(context.Request));
        var headers = context.Response.Headers;
        headers["x-mbx-used-weight"] = headers["x-mbx-used-weight-1m"] = weight.ToString(CultureInfo.InvariantCulture);
        if (status == StatusCodes.Status200OK)
        {
            return true;
        }

        headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var until = (time.GetUtcNow() + wait).ToUnixTimeMilliseconds();
        await JsonReply.WriteAsync(
            context,
            status == StatusCodes.Status429TooManyRequests
                ? SimulatedBinance.TooMuchWeight(perMinute)
                : SimulatedBinance.Banned(until),
            status);
        return false;
    }

    /// <summary>The documented weight of a request; of one that doesn't exist, 1.</summary>
    internal static int WeightOf(HttpRequest request)
    {
        var query = request.Query;
        var isOne = query.ContainsKey("symbol");
        return (request.Path.Value ?? "").Split('/')[^1] switch
        {
            "depth" => (int.TryParse(query["limit"], CultureInfo.InvariantCulture, out var limit) ? limit : 100) switch
            {
                <= 100 => 5,
                <= 500 => 25,
                <= 1000 => 50,
                _ => 250,
            },
            "trades" or "historicalTrades" => 25,
            "aggTrades" => 4,
            "klines" or "uiKlines" or "avgPrice" => 2,
            "24hr" when isOne => 2,
            "24hr" when query.ContainsKey("symbols") =>
                query["symbols"].ToString().Split(',').Length switch { <= 20 => 2, <= 100 => 40, _ => 80 },
            "24hr" => 80,
            "price" or "bookTicker" => isOne ? 2 : 4,
            "exchangeInfo" => 20,
            _ => 1,
        };
    }

    private (int Status, int Used, TimeSpan Wait) Take(int weight)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var current = now.ToUnixTimeSeconds() / 60;
            if (current != minute)
            {
                (minute, used, refusals) = (current, 0, 0);
            }

            if (now < bannedUntil)
            {
                return (StatusCodes.Status418ImATeapot, used, bannedUntil - now);
            }

            used += weight;
            if (used <= perMinute)
            {
                return (StatusCodes.Status200OK, used, default);
            }

            if (++refusals <= PatienceInRefusals)
            {
                return (StatusCodes.Status429TooManyRequests, used, DateTimeOffset.FromUnixTimeSeconds((minute + 1) * 60) - now);
            }

            bannedUntil = now + nextBan;
            var wait = nextBan;
            nextBan = nextBan * 2 < LongestBan ? nextBan * 2 : LongestBan;
            return (StatusCodes.Status418ImATeapot, used, wait);
        }
    }
}
