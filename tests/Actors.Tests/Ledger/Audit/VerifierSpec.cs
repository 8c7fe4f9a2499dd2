using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>Whatever is changed in a ledger behind its back is found, and told by its place.</summary>
[Collection(ServerFixture.Collection)]
public sealed class VerifierSpec(LedgerCopy copy, ITestOutputHelper output) : IClassFixture<LedgerCopy>
{
    private const int FlipsOfColumn = 3;

    /// <summary>All of <c>ledger.entries</c>.</summary>
    private static readonly string[] Columns =
    [
        "wallet_id", "version", "time", "commit_no", "refund_of", "shard", "kind", "state", "direct", "amount", "balance", "held",
        "operation_id", "hold_id", "counterparty", "currency", "reference", "hash",
    ];

    public static TheoryData<string> EntryColumns => new(Columns);

    [Fact]
    public async Task A_ledger_in_which_everything_has_happened_is_clean_and_counted()
    {
        var report = await copy.VerifyAsync();
        AssertClean(report);
        Assert.True(
            report is { Wallets: 15, Entries: > 60, Commits: > 40, Holds: 7, Transfers: > 7, Underway: 2, Keys: > 20 }, $"{report}");
    }

    [Theory]
    [MemberData(nameof(EntryColumns))]
    public async Task A_flipped_bit_of_an_entry_is_found_at_the_entry(string column)
    {
        var seed = Seed.Next(output);
        var random = new Random(seed ^ column.Length ^ (column[0] << 8));
        for (var n = 0; n < FlipsOfColumn; n++)
        {
            var flip = await EntryFlip.AnyAsync(copy.Database, column, random);
            var report = await copy.VerifyAfterAsync(flip.Sql, flip.Value);
            Assert.False(report.IsClean, $"not found: {flip}");
            Assert.True(flip.IsNamedBy(report.Findings), $"{flip} is not where it is looked for:\n{string.Join('\n', report.Findings)}");
        }

        AssertClean(await copy.VerifyAsync());
    }

    [Fact]
    public async Task The_columns_that_are_flipped_are_all_there_are() => Assert.Equal(
        await EntryFlip.ColumnsAsync(copy.Database), Columns.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Falsifications.All), MemberType = typeof(Falsifications))]
    public async Task A_change_of_any_table_is_found_by_the_check_that_is_made_for_it(string check, string sql)
    {
        var report = await copy.VerifyAfterAsync(sql);
        Assert.Contains(report.Findings, finding => finding.Check == check);
        AssertClean(await copy.VerifyAsync());
    }

    private static void AssertClean(LedgerReport report) => Assert.True(report.IsClean, string.Join('\n', report.Findings));
}
