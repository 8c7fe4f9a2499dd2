using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Market;

public static class Pairs
{
    /// <summary>404 for an exchange or a pair that is neither configured nor stored; null for one that is.</summary>
    public static async ValueTask<Problem?> MissingAsync(
        string exchange, string pair, IMarketReads reads, ConfiguredSeries configured, CancellationToken cancellationToken)
    {
        if (configured.HasPair(exchange, pair) || await reads.KnowsPairAsync(exchange, pair, cancellationToken))
        {
            return null;
        }

        return configured.HasExchange(exchange) ? Problem.Unknown("pair", pair) : Problem.Unknown("exchange", exchange);
    }
}
