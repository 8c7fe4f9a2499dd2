namespace AkkaCrypto.Simulator;

/// <param name="Seed">Same seed, same market.</param>
/// <param name="Port">Port on 127.0.0.1; 0 takes a free one.</param>
/// <param name="Pace">Trades a second and pair, about. The day's volume stays, so more trades are smaller ones. Below 1/60 it acts as
/// 1/60.</param>
/// <param name="CoinGeckoPerMinute">Requests per minute and key that are answered before 429.</param>
/// <param name="CoinonePerMinute">Burst of the token bucket, refilled over a minute: Coinone documents 1200 and 20 a second.</param>
/// <param name="CryptoQuantPerMinute">Requests per minute and token that are answered before 429.</param>
public sealed record SimulatorOptions(
    long Seed, int Port = 0, double Pace = 1.0, int CoinGeckoPerMinute = 6000, int CoinonePerMinute = 1200, int CryptoQuantPerMinute = 6000)
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

        if (CoinGeckoPerMinute < 1 || CoinonePerMinute < 1 || CryptoQuantPerMinute < 1)
        {
            yield return "requests per minute: expected at least 1";
        }
    }
}
