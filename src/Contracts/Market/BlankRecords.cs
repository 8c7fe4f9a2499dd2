using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>A record of each kind that can be exported, with nothing in it: for the names of its fields.</summary>
public static class BlankRecords
{
    public static readonly NormalisedRecord Trade = new Trade("", "", "", 0, 0, null, default);

    public static readonly NormalisedRecord Candle = new Candle("", "", "", default, 0, 0, 0, 0, null, null);

    public static readonly NormalisedRecord ChartPoint = new ChartPoint("", "", default, null, null, null);

    public static readonly NormalisedRecord OnChainPoint = new OnChainPoint("", "", "", "", default, null);
}
