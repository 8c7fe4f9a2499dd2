using AkkaCrypto.Contracts.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using NpgsqlTypes;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(ServerFixture.Collection)]
public sealed class MarketNumberTypesTests(ServerFixture servers, ITestOutputHelper output) : IAsyncLifetime
{
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync() => _database = TestDatabase.Open(await servers.NewEmptyDatabaseAsync());

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Numbers_of_every_scale_come_back_from_the_database_with_the_zeros_that_end_them()
    {
        var random = new Random(Seed.Next(output));
        var numbers = Enumerable.Range(0, 3_000).Select(_ => Any(random)).ToArray();
        await using var select = _database.CreateCommand("SELECT n, n::text FROM unnest($1) WITH ORDINALITY AS of (n, at) ORDER BY at");
        select.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Numeric, numbers);
        await using var reader = await select.ExecuteReaderAsync();
        foreach (var number in numbers)
        {
            Assert.True(await reader.ReadAsync());
            var read = reader.GetFieldValue<MarketNumber>(0);
            Assert.Equal(number, read);
            Assert.True(number.Scale < 0 || number.Scale == read.Scale, $"{number}: {number.Scale} decimals became {read.Scale}");
            var text = reader.GetString(1);
            Assert.Equal((number.ToString(), Math.Max(0, number.Scale)), (MarketNumbers.Trimmed(text), Decimals(text)));
        }
    }

    [Fact]
    public async Task A_number_that_may_be_unknown_is_a_parameter_alone_and_in_a_list()
    {
        var number = MarketNumbers.Of("-1.50e-60");
        await using var select = _database.CreateCommand("SELECT $1, $2, $3, $4");
        select.Parameters.AddWithValue(number);
        select.Parameters.Add(new NpgsqlParameter { Value = number, NpgsqlDbType = NpgsqlDbType.Numeric });
        select.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Numeric, new MarketNumber?[] { null, number });
        select.Parameters.Add(new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric });
        await using var reader = await select.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((number, number), (reader.GetFieldValue<MarketNumber>(0), reader.GetFieldValue<MarketNumber>(1)));
        Assert.Equal([null, number], reader.GetFieldValue<MarketNumber?[]>(2));
        Assert.True(reader.IsDBNull(3));
    }

    /// <summary>A sum of the database's may be longer than what is kept of any number.</summary>
    [Theory]
    [InlineData("1234567890123456789012345678.5", "1234567890123456789012345678")]
    [InlineData("1234567890123456789012345677.5", "1234567890123456789012345678")]
    [InlineData("-1234567890123456789012345678.50000000000000000000000000000000000001", "-1234567890123456789012345679")]
    [InlineData("12345678901234567890123456785e-60", "0.00000000000000000000000000000001234567890123456789012345678")]
    [InlineData("100000000000000000000000000000000000001", "100000000000000000000000000000000000000")]
    public async Task A_longer_number_of_the_database_is_rounded_half_even(string stored, string expected)
    {
        Assert.Equal(expected, (await ReadAsync(stored)).ToString());
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    public async Task What_is_no_number_is_no_market_value(string stored)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(stored));
        Assert.Contains("infinite or none at all", refused.ToString(), StringComparison.Ordinal);
    }

    private async Task<MarketNumber> ReadAsync(string stored)
    {
        await using var select = _database.CreateCommand($"SELECT '{stored}'::numeric");
        await using var reader = await select.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return reader.GetFieldValue<MarketNumber>(0);
    }

    private static MarketNumber Any(Random random)
    {
        var high = random.Next(2) == 0 ? 0UL : (ulong)random.Next(500_000_000);
        var coefficient = new UInt128(high, (ulong)random.NextInt64() >> random.Next(64));
        coefficient = random.Next(3) == 0 ? coefficient / 1000 * 1000 : coefficient;
        var scale = random.Next(3) == 0 ? random.Next(-280, 352) : random.Next(-3, 29);
        return new MarketNumber(random.Next(2) == 0, coefficient, scale);
    }

    private static int Decimals(string text) => text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.') - 1 : 0;
}
