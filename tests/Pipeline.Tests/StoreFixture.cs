using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;

namespace AkkaCrypto.Pipeline.Tests;

/// <summary>
/// A fresh database with all migrations, shared by the tests of the stores: each test works under names of its own (<see cref="NewName"/>)
/// and never counts what isn't its own.
/// </summary>
public sealed class StoreFixture : IAsyncLifetime
{
    /// <summary>When the tests' batches arrive.</summary>
    public static readonly DateTimeOffset Arrival = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ServerFixture servers = new();
    private NpgsqlDataSource? database;
    private int names;

    public NpgsqlDataSource Database => database ?? throw new InvalidOperationException("The fixture has not started.");

    public TimeProvider Time { get; } = new FakeTimeProvider(Arrival);

    /// <summary>A database of the caller's own, migrated and empty: its connection string.</summary>
    public Task<string> NewDatabaseAsync() => servers.NewDatabaseAsync();

    /// <summary>An empty Redis in its role as state: its connection string.</summary>
    public Task<string> NewRedisStateAsync() => servers.NewRedisStateAsync();

    /// <summary>Lower-case, unlike every name before it.</summary>
    public string NewName(string start) => $"{start}{Interlocked.Increment(ref names)}";

    public async Task InitializeAsync() => database = TestDatabase.Open(
        new NpgsqlConnectionStringBuilder(await servers.NewDatabaseAsync()) { MaxPoolSize = 20 });

    public async Task DisposeAsync()
    {
        await Database.DisposeAsync();
        await servers.DisposeAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    /// <summary>The dead letters of a series, with how often each came.</summary>
    public async Task<IReadOnlyList<(string Provider, string Reason, string Payload, long Times)>> LettersAsync(
        string dataset, string series)
    {
        await using var command = Database.CreateCommand(
            """
            SELECT provider, reason_code, convert_from(payload, 'UTF8'), times FROM ops.dead_letters WHERE dataset = $1 AND series = $2
            ORDER BY dead_letter_id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = dataset });
        command.Parameters.Add(new NpgsqlParameter { Value = series });
        await using var reader = await command.ExecuteReaderAsync();
        var letters = new List<(string, string, string, long)>();
        while (await reader.ReadAsync())
        {
            letters.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3)));
        }

        return letters;
    }

    /// <summary>Runs of up to 6 batches of up to 40 records, the same for the same seed; the seed stands in the test, so a failure can be
    /// repeated.</summary>
    public static IEnumerable<T[][]> Runs<T>(Gen<T> records, ulong seed, int count)
    {
        var batches = Gen.Choose(0, 40).SelectMany(length => records.ArrayOf(length));
        return Gen.Choose(1, 6).SelectMany(length => batches.ArrayOf(length)).Sample(count, new Rnd(seed), 1);
    }

    public static SeriesProgress Progress(SeriesKey series, long version, long timeMs, Gap? gap = null) =>
        new(new FeedPosition(series, ProviderTime.FromUnixMilliseconds(timeMs), $"id{timeMs}", version), gap);
}

[CollectionDefinition(Name)]
public sealed class StoreCollection : ICollectionFixture<StoreFixture>
{
    public const string Name = "stores";
}
