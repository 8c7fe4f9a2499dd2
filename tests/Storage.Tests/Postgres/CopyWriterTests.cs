using System.Globalization;
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
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), reader.GetString(0));
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

    private async Task WriteAsync(List<(decimal Number, string Text)> rows, DateTimeOffset at)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var writer = await BeginAsync(connection);
        for (var n = 0; n < rows.Count; n++)
        {
            await writer.StartRowAsync(6, CancellationToken.None);
            writer.Int32(n);
            writer.Numeric(rows[n].Number);
            writer.Text(rows[n].Text);
            writer.Timestamp(at);
            writer.Int64(long.MinValue);
            writer.Int16(short.MaxValue);
        }

        await writer.CompleteAsync(CancellationToken.None);
    }

    private static Task<CopyWriter> BeginAsync(NpgsqlConnection connection) => CopyWriter.BeginAsync(
        connection, "COPY written (n, number, text, at, big, small) FROM STDIN (FORMAT BINARY)", CancellationToken.None);

    /// <summary>The edges of each way of encoding, then anything that a decimal holds; many of them with zeros at their ends.</summary>
    private static decimal Number(Random random, int n)
    {
        decimal[] edges =
        [
            0m, 0.0000m, 1m, 10_000m, 0.0001m, 1.10m, decimal.MaxValue, ulong.MaxValue, ulong.MaxValue + 1m, 18446744073709551.61m,
            1844674407370955.161m, 0.18446744073709551615m, 0.0000000000000000000000000001m, 7.9228162514264337593543950335m,
        ];
        if (n < 2 * edges.Length)
        {
            return n % 2 == 0 || edges[n / 2] == 0 ? edges[n / 2] : -edges[n / 2];
        }

        var (low, middle, high) = (random.Next(), random.Next(2) == 0 ? 0 : random.Next(), random.Next(3) == 0 ? random.Next() : 0);
        var value = new decimal(random.Next(3) == 0 ? low / 1000 * 1000 : low, middle, high, random.Next(2) == 0, (byte)random.Next(29));
        return value == 0 ? decimal.Abs(value) : value;
    }
}
