using System.Net.Http.Json;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Every kind of fault at once on all providers, in doses that let most replies through.</summary>
internal static class FaultStorm
{
    // Only long bodies are mutated: of so many changed bytes some always break the JSON, while a single one may turn a price into another
    // that nobody could tell from a right one.
    private static readonly object[] Faults =
    [
        new { provider = "*", path = "*", kind = "status", status = 429, retry_after_seconds = 1, share = 0.04 },
        new { provider = "*", path = "*", kind = "status", status = 503, retry_after_seconds = 0, share = 0.04 },
        new { provider = "*", path = "*", kind = "delay", delay_ms = 700, share = 0.05 },
        new { provider = "*", path = "*", kind = "disconnect", share = 0.002 },
        new { provider = "coinone", path = "/public/v2/trades/*", kind = "disconnect", share = 0.05 },
        new { provider = "coinone", path = "/public/v2/trades/*", kind = "mutated", share = 0.05 },
        new { provider = "upbit", path = "/v1/trades/*", kind = "mutated", share = 0.05 },
        new { provider = "*", path = "*trades*", kind = "timeout", share = 0.003 },
        new { provider = "*", path = "*", kind = "truncated", share = 0.03 },
        new { provider = "*", path = "*", kind = "garbage", share = 0.02 },
        new { provider = "*", path = "*", kind = "duplicates", share = 0.08 },
        new { provider = "*", path = "*rades*", kind = "reordered", share = 0.1 },
        new { provider = "*", path = "*", kind = "error_body", share = 0.02 },
        new { provider = "*", path = "*", kind = "silence", share = 0.02 },
        new { provider = "coingecko", path = "*market_chart*", kind = "revised", factor = SeriesTruth.Factor, share = 0.2 },
        new { provider = "cryptoquant", path = "*", kind = "revised", factor = SeriesTruth.Factor, share = 0.2 },
        new { provider = "coinmetrics", path = "*", kind = "revised", factor = SeriesTruth.Factor, share = 0.2 },
        new { provider = "blockchaincom", path = "*", kind = "revised", factor = SeriesTruth.Factor, share = 0.2 },
    ];

    /// <summary>Settings that ask for the revisable series as often as the providers' budgets allow, so that corrections are met, and
    /// taken back, within the time of a test.</summary>
    public const string OftenAsked = """
        feeds.coingecko.datasets.market-chart.every = 10s
        feeds.coingecko.datasets { coins-markets.every = 10s, ohlc.every = 10s, global.every = 10s }
        feeds.cryptoquant.datasets.onchain.every = 5s
        feeds.coinmetrics.datasets.onchain.every = 10s
        feeds.blockchaincom.datasets.onchain.every = 5s
        feeds.coinone.datasets.candles.every = 20s
        """;

    public static async Task BeginAsync(Uri simulator)
    {
        using var http = new HttpClient { BaseAddress = simulator };
        foreach (var fault in Faults)
        {
            using var ordered = await http.PostAsJsonAsync("/faults", fault);
            Assert.True(ordered.IsSuccessStatusCode, await ordered.Content.ReadAsStringAsync());
        }
    }

    public static async Task EndAsync(Uri simulator)
    {
        using var http = new HttpClient { BaseAddress = simulator };
        using var ended = await http.DeleteAsync("/faults");
        ended.EnsureSuccessStatusCode();
    }
}
