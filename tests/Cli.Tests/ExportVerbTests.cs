using System.Globalization;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Cli.Export;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Cli.Tests;

/// <summary><c>akkacrypto export</c> on a real database.</summary>
public sealed class ExportVerbTests(ServerFixture servers) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly StringWriter _error = new();
    private readonly MemoryStream _output = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private NpgsqlDataSource? _database;

    private NpgsqlDataSource Database => _database ?? throw new InvalidOperationException("The test has not started.");

    private string Output => Encoding.UTF8.GetString(_output.ToArray());

    public async Task InitializeAsync()
    {
        var address = await servers.NewDatabaseAsync();
        _database = TestDatabase.Open(address);
        (_environment["Postgres__ConnectionString"], _environment["Redis__State"], _environment["Redis__Cache"]) =
            (address, await servers.NewRedisStateAsync(), await servers.NewRedisCacheAsync());
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Trades_come_whole_over_many_pages_oldest_first_each_once()
    {
        await StoreTradesAsync(2500);

        Assert.Equal(ExitCode.Done, await RunAsync("--dataset trades --exchange coinone --pair btc-krw"));
        var lines = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(
            Enumerable.Range(0, 2500).Select(i => i.ToString("D6", CultureInfo.InvariantCulture)),
            lines.Select(line => line.GetProperty("trade_id").GetString()));
        Assert.Equal("2500 records\n", _error.ToString());
    }

    [Fact]
    public async Task A_range_is_from_inclusive_and_to_exclusive_and_csv_has_columns()
    {
        await StoreTradesAsync(10);
        var from = Start.ToUnixTimeSeconds() + 3;

        Assert.Equal(
            ExitCode.Done,
            await RunAsync($"--dataset trades --exchange coinone --pair btc-krw --from {from} --to {from + 2} --format csv"));
        Assert.Equal(
            "exchange,pair,trade_id,price,quantity,taker_side,time\r\n"
            + "coinone,btc-krw,000003,140000000,0.5,buy,2026-01-31T12:00:03.000Z\r\n"
            + "coinone,btc-krw,000004,140000000,0.5,buy,2026-01-31T12:00:04.000Z\r\n",
            Output);
    }

    [Fact]
    public async Task Corrected_series_are_exported_as_they_were_known_then()
    {
        var store = new OnChainStore(Database, TimeProvider.System);
        await store.AppendAsync([Point(1)], DateTimeOffset.UtcNow, [], default);
        var between = DateTimeOffset.UtcNow.AddMilliseconds(1);
        await TestKit.Eventually.HoldsAsync(() => DateTimeOffset.UtcNow > between.AddMilliseconds(1));
        await store.AppendAsync([Point(2)], DateTimeOffset.UtcNow, [], default);

        Assert.Equal(ExitCode.Done, await RunAsync("--dataset onchain --asset bitcoin --metric exchange_netflow"));
        Assert.Contains("\"value\":\"2\"", Output, StringComparison.Ordinal);
        _output.SetLength(0);
        Assert.Equal(
            ExitCode.Done,
            await RunAsync($"--dataset onchain --asset bitcoin --metric exchange_netflow --as-of {between:yyyy-MM-ddTHH:mm:ss.ffffffZ}"));
        Assert.Contains("\"value\":\"1\"", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charts_and_candles_are_exported_too_and_an_empty_series_is_no_failure()
    {
        var charts = new ChartStore(Database, TimeProvider.System);
        var points = Enumerable.Range(0, 3).Select(day =>
            new ChartPoint("bitcoin", "usd", ProviderTime.From(Start.Date.AddDays(day), 0), 1 + day, 2, null));
        await charts.AppendAsync("daily", [.. points], DateTimeOffset.UtcNow, [], default);

        Assert.Equal(
            ExitCode.Done, await RunAsync("--dataset market-chart --asset bitcoin --currency usd --to 2026-02-02 --format csv"));
        Assert.Equal(
            "asset,currency,time,price,market_cap,volume\r\nbitcoin,usd,2026-01-31T00:00:00Z,1,2,\r\n"
            + "bitcoin,usd,2026-02-01T00:00:00Z,2,2,\r\n",
            Output);
        _output.SetLength(0);
        Assert.Equal(ExitCode.Done, await RunAsync("--dataset candles --exchange coinone --pair btc-krw --interval 1h"));
        Assert.Empty(Output);
        Assert.Equal(ExitCode.Done, await RunAsync("--dataset onchain --asset bitcoin --metric exchange_netflow --format csv"));
        Assert.Equal("asset,metric,source,interval,time,value\r\n", Output);
    }

    [Fact]
    public async Task A_file_is_written_whole_or_not_at_all_and_an_old_one_stays()
    {
        await StoreTradesAsync(3);
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "trades.ndjson");

        Assert.Equal(ExitCode.Done, await RunAsync($"--dataset trades --exchange coinone --pair btc-krw --out {file}"));
        Assert.Equal(3, File.ReadAllLines(file).Length);
        Assert.Equal([file], Directory.GetFiles(folder.Path, "trades*"));

        Assert.Equal(ExitCode.Failed, await RunAsync($"--dataset trades --exchange coinone --pair eth-krw --out {file}"));
        Assert.Contains("there is such a file already", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, File.ReadAllLines(file).Length);
    }

    [Theory]
    [InlineData("", "--dataset is missing.")]
    [InlineData("--dataset books", "--dataset books: expected one of candles, market_chart, onchain, trades.")]
    [InlineData("--dataset trades --pair btc-krw", "--exchange is missing.")]
    [InlineData(
        "--dataset trades --exchange coinone --pair btc-krw --asset bitcoin", "--asset: trades has none; it has --exchange, --pair.")]
    [InlineData("--dataset trades --exchange coinone --pair btc-krw --from 2 --to 1", "--to must be after --from.")]
    [InlineData("--dataset trades --exchange coinone --pair btc-krw --as-of 1", "--as-of: trades are never corrected.")]
    [InlineData("--dataset trades --exchange coinone --pair btc-krw --format xml", "--format xml: expected ndjson or csv.")]
    [InlineData("--dataset candles --exchange coinone --pair btc-krw --interval 3m", "--interval 3m: expected one of 1m, 5m")]
    public async Task Wrong_usage_says_what_was_expected(string line, string message) => Assert.Contains(
        message, (await Assert.ThrowsAsync<UsageException>(() => RunAsync(line))).Message, StringComparison.Ordinal);

    private static OnChainPoint Point(decimal value) =>
        new("bitcoin", "exchange_netflow", "all_exchange", "day", ProviderTime.From(Start.Date, 0), value);

    private async Task StoreTradesAsync(int count)
    {
        var store = new TradeStore(Database, new PairCatalogue(Database), TimeProvider.System);
        var trades = Enumerable.Range(0, count).Select(i => new Trade(
            "coinone", "btc-krw", i.ToString("D6", CultureInfo.InvariantCulture), 140_000_000, 0.5m, TakerSide.Buy,
            ProviderTime.From(Start.AddSeconds(i), 3)));
        await store.AppendAsync([.. trades], DateTimeOffset.UtcNow, [], default);
    }

    private Task<int> RunAsync(string line) => ExportVerb.RunAsync(
        ["--profile", "env", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        new Surroundings(TextWriter.Null, _error, _environment, Path.Combine(AppContext.BaseDirectory, "hocon")), () => _output, default);
}
