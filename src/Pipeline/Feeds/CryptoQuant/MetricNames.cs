namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// Our names of CryptoQuant's fields. A field is named within its endpoint's family (<c>inflow_total</c> is in exchange flows and in miner
/// flows alike) and a reply does not say its family, so the metric that was asked for tells it: <c>miner_inflow_total</c> makes the whole
/// reply the miners'. With none told, flows and reserves are the exchanges', and all other fields (market and network data) keep their
/// names.
/// </summary>
internal static class MetricNames
{
    private const int LongestName = 100;
    private const string Exchange = "exchange";

    private static readonly string[] ExchangeFields =
    [
        "inflow", "outflow", "netflow", "reserve", "transactions_count_inflow", "transactions_count_outflow",
        "addresses_count_inflow", "addresses_count_outflow",
    ];

    /// <summary>The family that <paramref name="asked"/> tells of a reply with these fields; null where it tells none.</summary>
    public static string? FamilyOf(string? asked, IEnumerable<string> fields)
    {
        if (asked is null)
        {
            return null;
        }

        var longest = "";
        foreach (var field in fields)
        {
            var name = BareName(field);
            if (asked == name)
            {
                return null;
            }

            if (name.Length > longest.Length && asked.Length > name.Length + 1 && asked.EndsWith("_" + name, StringComparison.Ordinal))
            {
                longest = name;
            }
        }

        return longest.Length == 0 ? null : asked[..^(longest.Length + 1)];
    }

    public static string NameOf(string field, string? family)
    {
        var prefix = family ?? (Array.Exists(ExchangeFields, start => IsOf(field, start)) ? Exchange : null);
        return prefix is null ? BareName(field) : $"{prefix}_{BareName(field)}";
    }

    public static bool IsName(string field) =>
        field.Length is > 0 and <= LongestName && field.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>The total of the flows in less those out is called by that alone.</summary>
    private static string BareName(string field) => field == "netflow_total" ? "netflow" : field;

    private static bool IsOf(string field, string start) =>
        field.StartsWith(start, StringComparison.Ordinal) && (field.Length == start.Length || field[start.Length] == '_');
}
