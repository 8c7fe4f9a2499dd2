using System.Text.Json;
using AkkaCrypto.Cli.History;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Cli.Tests;

/// <summary><c>akkacrypto gaps</c> and <c>akkacrypto backfill</c> on a real database.</summary>
public sealed class HistoryVerbsTests(ServerFixture servers) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private NpgsqlDataSource? _database;

    private NpgsqlDataSource Database => _database ?? throw new InvalidOperationException("The test has not started.");

    public async Task InitializeAsync()
    {
        var address = await servers.NewDatabaseAsync();
        _database = TestDatabase.Open(address);
        (_environment["Postgres__ConnectionString"], _environment["Redis__State"], _environment["Redis__Cache"]) =
            (address, await servers.NewRedisStateAsync(), await servers.NewRedisCacheAsync());
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Gaps_are_lines_of_JSON_for_programs_and_a_table_for_people()
    {
        await RegisterAsync("btc-krw", 10, 20);
        await RegisterAsync("eth-krw", 30, 40);

        Assert.Equal(ExitCode.Done, await RunAsync("gaps", "--profile", "env"));
        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["btc-krw", "eth-krw"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("series").GetString()));

        _output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("gaps", "--profile", "env", "--format", "table", "--series", "eth-krw"));
        var table = _output.ToString();
        Assert.Contains("before", table, StringComparison.Ordinal);
        Assert.Contains("open", table, StringComparison.Ordinal);
        Assert.DoesNotContain("{", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_breaks_no_name_however_long_a_row_gets()
    {
        var series = $"bitcoin/exchange_inflow_total/{new string('x', 100)}/day";
        await RegisterAsync(series, 10, 20);

        Assert.Equal(ExitCode.Done, await RunAsync("gaps", "--profile", "env", "--format", "table"));

        var row = Assert.Single(_output.ToString().Split('\n'), line => line.Contains("bitcoin", StringComparison.Ordinal));
        Assert.Contains($"coinone/trades/{series}", row, StringComparison.Ordinal);
        Assert.Contains("window passed", row, StringComparison.Ordinal);
        Assert.Equal(3, _output.ToString().Split('\n').Count(line => line.Trim().Length > 0));
    }

    [Fact]
    public async Task Without_such_a_gap_a_program_gets_nothing_and_a_person_a_word()
    {
        Assert.Equal(ExitCode.Done, await RunAsync("gaps", "--profile", "env", "--state", "filled"));
        Assert.Empty(_output.ToString());

        Assert.Equal(ExitCode.Done, await RunAsync("gaps", "--profile", "env", "--format", "table"));
        Assert.Equal("No such gap is known.\n", _output.ToString());
    }

    [Theory]
    [InlineData("gaps --state gone", "--state gone: expected one of open, repairing, filled, unfillable.")]
    [InlineData("gaps --format csv", "--format csv: expected table or ndjson.")]
    [InlineData("gaps --nosuch 1", "Unknown argument '--nosuch'")]
    [InlineData("backfill --dataset trades --from 0 --to 1", "--provider is missing.")]
    [InlineData("backfill --provider coinone --from 0 --to 1", "--dataset is missing.")]
    [InlineData("backfill --provider coinone --dataset trades --to 1", "--from is missing.")]
    [InlineData("backfill --provider coinone --dataset trades --from soon --to 1", "--from soon: expected ISO 8601")]
    [InlineData("backfill --provider coinone --dataset trades --from 99999999999999999999 --to 1", "expected ISO 8601")]
    [InlineData("backfill --provider coinone --dataset trades --from 2 --to 1", "--to must be after --from.")]
    [InlineData("backfill --provider coinone --dataset trades --from 1 --to 2260-01-01", "--to must not be in the future")]
    [InlineData("backfill --profile env --provider nobody --dataset trades --from 1 --to 2", "no dataset trades of nobody: expected")]
    [InlineData("backfill --profile env --provider coinone --dataset trades --from 1 --to 2 --pair btc", "is not a pair")]
    [InlineData(
        "backfill --profile env --provider binance --dataset trades --from 1 --to 2 --pair btc-usdt --interval 1m",
        "--interval means nothing for binance/trades: expected some of --pair.")]
    [InlineData(
        "backfill --profile env --provider coingecko --dataset market-chart --from 1 --to 2 --source all_exchange",
        "--source means nothing for coingecko/market_chart: expected some of --asset, --currency, --interval.")]
    [InlineData(
        "backfill --profile env --provider cryptoquant --dataset onchain --from 1 --to 2 --pair btc-krw",
        "--pair means nothing for cryptoquant/onchain: expected some of --asset, --metric, --source, --interval.")]
    public async Task Wrong_usage_says_what_was_expected(string line, string message)
    {
        Assert.Equal(ExitCode.WrongUsage, await RunAsync(line.Split(' ')));

        Assert.Contains(message, _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Usage: akkacrypto", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_without_a_past_is_a_refusal()
    {
        Assert.Equal(
            ExitCode.Failed,
            await RunAsync("backfill", "--profile", "env", "--provider", "coinone", "--dataset", "trades", "--from", "1", "--to", "2"));
        Assert.Contains("coinone/trades: the provider shows no past", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backfill_tells_how_it_comes_on_and_the_same_command_again_has_nothing_to_do()
    {
        await using var run = WithPast();

        Assert.Equal(ExitCode.Done, await WalkAsync(run));
        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("coinone/trades/btc-krw: 0 %, 0 pages, 0 records, 0 new, 0 stored before", lines[0]);
        Assert.Equal("coinone/trades/btc-krw: 100 %, 20 pages, 100 records, 100 new, 0 stored before, done", lines[^1]);
        Assert.InRange(lines.Length, 5, 15);

        _output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await WalkAsync(run));
        Assert.Equal("coinone/trades/btc-krw: 100 %, 20 pages, 0 records, 0 new, 0 stored before, done\n", _output.ToString());
    }

    [Fact]
    public async Task A_stopped_backfill_fails_says_how_to_go_on_and_goes_on()
    {
        await using var run = WithPast();
        using var stop = new CancellationTokenSource();
        run.Provider.On("/past/btc-krw/41-", request =>
        {
            stop.Cancel();
            return NumberedHistory.Reply(request, 1, 100);
        });

        Assert.Equal(ExitCode.Failed, await WalkAsync(run, stop: stop.Token));
        Assert.Equal("Stopped.\nWhat was committed stays; the same command goes on from there.\n", _error.ToString());

        Assert.Equal(ExitCode.Done, await WalkAsync(run));
        await using var count = Database.CreateCommand("SELECT count(*) FROM market.trades");
        Assert.Equal(100L, await count.ExecuteScalarAsync());
        Assert.Equal(1, run.Provider.AskedFor("/past/btc-krw/1-"));
    }

    [Fact]
    public async Task A_backfill_that_somebody_else_runs_is_refused_with_who_does()
    {
        await using var run = WithPast();
        var key = new BackfillKey(run.Feed.KeyOf(run.Feed.Series[0]), CoinoneReplies.TimeOf(1), CoinoneReplies.TimeOf(101));
        await using (await new BackfillStore(Database).TakeAsync(key, "process 4711 on elsewhere", CoinoneReplies.Start, default))
        {
            Assert.Equal(ExitCode.Failed, await WalkAsync(run));
        }

        Assert.StartsWith(
            "The backfill of coinone/trades/btc-krw from 2026-01-01 00:00:01Z to 2026-01-01 00:01:41Z is being run by process 4711 on "
            + "elsewhere, since 2026-01-01 00:00:00Z.\n",
            _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await WalkAsync(run));
    }

    [Fact]
    public async Task A_backfill_that_fails_tells_why_and_bars_come_to_an_end_too()
    {
        await using var run = WithPast("akkacrypto.backfill.attempts = 1", "akkacrypto.feeds.coinone.attempts = 1");
        run.Provider.On("/past/btc-krw/41-", CoinoneReplies.Error("405", "Server error"));

        Assert.Equal(ExitCode.Failed, await WalkAsync(run, isTerminal: true).Within("the bars end"));

        Assert.StartsWith("provider_unavailable", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("the same command goes on from there", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("coinone/trades/btc-krw", _output.ToString(), StringComparison.Ordinal);
    }

    private FeedRun WithPast(params string[] settings)
    {
        var run = new FeedRun(Database, "coinone", "trades", ["akkacrypto.feeds.coinone.datasets.trades.pairs = [btc-krw]", .. settings])
            .WithHistory(new NumberedHistory(5));
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, 100));
        return run;
    }

    private Task<int> WalkAsync(FeedRun run, bool isTerminal = false, CancellationToken stop = default)
    {
        var backfill = new Backfill(
            new BackfillStore(Database), new PageIntake(run.Stores, static (_, _) => { }), () => run.Settings.Backfill, run.Time);
        var options = new BackfillOptions(
            "coinone", "trades", CoinoneReplies.TimeOf(1), CoinoneReplies.TimeOf(101), new Dictionary<string, IReadOnlyList<string>>());
        return BackfillVerb.WalkAsync(
            backfill, run.Feed, run.Feed.SeriesOf(options.Over(run.Feed.Settings)), options, Surroundings(isTerminal), stop);
    }

    private Task RegisterAsync(string series, int from, int to) => new GapRegister(Database).RegisterAsync(
        [
            new Gap(
                new SeriesKey("coinone", "trades", series), ProviderTime.FromUnixSeconds(from), "a", ProviderTime.FromUnixSeconds(to), "b",
                "window passed", DateTimeOffset.UnixEpoch),
        ],
        default);

    private Task<int> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync([GapsVerb.Verb, BackfillVerb.Verb], arguments, Surroundings(isTerminal: false), default);

    private Surroundings Surroundings(bool isTerminal) =>
        new(_output, _error, _environment, Path.Combine(AppContext.BaseDirectory, "hocon")) { IsTerminal = isTerminal };
}
