using System.Text.Json;

namespace AkkaCrypto.Bench;

/// <summary>What every benchmark does with its rounds: the medians are compared, and kept as JSON.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>The median of the rounds' own ratios, to three decimals: what disturbs the machine for a while meets both sides of a
    /// round.</summary>
    public static double PairedRatio(IReadOnlyList<double> values, IReadOnlyList<double> against) =>
        Math.Round(Median([.. values.Zip(against, (value, other) => value / other)]), 3);

    /// <summary>Writes <c>&lt;folder&gt;/&lt;name&gt;.json</c>.</summary>
    /// <param name="result">Has a member <c>ratios</c> of plain numbers.</param>
    public static Task WriteAsync<T>(string folder, string name, T result, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(Path.Combine(folder, name + ".json"), JsonSerializer.Serialize(result, Indented) + "\n", cancellationToken);
}
