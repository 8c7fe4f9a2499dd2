using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.OnChain;

/// <param name="Asset">CoinGecko id.</param>
/// <param name="Metric">e.g. <c>exchange_netflow</c>, <c>exchange_inflow_total</c>.</param>
/// <param name="Source">An exchange or miner, or <c>all_exchange</c>.</param>
/// <param name="Interval"><c>day</c>, <c>hour</c>, <c>block</c>.</param>
/// <param name="Time">Start of the interval.</param>
/// <param name="Value">Null where the provider has no data for the interval.</param>
public sealed record OnChainPoint(
    string Asset, string Metric, string Source, string Interval, ProviderTime Time, MarketNumber? Value) : NormalisedRecord
{
    public override string Kind => "onchain";
}
