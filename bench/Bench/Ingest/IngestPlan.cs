namespace AkkaCrypto.Bench.Ingest;

/// <summary>How long the benchmark is.</summary>
/// <param name="FullTable">Whether the table is filled with 20 million rows, which takes minutes.</param>
internal sealed record IngestPlan(int WarmingRounds, int Rounds, bool FullTable)
{
    public static readonly IngestPlan Whole = new(WarmingRounds: 2, Rounds: 7, FullTable: true);

    public static readonly IngestPlan Quick = new(WarmingRounds: 1, Rounds: 3, FullTable: false);
}
