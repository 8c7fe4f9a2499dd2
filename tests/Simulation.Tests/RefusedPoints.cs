using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Points of charts that stand in the dead letters: of a reply that could be read but for one value the rest is stored.</summary>
internal sealed partial class RefusedPoints
{
    public static readonly RefusedPoints None = new();

    private readonly HashSet<(string Series, long Milliseconds)> _points = [];

    private RefusedPoints()
    {
    }

    public static async Task<RefusedPoints> ReadAsync(NpgsqlDataSource database)
    {
        var refused = new RefusedPoints();
        await using var command = database.CreateCommand("""
            SELECT series || CASE dataset WHEN 'recent_chart' THEN '/5m' ELSE '' END, reason, payload FROM ops.dead_letters
            WHERE dataset IN ('market_chart', 'recent_chart') AND kind = 'reply'
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            if (Place().Match(reader.GetString(1)) is { Success: true } place)
            {
                using var reply = JsonDocument.Parse(reader.GetFieldValue<byte[]>(2));
                var index = int.Parse(place.Groups["index"].Value, CultureInfo.InvariantCulture);
                var point = reply.RootElement.GetProperty(place.Groups["list"].Value)[index];
                refused.Add(reader.GetString(0), point[0]);
            }
        }

        return refused;
    }

    /// <summary>Whether every step between the two has a refused point; also where there is no step between them.</summary>
    public bool AreAllBetween(string series, DateTimeOffset earlier, DateTimeOffset later, TimeSpan step)
    {
        for (var missing = earlier + step; missing < later; missing += step)
        {
            var (from, to) = (missing.ToUnixTimeMilliseconds(), (missing + step).ToUnixTimeMilliseconds());
            if (!_points.Any(point => point.Series == series && point.Milliseconds >= from && point.Milliseconds < to))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A point whose time is spoiled too is of nobody knows when: of such a reply nothing was stored, and it is asked for
    /// again.</summary>
    private void Add(string series, JsonElement time)
    {
        if (time.ValueKind is JsonValueKind.Number && time.TryGetInt64(out var milliseconds))
        {
            _points.Add((series, milliseconds));
        }
    }

    [GeneratedRegex(@"^\$\.(?<list>\w+)\[(?<index>\d+)\]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
