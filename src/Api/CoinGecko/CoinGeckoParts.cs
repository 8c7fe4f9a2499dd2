namespace AkkaCrypto.Api.CoinGecko;

/// <summary>What the paths of CoinGecko's API stand on beside the market's own reads.</summary>
public sealed record CoinGeckoParts(ICoinReads Reads, CoinDemand Demand);
