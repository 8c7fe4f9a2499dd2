namespace AkkaCrypto.Pipeline.Feeds.Blockchaincom;

/// <summary>
/// Our names of Blockchain.com's daily charts. Where another provider measures the same thing in the same unit the name is that one's
/// (<c>hash-rate</c> is in TH/s, as <c>hash_rate</c> is); any other keeps its own in snake case. Charts by the minute (of the mempool) are
/// not among them: no record has that interval.
/// </summary>
internal static class ChartNames
{
    /// <summary>The one asset that there are charts of.</summary>
    public const string Asset = "bitcoin";

    public const string Interval = "day";

    private static readonly Dictionary<string, string> Charts = new(StringComparer.Ordinal)
    {
        ["adr_act_cnt"] = "n-unique-addresses", ["cap_mrkt_cur_usd"] = "market-cap", ["fee_tot_ntv"] = "transaction-fees",
        ["fee_tot_usd"] = "transaction-fees-usd", ["hash_rate"] = "hash-rate", ["price_usd"] = "market-price",
        ["rev_usd"] = "miners-revenue", ["sply_cur"] = "total-bitcoins", ["tx_cnt"] = "n-transactions",
        ["avg_block_size"] = "avg-block-size", ["blocks_size"] = "blocks-size", ["cost_per_transaction"] = "cost-per-transaction",
        ["difficulty"] = "difficulty", ["estimated_transaction_volume"] = "estimated-transaction-volume",
        ["estimated_transaction_volume_usd"] = "estimated-transaction-volume-usd",
        ["median_confirmation_time"] = "median-confirmation-time", ["n_transactions_per_block"] = "n-transactions-per-block",
        ["n_transactions_total"] = "n-transactions-total", ["output_volume"] = "output-volume", ["trade_volume"] = "trade-volume",
    };

    public static IEnumerable<string> KnownMetrics => Charts.Keys;

    /// <summary>The chart that shows one of our metrics; null where none does.</summary>
    public static string? ChartOf(string metric) => Charts.GetValueOrDefault(metric);
}
