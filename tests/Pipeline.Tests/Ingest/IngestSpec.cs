using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>A database of its own for each test, and a feed of Coinone's trades over it.</summary>
[Collection(StoreCollection.Name)]
public abstract class IngestSpec(StoreFixture stores) : IAsyncLifetime
{
    protected const string Pair = "btc-krw";
    private NpgsqlDataSource? _database;

    protected NpgsqlDataSource Database => _database ?? throw new InvalidOperationException("The test has not started.");

    protected string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        ConnectionString = new NpgsqlConnectionStringBuilder(await stores.NewDatabaseAsync()) { MaxPoolSize = 8 }.ConnectionString;
        _database = TestDatabase.Open(ConnectionString);
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();

    /// <summary>Coinone's trades of one pair, asked for every 5 s; not started.</summary>
    protected FeedRun Trades(params string[] settings) => TradesOver(Database, settings);

    protected static FeedRun TradesOver(NpgsqlDataSource database, params string[] settings) => new(
        database, "coinone", "trades", ["akkacrypto.feeds.coinone.datasets.trades { pairs = [btc-krw], every = 5s }", .. settings]);

    /// <summary>Nobody hears of the pages that it stores.</summary>
    protected static PageIntake IntakeOf(FeedRun run) => new(run.Stores, static (_, _) => { });

    protected GapRepair RepairOf(FeedRun run, string node = "node") => new(
        [run.Feed], run.Stores.Gaps, new GapClaims(Database, node), IntakeOf(run), () => run.Settings.Repair, run.Time,
        new RecordingLog<GapRepair>());

    /// <summary>The numbers of all trades stored, in order.</summary>
    protected Task<IReadOnlyList<int>> StoredAsync() =>
        ColumnAsync<int>("SELECT trade_id::integer FROM market.trades ORDER BY trade_id::integer");

    /// <summary>All gaps that are not filled, as the numbers of the trades around them.</summary>
    protected Task<IReadOnlyList<string>> GapsAsync() =>
        ColumnAsync<string>("SELECT from_id || '-' || to_id FROM ops.gaps WHERE filled_at IS NULL ORDER BY gap_id");

    protected Task<IReadOnlyList<string>> LettersAsync() => ColumnAsync<string>(
        "SELECT reason_code || ' ' || times || ' ' || convert_from(payload, 'UTF8') FROM ops.dead_letters ORDER BY dead_letter_id");

    protected async Task<IReadOnlyList<T>> ColumnAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetFieldValue<T>(0));
        }

        return values;
    }
}
