using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.TestKit;

public static class MarketNumbers
{
    /// <summary>As a provider may write it, e.g. <c>1.5e-30</c>.</summary>
    public static MarketNumber Of(string text) =>
        DecimalReader.Read(Encoding.UTF8.GetBytes(text), out var number) is NumberOutcome.Exact
        ? number
        : throw new ArgumentException($"'{text}' is no number that is kept whole.", nameof(text));
}
