using System.Text;
using System.Text.Json;
using AkkaCrypto.Cli.DeadLetters;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Cli.Tests;

/// <summary>The verbs of dead letters against the database of a service.</summary>
public sealed class DeadLetterVerbTests : IAsyncLifetime
{
    private const string Trades =
        """
        {"result":"success","error_code":"0","server_time":1769860800000,"quote_currency":"KRW","target_currency":"BTC","transactions":[
        {"id":"1","timestamp":1769860799000,"price":"420000","qty":"0.1","is_seller_maker":true}]}
        """;

    private static readonly Verb[] Verbs =
        [DeadLetterVerbs.List, DeadLetterVerbs.Show, DeadLetterVerbs.Replay, DeadLetterVerbs.Purge];

    private readonly ServerFixture _servers = new();
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _servers.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Letters_are_listed_shown_replayed_and_purged()
    {
        await StartServersAsync();
        byte[] binary = [255, 0, 1];
        await KeepAsync(Encoding.UTF8.GetBytes(Trades));
        await KeepAsync(binary);

        var listed = await RunAsync(ExitCode.Done, "list", "--series", "btc-krw", "--limit", "5");
        Assert.Equal([2, 1], listed.Select(letter => letter.GetProperty("id").GetInt32()));

        Assert.Equal(2, (await RunAsync(ExitCode.Done, "list", "--code", "malformed_json")).Count);
        Assert.Equal(2, (await RunAsync(ExitCode.Done, "list", "--reason", "malformed_json")).Count);
        Assert.Empty(await RunAsync(ExitCode.Done, "list", "--code", "differing"));

        var file = Path.Combine(_folder.Path, "payload");
        await RunAsync(ExitCode.Done, "show", "2", "--save", file);
        Assert.Equal(binary, await File.ReadAllBytesAsync(file));

        var replayed = await RunAsync(ExitCode.Failed, "replay", "--provider", "coinone");
        Assert.Equal(["replayed", "open"], replayed.Select(letter => letter.GetProperty("state").GetString()));
        Assert.Equal(1, replayed[0].GetProperty("counts").GetProperty("inserted").GetInt32());
        var again = await RunAsync(ExitCode.Done, "replay", "1");
        Assert.Equal(1, again[0].GetProperty("counts").GetProperty("skipped").GetInt32());

        Assert.Equal(1, (await RunAsync(ExitCode.Done, "purge", "--state", "replayed"))[0].GetProperty("purged").GetInt32());
        Assert.Equal(3, (await RunAsync(ExitCode.Done, "purge", "2"))[0].GetProperty("bytes").GetInt32());
        Assert.Empty(await RunAsync(ExitCode.Done, "list"));
        Assert.Empty(await RunAsync(ExitCode.Failed, "show", "2"));
        Assert.Contains("There is no dead letter 2", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("show", "x")]
    [InlineData("purge")]
    [InlineData("replay")]
    [InlineData("replay", "1", "--provider", "coinone")]
    [InlineData("list", "--state", "lost")]
    [InlineData("list", "--from", "yesterday")]
    [InlineData("list", "--limit", "0")]
    [InlineData("list", "--code", "differing", "--reason", "missing_field")]
    [InlineData("list", "--color", "red")]
    public async Task What_is_not_as_the_help_says_is_exit_2_and_touches_nothing(params string[] arguments) =>
        Assert.Empty(await RunAsync(ExitCode.WrongUsage, arguments));

    private async Task<IReadOnlyList<JsonElement>> RunAsync(int exit, params string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        var surroundings = new Surroundings(_out, _error, _environment, Path.Combine(AppContext.BaseDirectory, "hocon"));
        string[] line = arguments is [] ? ["dead-letters"] : ["dead-letters", .. arguments];
        string[] more = exit == ExitCode.WrongUsage ? line : [.. line, "--data", _folder.Path];
        Assert.Equal(exit, await CommandLine.RunAsync(Verbs, more, surroundings, CancellationToken.None));
        var text = _out.ToString();
        return arguments[0] == "show"
            ? []
            : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(one => JsonDocument.Parse(one).RootElement)];
    }

    /// <summary>Only for who needs a database: a wrong usage must not even look for one.</summary>
    private async Task StartServersAsync()
    {
        _environment["Postgres__ConnectionString"] = await _servers.NewDatabaseAsync();
        _environment["Redis__State"] = await _servers.NewRedisStateAsync();
        _environment["Redis__Cache"] = await _servers.NewRedisCacheAsync();
    }

    private async Task KeepAsync(byte[] payload)
    {
        await using var database = NpgsqlDataSource.Create(_environment["Postgres__ConnectionString"]);
        await new DeadLetterStore(database).KeepAsync(
        [
            new DeadLetter(
                new SeriesKey("coinone", "trades", "btc-krw"), "GET /x", new Refusal(RefusalCode.MalformedJson, "No."), payload,
                DateTimeOffset.UnixEpoch)
            {
                Context = new ReplyContext(Pair: "btc-krw"),
            },
        ],
        CancellationToken.None);
    }
}
