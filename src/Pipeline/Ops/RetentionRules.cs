using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>How one dataset is cut: series by series, along an index, the oldest first.</summary>
/// <param name="Series">Lists the series; its columns are the parameters $3, $4, … of <paramref name="Delete"/>.</param>
/// <param name="Delete">Deletes at most $2 rows older than $1.</param>
/// <param name="HeldAt">Gives the instant from which on rows must stay, because something is yet to be derived from them; null for
/// none.</param>
internal sealed record RetentionRule(
    string Dataset, Func<RetentionSettings, TimeSpan?> Keep, string Series, string Delete, string HeldAt = "NULL::timestamptz");

internal static class RetentionRules
{
    private const string Pairs = "SELECT exchange_id, currency_pair_no FROM market.currency_pairs ORDER BY currency_pair_no";

    public static IReadOnlyList<RetentionRule> All { get; } =
    [
        new("trades", settings => settings.Trades, Pairs,
            """
            DELETE FROM market.trades WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM market.trades
                WHERE exchange_id = $3 AND currency_pair_no = $4 AND time_ns < (extract(epoch FROM $1) * 1000000000)::bigint
                ORDER BY time_ns LIMIT $2))
            """,
            // Minutes whose candles wait to be made.
            "(SELECT to_timestamp(min(from_minute) * 60.0) FROM market.touched_minutes)"),
        // The levels go with their snapshot.
        new("orderbooks", settings => settings.Orderbooks, Pairs,
            """
            DELETE FROM market.order_book_snapshots WHERE snapshot_id = ANY(ARRAY(
                SELECT snapshot_id FROM market.order_book_snapshots
                WHERE exchange_id = $3 AND currency_pair_no = $4 AND server_time_ms < (extract(epoch FROM $1) * 1000)::bigint
                ORDER BY server_time_ms LIMIT $2))
            """),
        new("charts", settings => settings.Charts,
            "SELECT DISTINCT asset, currency, interval FROM market.chart_points",
            """
            DELETE FROM market.chart_points WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM market.chart_points WHERE asset = $3 AND currency = $4 AND interval = $5 AND bucket_start < $1
                ORDER BY bucket_start LIMIT $2))
            """),
        new("chart_midnights", settings => settings.Charts,
            "SELECT DISTINCT asset, currency, interval FROM market.chart_midnights",
            """
            DELETE FROM market.chart_midnights WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM market.chart_midnights WHERE asset = $3 AND currency = $4 AND interval = $5 AND bucket_start < $1
                ORDER BY bucket_start LIMIT $2))
            """),
        new("onchain", settings => settings.Onchain,
            "SELECT DISTINCT asset, metric, source, interval FROM onchain.points",
            """
            DELETE FROM onchain.points WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM onchain.points WHERE asset = $3 AND metric = $4 AND source = $5 AND interval = $6 AND time < $1
                ORDER BY time LIMIT $2))
            """),
        new("coin_documents", settings => settings.CoinDocuments,
            "SELECT DISTINCT dataset FROM market.coin_documents",
            """
            DELETE FROM market.coin_documents WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM market.coin_documents WHERE dataset = $3 AND received_at < $1 ORDER BY received_at LIMIT $2))
            """),
        new("filled_gaps", settings => settings.FilledGaps,
            "SELECT 1",
            """
            DELETE FROM ops.gaps WHERE gap_id = ANY(ARRAY(
                SELECT gap_id FROM ops.gaps WHERE filled_at < $1 AND $3 = 1 ORDER BY gap_id LIMIT $2))
            """),
    ];
}
