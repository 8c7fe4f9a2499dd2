using System.Text;

namespace AkkaCrypto.Pipeline.Feeds.CoinMetrics;

/// <summary>
/// Our names of Coin Metrics' metrics: theirs in lower snake case, <c>AdrActCnt</c> is <c>adr_act_cnt</c>, <c>PriceUSD</c> is
/// <c>price_usd</c>, <c>CapMVRVCur</c> is <c>cap_mvrv_cur</c>. An underscore stands where a word begins: before a capital after a small
/// letter, before the last capital of a row when a small letter follows, and before <c>USD</c>; digits belong to the word before them
/// (<c>SplyAct1yr</c> is <c>sply_act1yr</c>). Names that are in snake case already stay. Where CryptoQuant measures the same thing the
/// name is that one's: the flows in and out of all exchanges that Coin Metrics knows, and what they hold.
/// </summary>
internal static class MetricNames
{
    /// <summary>Source of what is measured over all exchanges together.</summary>
    public const string AllExchanges = "all_exchange";

    private const int LongestName = 100;

    /// <summary>In coins, as CryptoQuant's; figures in USD have no counterpart but the reserve's.</summary>
    private static readonly Dictionary<string, string> OfAllExchanges = new(StringComparer.Ordinal)
    {
        ["FlowInExNtv"] = "exchange_inflow_total",
        ["FlowOutExNtv"] = "exchange_outflow_total",
        ["SplyExNtv"] = "exchange_reserve",
        ["SplyExUSD"] = "exchange_reserve_usd",
    };

    /// <summary>The metrics of assets that the feed may ask for by our name: those of the community's catalogue
    /// (docs.coinmetrics.io/network-data/community). No rule leads back from our name to theirs.</summary>
    private static readonly Dictionary<string, string> Known = new[]
    {
        "AdrActCnt", "AdrBalCnt", "AdrBal1in100KCnt", "AdrBal1in100MCnt", "AdrBal1in10BCnt", "AdrBal1in10KCnt", "AdrBal1in10MCnt",
        "AdrBal1in1BCnt", "AdrBal1in1KCnt", "AdrBal1in1MCnt", "AdrBalNtv0.01Cnt", "AdrBalNtv0.1Cnt", "AdrBalNtv1Cnt", "AdrBalNtv10Cnt",
        "AdrBalNtv100Cnt", "AdrBalNtv1KCnt", "AdrBalNtv10KCnt", "AdrBalNtv100KCnt", "AdrBalNtv1MCnt", "AdrBalUSD1Cnt", "AdrBalUSD10Cnt",
        "AdrBalUSD100Cnt", "AdrBalUSD1KCnt", "AdrBalUSD10KCnt", "AdrBalUSD100KCnt", "AdrBalUSD1MCnt", "AdrBalUSD10MCnt",
        "AssetCompletionTime", "AssetEODCompletionTime", "BlkCnt", "BlkSizeMeanByte", "BlkWghtMean", "BlkWghtTot", "CapAct1yrUSD",
        "CapMVRVCur", "CapMVRVFF",
        "CapMrktCurUSD", "CapMrktEstUSD", "CapMrktFFUSD", "CapRealUSD", "DiffLast", "DiffMean", "FeeByteMeanNtv", "FeeMeanNtv",
        "FeeMeanUSD", "FeeMedNtv", "FeeMedUSD", "FeeTotNtv", "FeeTotUSD", "FlowInExNtv", "FlowInExUSD", "FlowOutExNtv",
        "FlowOutExUSD", "GasUsedTx",
        "HashRate", "HashRate30d", "IssContNtv", "IssContPctAnn", "IssContPctDay", "IssContUSD", "IssTotNtv", "IssTotUSD", "NDF", "NVTAdj",
        "NVTAdj90", "NVTAdjFF", "NVTAdjFF90", "PriceBTC", "PriceUSD", "ROI1yr", "ROI30d", "ReferenceRate", "ReferenceRateBTC",
        "ReferenceRateETH", "ReferenceRateEUR", "ReferenceRateUSD", "RevAllTimeUSD", "RevHashNtv", "RevHashRateNtv", "RevHashRateUSD",
        "RevHashUSD", "RevNtv", "RevUSD", "SER", "SplyAct10yr", "SplyAct180d", "SplyAct1d", "SplyAct1yr", "SplyAct2yr", "SplyAct30d",
        "SplyAct3yr", "SplyAct4yr", "SplyAct5yr", "SplyAct7d", "SplyAct90d", "SplyActEver", "SplyActPct1yr", "SplyAdrBal1in100K",
        "SplyAdrBal1in1M", "SplyAdrTop100", "SplyAdrTop10Pct", "SplyAdrTop1Pct", "SplyCur", "SplyExNtv", "SplyExUSD", "SplyExpFut10yr",
        "SplyFF", "TxCnt", "TxCntSec", "TxTfrCnt", "TxTfrValAdjNtv", "TxTfrValAdjUSD", "TxTfrValMeanNtv", "TxTfrValMeanUSD",
        "TxTfrValMedNtv", "TxTfrValMedUSD", "VelCur1yr", "VtyDayRet180d", "VtyDayRet30d", "principal_market_price_usd",
        "volume_reported_spot_usd_1d",
    }.ToDictionary(NameOf, metric => metric, StringComparer.Ordinal);

    public static IEnumerable<string> KnownNames => Known.Keys;

    /// <summary>Coin Metrics' name of one of ours; null for an unknown one.</summary>
    public static string? TheirsOf(string name) => Known.GetValueOrDefault(name);

    /// <summary>Whether the metric says by itself that it is measured over all exchanges.</summary>
    public static bool IsOfAllExchanges(string metric) => OfAllExchanges.ContainsKey(metric);

    /// <summary>Whether a key can be a metric's name.</summary>
    public static bool IsName(string metric) =>
        metric.Length is > 0 and <= LongestName && metric.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');

    public static string NameOf(string metric)
    {
        if (OfAllExchanges.TryGetValue(metric, out var same))
        {
            return same;
        }

        var name = new StringBuilder(metric.Length + 8);
        for (var i = 0; i < metric.Length; i++)
        {
            if (i > 0 && name[^1] != '_' && BeginsWord(metric, i))
            {
                name.Append('_');
            }

            name.Append(metric[i] == '.' ? '_' : char.ToLowerInvariant(metric[i]));
        }

        return name.ToString();
    }

    private static bool BeginsWord(string metric, int at) =>
        char.IsAsciiLetterUpper(metric[at])
        && (char.IsAsciiLetterLower(metric[at - 1])
            || (at + 1 < metric.Length && char.IsAsciiLetterLower(metric[at + 1]))
            || metric.AsSpan(at).StartsWith("USD", StringComparison.Ordinal));
}
