using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Storage.Tests.Postgres;

[Collection(ServerFixture.Collection)]
public sealed class CopyWriterTests(ServerFixture servers, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rows = 5_000;

    private static readonly string[] Texts =
    [
        "1", "", "1416893212001", "btc-krw", "\u00e9\ud55c\uad6d", "\uD83D\uDE00 and more", new string('x', 255), new string('\uac00', 255),
    ];

    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        _database = NpgsqlDataSource.Create(await servers.NewEmptyDatabaseAsync());
        await using var create = _database.CreateCommand(
            "CREATE TABLE written (n integer, number numeric, text text, at timestamptz, big bigint, small smallint)");
        await create.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Every_value_arrives_as_it_was_written()
    {
        var random = new Random(Seed.Next(output));
        var rows = Enumerable.Range(0, Rows).Select(n => (Number: Number(random, n), Text: Texts[random.Next(Texts.Length)])).ToList();
        var at = new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(1_234_567);
        await WriteAsync(rows, at);

        await using var select = _database.CreateCommand("SELECT number::text, text, at, big, small FROM written ORDER BY n");
        await using var reader = await select.ExecuteReaderAsync();
        foreach (var (number, text) in rows)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(MarketNumbers.Plain(number.IsNegative, number.Coefficient, number.Scale), reader.GetString(0));
            Assert.Equal((text, at.AddTicks(-7)), (reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
            Assert.Equal((long.MinValue, short.MaxValue), (reader.GetInt64(3), reader.GetInt16(4)));
        }

        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task What_is_not_completed_leaves_nothing()
    {
        await using (var connection = await _database.OpenConnectionAsync())
        await using (var writer = await BeginAsync(connection))
        {
            await writer.StartRowAsync(6, CancellationToken.None);
        }

        await using var count = _database.CreateCommand("SELECT count(*) FROM written");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    private async Task WriteAsync(List<((bool IsNegative, UInt128 Coefficient, int Scale) Number, string Text)> rows, DateTimeOffset at)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var writer = await BeginAsync(connection);
        for (var n = 0; n < rows.Count; n++)
        {
            await writer.StartRowAsync(6, CancellationToken.None);
            writer.Int32(n);
            writer.Numeric(rows[n].Number.IsNegative, rows[n].Number.Coefficient, rows[n].Number.Scale);
            writer.Text(rows[n].Text);
            writer.Timestamp(at);
            writer.Int64(long.MinValue);
            writer.Int16(short.MaxValue);
        }

        await writer.CompleteAsync(CancellationToken.None);
    }

    private static Task<CopyWriter> BeginAsync(NpgsqlConnection connection) => CopyWriter.BeginAsync(
        connection, "COPY written (n, number, text, at, big, small) FROM STDIN (FORMAT BINARY)", CancellationToken.None);

    /// <summary>The edges of each way of encoding, then anything that a market value may be; many with zeros at their ends.</summary>
    private static (bool IsNegative, UInt128 Coefficient, int Scale) Number(Random random, int n)
    {
        UInt128[] edges = [0, 1, 9_999, 10_000, 110, ulong.MaxValue, (UInt128)ulong.MaxValue + 1, (UInt128.One << 96) - 1];
        int[] scales = [0, 1, 2, 3, 4, 28, 29, 351, -1, -2, -3, -4, -5, -280];
        if (n < edges.Length * scales.Length)
        {
            return (edges[n % edges.Length] != 0 && n % 2 == 0, edges[n % edges.Length], scales[n / edges.Length]);
        }

        var coefficient = new UInt128(random.Next(3) == 0 ? (ulong)random.Next() : 0, (ulong)random.NextInt64() >> random.Next(64));
        coefficient = random.Next(3) == 0 ? coefficient / 1000 * 1000 : coefficient;
        return (coefficient != 0 && random.Next(2) == 0, coefficient, random.Next(random.Next(2) == 0 ? 29 : 352) - random.Next(3));
    }
}
