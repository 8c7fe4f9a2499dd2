using System.Runtime.InteropServices;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>
/// The database looks at the entries of a statement together and asks exact questions only where one of them may be wrong. Whatever is
/// inserted, in any order, it must refuse what a plain reading of the rules refuses, and nothing else.
/// </summary>
[Collection(ServerFixture.Collection)]
public sealed class EntryCheckSpec(DatabaseFixture database, ITestOutputHelper output) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Statements = 600;
    private const int Overdraft = 30;
    private const int Balance = 100;

    private static readonly Dictionary<string, Verdict> Refusals = new(StringComparer.Ordinal)
    {
        ["LE002"] = Verdict.Unbalanced,
        ["LE003"] = Verdict.Unrelated,
        ["LE005"] = Verdict.Uncovered,
    };

    private readonly List<Guid> wallets = [];
    private LedgerFixture ledger = null!;

    private enum Verdict
    {
        Taken,
        Unbalanced,
        Unrelated,
        Uncovered,
    }

    public async Task InitializeAsync()
    {
        ledger = await LedgerFixture.StartAsync(database);
        for (var n = 0; n < 4; n++)
        {
            wallets.Add(await ledger.WalletAsync(Balance, overdraft: Overdraft));
        }
    }

    public async Task DisposeAsync() => await ledger.DisposeAsync();

    [Fact]
    public async Task Any_entries_in_any_order_are_refused_for_what_is_wrong_with_them_and_otherwise_taken()
    {
        var random = new Random(Seed.Next(output));
        var seen = new Dictionary<Verdict, int>();
        for (var n = 0; n < Statements; n++)
        {
            var rows = Falsified(Right(random), random);
            var expected = ByTheRules(rows);
            var actual = await InsertAsync(rows);
            Assert.True(expected == actual, $"statement {n}: {actual}, not {expected}:\n{string.Join('\n', rows)}");
            seen[actual] = seen.GetValueOrDefault(actual) + 1;
        }

        Assert.All(Enum.GetValues<Verdict>(), verdict => Assert.InRange(seen.GetValueOrDefault(verdict), 20, int.MaxValue));
    }

    /// <summary>One to four operations, mostly in one currency, commit and shard, each of two to four entries that sum to zero.</summary>
    private List<Row> Right(Random random)
    {
        var rows = new List<Row>();
        var last = wallets.ToDictionary(wallet => wallet, _ => (Version: 1, Balance));
        for (var operation = random.Next(1, 5); operation > 0; operation--)
        {
            var (id, direct) = (Guid.NewGuid(), random.Next(2) == 0);
            var currency = random.Next(6) == 0 ? "EUR" : "USD";
            var (commit, shard) = (random.Next(6) == 0 ? 98 : 99, random.Next(8) == 0 ? 1 : 0);
            var (count, rest) = (random.Next(2, 5), 0);
            for (var n = 1; n <= count; n++)
            {
                var wallet = wallets[random.Next(wallets.Count)];
                var amount = n == count ? -rest : random.Next(-8, 9);
                rest += amount;
                last[wallet] = (last[wallet].Version + 1, last[wallet].Balance + amount);
                rows.Add(new(wallet, last[wallet].Version, amount, last[wallet].Balance, 0, direct, id, currency, commit, shard));
            }
        }

        if (random.Next(2) == 0)
        {
            random.Shuffle(CollectionsMarshal.AsSpan(rows));
        }

        return rows;
    }

    /// <summary>Of three statements, two have one thing changed.</summary>
    private static List<Row> Falsified(List<Row> rows, Random random)
    {
        var at = random.Next(rows.Count);
        var row = rows[at];
        rows[at] = random.Next(16) switch
        {
            0 => row with { Version = row.Version + 20 },
            1 => row with { Amount = row.Amount + 1 },
            2 => row with { Balance = row.Balance - 1 },
            3 => row with { Amount = row.Amount + 1, Balance = row.Balance + 1 },
            4 => row with { Held = row.Balance + Overdraft + 1 },
            5 => row with { Held = Math.Max(0, row.Balance + Overdraft) },
            6 => row with { Currency = "CHF" },
            7 => row with { Commit = 97 },
            8 => row with { Shard = 2 },
            9 => row with { IsDirect = !row.IsDirect },
            10 => row with { Wallet = Guid.NewGuid() },
            _ => row,
        };
        return rows;
    }

    private Verdict ByTheRules(List<Row> rows)
    {
        var all = wallets.Select(wallet => (wallet, 1, Balance))
            .Concat(rows.Select(row => (row.Wallet, row.Version, row.Balance))).ToHashSet();
        if (rows.GroupBy(row => (row.Shard, row.Commit, row.Currency, row.IsDirect ? row.Operation : Guid.Empty))
            .Any(part => part.Sum(row => row.Amount) != 0))
        {
            return Verdict.Unbalanced;
        }

        return rows.TrueForAll(row => all.Contains((row.Wallet, row.Version - 1, row.Balance - row.Amount)))
            ? rows.TrueForAll(row => row.Balance - row.Held >= -Overdraft) ? Verdict.Taken : Verdict.Uncovered
            : Verdict.Unrelated;
    }

    /// <summary>Whatever comes of it is rolled back.</summary>
    private async Task<Verdict> InsertAsync(List<Row> rows)
    {
        await using var connection = await ledger.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand($"""
            INSERT INTO ledger.entries (
                wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id, currency, hash)
            SELECT wallet::uuid, version, now(), commit_no, shard, 1, 0, direct, amount, balance, held, operation::uuid, currency, ''
            FROM (VALUES {string.Join(", ", rows.Select(row => row.Values))})
                AS e (wallet, version, commit_no, shard, direct, amount, balance, held, operation, currency)
            """, connection);
        try
        {
            await insert.ExecuteNonQueryAsync();
            return Verdict.Taken;
        }
        catch (PostgresException refused) when (Refusals.TryGetValue(refused.SqlState, out var verdict))
        {
            return verdict;
        }
    }

    private sealed record Row(
        Guid Wallet, int Version, int Amount, int Balance, int Held, bool IsDirect, Guid Operation, string Currency, int Commit, int Shard)
    {
        public string Values =>
            $"('{Wallet}', {Version}, {Commit}, {Shard}, {IsDirect}, {Amount}, {Balance}, {Held}, '{Operation}', '{Currency}')";
    }
}
