namespace AkkaCrypto.Simulator;

/// <param name="Seed">Same seed, same market.</param>
/// <param name="Port">Port on 127.0.0.1; 0 takes a free one.</param>
/// <param name="Pace">Trades a second and pair, about. The day's volume stays, so more trades are smaller ones. Below 1/60 it acts as
/// 1/60.</param>
/// <param name="RequestsPerMinute">By provider: requests per minute that are answered before it says that it is too many. Who is not named
/// has the twin's own limit.</param>
public sealed record SimulatorOptions(
    long Seed, int Port = 0, double Pace = 1.0, IReadOnlyDictionary<string, int>? RequestsPerMinute = null)
{
    public const double LeastPace = 0.001;
    public const double MostPace = 10_000;

    /// <summary>What is wrong with these options, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (Port is < 0 or > 65_535)
        {
            yield return $"port: {Port}; expected 0 to 65535";
        }

        if (!(Pace is >= LeastPace and <= MostPace))
        {
            yield return FormattableString.Invariant($"pace: {Pace}; expected {LeastPace} to {MostPace}");
        }

        foreach (var (provider, perMinute) in RequestsPerMinute ?? new Dictionary<string, int>())
        {
            if (perMinute < 1 || SimulatedProviders.Find(provider) is null)
            {
                yield return $"requests per minute of '{provider}': {perMinute}; expected at least 1, for a provider that is simulated";
            }
        }
    }
}
