using System.Text.Json;

namespace AkkaCrypto.Bench;

/// <summary>What every benchmark does with its rounds: the medians are compared, and kept as JSON.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Median over median, to three decimals.</summary>
    public static double Ratio(IReadOnlyCollection<double> values, IReadOnlyCollection<double> against) =>
        Math.Round(Median(values) / Median(against), 3);

    /// <summary>Writes <c>&lt;folder&gt;/&lt;name&gt;.json</c>.</summary>
    /// <param name="result">Has a member <c>ratios</c> of plain numbers.</param>
    public static Task WriteAsync<T>(string folder, string name, T result, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(Path.Combine(folder, name + ".json"), JsonSerializer.Serialize(result, Indented) + "\n", cancellationToken);
}
