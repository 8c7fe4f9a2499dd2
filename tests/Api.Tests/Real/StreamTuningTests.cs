using System.Net;
using System.Text.Json;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Tuning streams while they run: who wins over whom, what is refused, and what survives.</summary>
[Collection(ServerFixture.Collection)]
public sealed class StreamTuningTests(ServerFixture servers)
{
    private const string Trades = ConfiguredHost.Streams + "/trades";

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Environment_wins_over_PATCH_over_config_over_profile_over_reference_and_each_value_says_where_it_comes_from()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        world.Variables["AKKACRYPTO__STREAMS__TRADES__BUFFER"] = "16";
        await using var api = await world.StartAsync();

        var (fromReference, reference) = await api.SettingAsync("trades", "parallelism");
        Assert.Equal("2", fromReference);
        Assert.Matches(@"reference\.conf:\d+$", reference);
        Assert.Equal(("4000", $"{world.File}:9"), await api.SettingAsync("trades", "batch-size"));
        Assert.Equal(
            ("16", "environment variable AKKACRYPTO__STREAMS__TRADES__BUFFER"), await api.SettingAsync("trades", "buffer"));

        var answer = await api.ReadAsync(
            HttpMethod.Patch, Trades, """{"batch-size":100,"flush-interval":"50ms","restart":{"jitter":0.5},"parallelism":3}""");
        Assert.Equal("trades", answer.GetProperty("name").GetString());
        Assert.Equal(["coinone/trades"], answer.GetProperty("feeds").EnumerateArray().Select(feed => feed.GetString()));
        foreach (var (name, value) in ((string, string)[])
            [("batch-size", "100"), ("flush-interval", "\"50ms\""), ("restart.jitter", "0.5"), ("parallelism", "3")])
        {
            var (found, origin) = await api.SettingAsync("trades", name);
            Assert.Equal(value, found);
            Assert.Matches(@"^PATCH /admin/streams/trades at [-0-9T:.]+Z by root$", origin);
        }

        var cleared = await api.ReadAsync(HttpMethod.Delete, Trades);
        Assert.False(cleared.GetProperty("settings").GetProperty("batch-size").TryGetProperty("patch", out _));
        Assert.Equal(("4000", $"{world.File}:9"), await api.SettingAsync("trades", "batch-size"));
        Assert.Equal((fromReference, reference), await api.SettingAsync("trades", "parallelism"));
    }

    [Fact]
    public async Task Every_stream_is_listed_with_all_of_its_settings()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var api = await world.StartAsync();

        var streams = (await api.ReadAsync(HttpMethod.Get, ConfiguredHost.Streams)).GetProperty("streams").EnumerateArray().ToList();

        Assert.Superset(
            new HashSet<string?> { "trades", "orderbooks", "prices", "charts", "onchain" },
            streams.Select(stream => stream.GetProperty("name").GetString()).ToHashSet());
        Assert.All(streams, stream => Assert.Equal(
            ["batch-size", "buffer", "flush-interval", "parallelism", "paused", "requests-per-second", "restart", "socket-buffer"],
            stream.GetProperty("settings").EnumerateObject().Select(setting => setting.Name).Order()));
    }

    [Fact]
    public async Task A_text_that_is_taken_as_a_flag_or_a_number_is_shown_as_what_it_was_taken_for()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        world.Edit("akkacrypto.streams.trades { paused = off, buffer = \"9\" }");
        await using var api = await world.StartAsync();
        Assert.Equal("false", (await api.SettingAsync("trades", "paused")).Value);
        Assert.Equal("9", (await api.SettingAsync("trades", "buffer")).Value);

        var patched = (await api.ReadAsync(
            HttpMethod.Patch, Trades, """{"paused":"yes","batch-size":"1000","flush-interval":"50ms","restart":{"jitter":"0.25"}}"""))
            .GetProperty("settings");

        Assert.True(patched.GetProperty("paused").GetProperty("value").GetBoolean());
        Assert.True(patched.GetProperty("paused").GetProperty("patch").GetProperty("value").GetBoolean());
        Assert.Equal(1000, patched.GetProperty("batch-size").GetProperty("value").GetInt32());
        Assert.Equal(0.25, patched.GetProperty("restart").GetProperty("jitter").GetProperty("patch").GetProperty("value").GetDouble());
        Assert.Equal("50ms", patched.GetProperty("flush-interval").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Wrong_values_are_refused_all_at_once_with_the_reason_of_each_and_nothing_is_half_applied()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var api = await world.StartAsync();

        using var refused = await api.SendAsync(
            HttpMethod.Patch, Trades,
            """{"batch-size":0,"flush-interval":"soon","paused":true,"batchsize":5,"buffer":[1],"restart":{"max-backoff":"1ms"}}""");
        var problem = await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal("buffer", Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);

        using var again = await api.SendAsync(
            HttpMethod.Patch, Trades,
            """{"batch-size":0,"flush-interval":"soon","paused":true,"batchsize":5,"buffer":1e9,"requests-per-second":null,"nope":null}""");
        var errors = (await ApiHost.ProblemAsync(again, HttpStatusCode.BadRequest, "invalid_request")).GetProperty("errors");
        Assert.Equal(
            ["batch-size", "batchsize", "buffer", "flush-interval", "nope"],
            errors.EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
        Assert.Contains(
            "akkacrypto.streams.trades.batch-size: found 0, expected a whole number from 1 to 100000",
            errors.GetProperty("batch-size")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("did you mean", errors.GetProperty("batchsize")[0].GetString(), StringComparison.Ordinal);

        using var related = await api.SendAsync(HttpMethod.Patch, Trades, """{"restart":{"max-backoff":"1ms"}}""");
        var relation = (await ApiHost.ProblemAsync(related, HttpStatusCode.BadRequest, "invalid_request")).GetProperty("errors");
        Assert.Contains("at least min-backoff", relation.GetProperty("restart.max-backoff")[0].GetString(), StringComparison.Ordinal);

        Assert.Equal("false", (await api.SettingAsync("trades", "paused")).Value);
        Assert.Equal("4000", (await api.SettingAsync("trades", "batch-size")).Value);
        Assert.Equal(0L, await CountAsync(world));
    }

    [Fact]
    public async Task What_the_environment_sets_is_refused_with_the_variables_name()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        world.Variables["AKKACRYPTO__STREAMS__TRADES__PAUSED"] = "false";
        await using var api = await world.StartAsync();

        using var refused = await api.SendAsync(HttpMethod.Patch, Trades, """{"paused":true,"buffer":3}""");

        var errors = (await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request")).GetProperty("errors");
        Assert.Equal(
            "is set by the environment variable AKKACRYPTO__STREAMS__TRADES__PAUSED, which wins over PATCH: change it there",
            Assert.Single(errors.EnumerateObject()).Value[0].GetString());
        Assert.Equal("8", (await api.SettingAsync("trades", "buffer")).Value);
    }

    [Fact]
    public async Task A_pause_survives_a_restart_before_anybody_is_asked_and_a_variable_set_meanwhile_wins_and_is_shown()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using (var api = await world.StartAsync())
        {
            await api.ReadAsync(HttpMethod.Patch, Trades, """{"paused":true,"buffer":5}""");
            await Eventually.HoldsAsync(async () =>
            {
                api.Time.Advance(Tick);
                return (await FeedAsync(api)).GetProperty("state").GetString() == "paused";
            });
        }

        world.Variables["AKKACRYPTO__STREAMS__TRADES__BUFFER"] = "7";
        await using var restarted = await world.StartAsync();
        await Eventually.HoldsAsync(async () =>
        {
            restarted.Time.Advance(Tick);
            return (await FeedAsync(restarted)).GetProperty("state").GetString() == "paused";
        });

        Assert.Equal(0, (await FeedAsync(restarted)).GetProperty("requests").GetInt32());
        var settings = (await restarted.ReadAsync(HttpMethod.Get, Trades)).GetProperty("settings");
        Assert.Equal((7, 5, false), (
            settings.GetProperty("buffer").GetProperty("value").GetInt32(),
            settings.GetProperty("buffer").GetProperty("patch").GetProperty("value").GetInt32(),
            settings.GetProperty("buffer").GetProperty("patch").GetProperty("in_force").GetBoolean()));
        Assert.True(settings.GetProperty("paused").GetProperty("patch").GetProperty("in_force").GetBoolean());

        await restarted.ReadAsync(HttpMethod.Patch, Trades, """{"paused":null}""");
        await Eventually.HoldsAsync(async () =>
        {
            restarted.Time.Advance(Tick);
            return (await FeedAsync(restarted)).GetProperty("requests").GetInt32() > 0;
        });
    }

    [Fact]
    public async Task Another_node_follows_within_two_ticks_and_keeps_following()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var here = await world.StartAsync();
        await using var there = await world.StartAsync();
        foreach (var size in (int[])[11, 12])
        {
            await here.ReadAsync(HttpMethod.Patch, Trades, $$"""{"batch-size":{{size}}}""");
            await UntilAsync(there, "batch-size", $"{size}");
        }

        await there.ReadAsync(HttpMethod.Delete, Trades);
        await UntilAsync(here, "batch-size", "4000");
    }

    [Fact]
    public async Task Changes_at_the_same_time_on_two_nodes_do_not_lose_each_other()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var here = await world.StartAsync();
        await using var there = await world.StartAsync();
        (string Name, string Value)[] changes =
        [
            ("batch-size", "21"), ("buffer", "22"), ("parallelism", "23"), ("requests-per-second", "24"), ("flush-interval", "\"25ms\""),
            ("paused", "true"),
        ];

        await Task.WhenAll(changes.Select((change, i) => (i % 2 == 0 ? here : there).ReadAsync(
            HttpMethod.Patch, Trades, $$"""{"{{change.Name}}":{{change.Value}}}""")));

        foreach (var (name, value) in changes)
        {
            await UntilAsync(here, name, value);
            await UntilAsync(there, name, value);
        }
    }

    [Fact]
    public async Task An_edit_of_the_file_leaves_what_PATCH_laid_and_shows_through_where_it_laid_nothing()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var api = await world.StartAsync();
        await api.ReadAsync(HttpMethod.Patch, Trades, """{"batch-size":31}""");

        world.Edit("akkacrypto.streams.trades { batch-size = 32, buffer = 33 }");

        await UntilAsync(api, "buffer", "33");
        Assert.Equal("31", (await api.SettingAsync("trades", "batch-size")).Value);
        await api.ReadAsync(HttpMethod.Patch, Trades, """{"batch-size":null}""");
        Assert.Equal("32", (await api.SettingAsync("trades", "batch-size")).Value);
    }

    [Fact]
    public async Task A_kept_value_that_no_longer_holds_does_not_keep_the_service_from_starting_nor_undo_a_pause()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using (var database = TestDatabase.Open(world.Postgres))
        await using (var lay = database.CreateCommand(
            """
            INSERT INTO ops.stream_settings VALUES
                ('trades', 'batch-size', '1000000000', now(), 'root'), ('trades', 'paused', 'true', now(), 'root'),
                ('trades', 'gone', '1', now(), 'root')
            """))
        {
            await lay.ExecuteNonQueryAsync();
        }

        await using var api = await world.StartAsync();

        Assert.Equal(
            ("4000", "true"), ((await api.SettingAsync("trades", "batch-size")).Value, (await api.SettingAsync("trades", "paused")).Value));
        await api.ReadAsync(HttpMethod.Patch, Trades, """{"batch-size":41,"gone":null}""");
        Assert.Equal("41", (await api.SettingAsync("trades", "batch-size")).Value);
    }

    [Fact]
    public async Task Unknown_streams_are_404_and_garbage_is_400_and_never_a_500()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var api = await world.StartAsync();
        foreach (var (method, body) in ((HttpMethod, string?)[])
            [(HttpMethod.Get, null), (HttpMethod.Patch, "{}"), (HttpMethod.Delete, null)])
        {
            using var missing = await api.SendAsync(method, ConfiguredHost.Streams + "/nobody", body);
            await ApiHost.ProblemAsync(missing, HttpStatusCode.NotFound, "unknown_stream");
        }

        foreach (var body in (string[])
            [
                "", "[]", "5", "null", "{", "{\"buffer\":1}x", "{\"buffer\":\"\\ud800\"}", "{\"\\ud800\":1}", "{\"buffer\":\"\\u0000\"}",
                "{\"\":1}", "{\"a..b\":1}", "{\"restart\":5}", "{\"restart\":{}, \"buffer\":{}, \"restart.jitter\":2}",
                "{\"buffer\":1,\"buffer\":2}",
                "{\"restart\":{\"jitter\":0}, \"restart.jitter\":1}", "{\"buffer\":1e400}", "{\"buffer\":-1}", "{\"buffer\":1.5}",
                "{\"paused\":\"perhaps\"}", "{\"flush-interval\":-1}", "{\"buffer\":{\"deep\":1}}",
                "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}", $"{{\"{new string('a', 100_000)}\":1}}",
            ])
        {
            using var refused = await api.SendAsync(HttpMethod.Patch, Trades, body);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        }

        Assert.Equal(0L, await CountAsync(world));
        using var plain = await api.SendAsync(HttpMethod.Patch, Trades);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);
    }

    private static async Task<JsonElement> FeedAsync(ConfiguredHost api) =>
        (await api.ReadAsync(HttpMethod.Get, "/admin/feeds")).GetProperty("feeds")[0];

    /// <summary>Lets that host's clock tick until the setting has the value.</summary>
    private static Task UntilAsync(ConfiguredHost api, string name, string value) => Eventually.HoldsAsync(
        async () =>
        {
            api.Time.Advance(Tick);
            return (await api.SettingAsync("trades", name)).Value == value;
        },
        null, $"{name} is {value}");

    private static async Task<long> CountAsync(ConfiguredHost.World world)
    {
        await using var database = TestDatabase.Open(world.Postgres);
        await using var count = database.CreateCommand("SELECT count(*) FROM ops.stream_settings");
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
