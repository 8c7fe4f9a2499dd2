using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>What CryptoQuant's twin says of the flows in and out of all exchanges when nothing is wrong with it: every figure of every
/// day, as a reader of its JSON by hand sees it.</summary>
internal static class FlowTruth
{
    public readonly record struct Key(string Asset, string Metric, DateTimeOffset Day);

    private static readonly (string Ticker, string Asset)[] Assets = [("btc", "bitcoin"), ("eth", "ethereum")];

    private static readonly string[] Flows = ["inflow", "outflow", "netflow", "reserve"];

    public static async Task<IReadOnlyDictionary<Key, decimal?>> AskAsync(Uri simulator)
    {
        using var http = new HttpClient { BaseAddress = simulator };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "truth");
        var values = new Dictionary<Key, decimal?>();
        foreach (var (ticker, asset) in Assets)
        {
            foreach (var flow in Flows)
            {
                using var reply = JsonDocument.Parse(await http.GetByteArrayAsync(
                    $"/cryptoquant/v1/{ticker}/exchange-flows/{flow}?exchange=all_exchange&window=day&limit=1000"));
                Add(values, asset, reply.RootElement.GetProperty("result").GetProperty("data"));
            }
        }

        return values;
    }

    private static void Add(Dictionary<Key, decimal?> values, string asset, JsonElement rows)
    {
        foreach (var row in rows.EnumerateArray())
        {
            var day = DateTimeOffset.ParseExact(
                row.GetProperty("date").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            foreach (var field in row.EnumerateObject().Where(field => field.Name != "date"))
            {
                var metric = "exchange_" + (field.Name == "netflow_total" ? "netflow" : field.Name);
                values[new Key(asset, metric, day)] = field.Value.ValueKind is JsonValueKind.Null ? null : field.Value.GetDecimal();
            }
        }
    }
}
