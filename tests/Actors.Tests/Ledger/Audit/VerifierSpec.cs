using AkkaCrypto.Actors.Ledger;
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
    private const int FlipsOfColumnInSoak = 400;

    /// <summary>All of <c>ledger.entries</c>.</summary>
    private static readonly string[] Columns =
    [
        "wallet_id", "version", "time", "commit_no", "refund_of", "shard", "kind", "state", "direct", "amount", "balance", "held",
        "operation_id", "hold_id", "counterparty", "currency", "reference", "hash", "hold_ends",
    ];

    public static TheoryData<string> EntryColumns => new(Columns);

    [Fact]
    public async Task A_ledger_in_which_everything_has_happened_is_clean_and_counted()
    {
        var report = await copy.VerifyAsync();
        AssertClean(report);
        Assert.True(
            report is { Wallets: 15, Entries: > 60, Commits: > 40, Holds: 7, Transfers: > 7, Underway: 2, Keys: > 20 }, $"{report}");
        Assert.Equal((0, 0), (report.Unsealed, report.WithoutTerms));
        Assert.Equal([LedgerPublicKey.IdOf(copy.PublicKey)], report.SignedBy);
        Assert.Equal([0, 1, 2, 3], report.Heads.Select(head => head.Shard));
    }

    /// <summary>Who can write to the database can make all of it anew but the signatures.</summary>
    [Fact]
    public async Task A_seal_by_a_key_that_is_put_beside_the_ledgers_own_is_found_by_who_knows_the_ledgers_own()
    {
        using var own = new LedgerPublicKey(copy.PublicKey);
        using var other = LedgerSigner.New();
        await using var command = copy.Database.CreateCommand("SELECT head FROM ledger.commits WHERE shard = 0 AND number = 2");
        var signature = other.Sign((byte[])(await command.ExecuteScalarAsync())!);
        const string Forge = """
            WITH added AS (INSERT INTO ledger.signing_keys (id, public_key) VALUES ($1, $2))
            UPDATE ledger.commits SET key_id = $1, signature = $3 WHERE shard = 0 AND number = 2
            """;
        object[] forged = [other.KeyId, other.PublicKey, signature];

        AssertClean(await copy.VerifyAfterAsync(Forge, forged));
        var report = await copy.VerifyAfterAsync(new LedgerTrust([own], []), Forge, forged);
        Assert.Equal(("signature", "commit 2 of shard 0"), (report.Findings[0].Check, report.Findings[0].Place));
        AssertClean(await copy.VerifyAsync(new LedgerTrust([own], [])));
    }

    [Fact]
    public async Task Commits_that_are_cut_off_at_the_end_of_a_shard_are_missed_by_who_has_kept_its_head()
    {
        var heads = (await copy.VerifyAsync()).Heads;
        AssertClean(await copy.VerifyAsync(new LedgerTrust(null, heads)));

        // The last commit of shard 2 is a promise: it has no entry, and nothing else tells of it but the promise itself.
        const string CutOff = """
            WITH gone AS (
                DELETE FROM ledger.commits c WHERE shard = 2 AND number = (SELECT max(number) FROM ledger.commits WHERE shard = 2)
                RETURNING entries)
            UPDATE ledger.transfer_legs SET state = 0 WHERE state = 1 AND (SELECT entries FROM gone) = 0
            """;
        AssertClean(await copy.VerifyAfterAsync(CutOff));
        var report = await copy.VerifyAfterAsync(new LedgerTrust(null, heads), CutOff);
        Assert.Equal(("head", "no such commit"), (report.Findings[0].Check, report.Findings[0].Found));

        var others = heads.Select(head => head with { Head = new string('0', 64) }).ToList();
        Assert.Equal(heads.Count, (await copy.VerifyAsync(new LedgerTrust(null, others))).Wrong);
    }

    [Fact]
    public async Task A_ledger_from_before_there_were_seals_is_clean_and_what_nothing_speaks_for_is_counted()
    {
        var (unseal, hashes) = await WithoutSealsAsync();
        var report = await copy.VerifyAfterAsync(unseal, [.. hashes]);
        AssertClean(report);
        Assert.Equal((report.Commits, report.Wallets, 0), (report.Unsealed, report.WithoutTerms, report.Heads.Count));
    }

    /// <summary>The chains as they were: with nothing before a wallet's first entry, and of a hold not when it ends.</summary>
    private async Task<(string Sql, IReadOnlyList<object> Hashes)> WithoutSealsAsync()
    {
        var reader = new LedgerReader(copy.Database);
        await using var command = copy.Database.CreateCommand("SELECT array_agg(id) FROM ledger.wallets");
        var (wallets, versions, hashes) = (new List<Guid>(), new List<long>(), new List<byte[]>());
        foreach (var wallet in (Guid[])(await command.ExecuteScalarAsync())!)
        {
            byte[] hash = [];
            foreach (var entry in await reader.EntriesAsync(wallet, 0, int.MaxValue, CancellationToken.None))
            {
                wallets.Add(wallet);
                versions.Add(entry.Version);
                hashes.Add(hash = (entry with { HoldEnds = null }).HashOf(hash));
            }
        }

        return ("""
            WITH old AS (SELECT * FROM unnest($1, $2, $3) AS o (wallet_id, version, hash)),
            unsealed AS (
                UPDATE ledger.commits SET leaves = NULL, root = NULL, previous_head = NULL, head = NULL, key_id = NULL, signature = NULL)
            UPDATE ledger.entries e SET hash = o.hash, hold_ends = NULL FROM old o WHERE e.wallet_id = o.wallet_id AND e.version = o.version
            """, [wallets.ToArray(), versions.ToArray(), hashes.ToArray()]);
    }

    [Theory]
    [MemberData(nameof(EntryColumns))]
    public Task A_flipped_bit_of_an_entry_is_found_at_the_entry(string column) =>
        FlipAsync(column, FlipsOfColumn, Seed.Next(output));

    /// <summary>So many that of every column every byte of an entry is likely to have been flipped.</summary>
    [Theory]
    [MemberData(nameof(EntryColumns))]
    [Trait("Category", "Soak")]
    public Task Hundreds_of_flipped_bits_of_every_column_are_found_at_the_entry(string column) =>
        FlipAsync(column, FlipsOfColumnInSoak, Seed.Next(output));

    private async Task FlipAsync(string column, int flips, int seed)
    {
        var random = new Random(seed ^ column.Length ^ (column[0] << 8));
        for (var n = 0; n < flips; n++)
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
