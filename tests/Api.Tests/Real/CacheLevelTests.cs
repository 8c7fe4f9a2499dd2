using System.Diagnostics;
using System.Net;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Memory, then Redis, then PostgreSQL: what each level serves, and what remains when one of them is away.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CacheLevelTests(ServerFixture servers)
{
    private const string Price = "/simple_price?assets=bitcoin&currencies=usd";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily";
    private static readonly TimeSpan PastMemory = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task A_read_fills_Redis_and_each_level_answers_until_its_time_is_over()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.AddChartAsync("daily", (Clock.Start, 1m));
        foreach (var (path, key, seconds) in ((string, string, int)[])[
            (Price, "price:bitcoin:usd:latest", 60), (Chart, "chart:bitcoin:usd:daily:30", 55)])
        {
            Assert.Contains("\"price\":1,", await api.ReadAsync(path), StringComparison.Ordinal);
            Assert.InRange((await api.Redis.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(seconds));
        }

        api.Clock.Advance(TimeSpan.FromMilliseconds(500));
        await api.AddPriceAsync("bitcoin", "usd", 2m);
        await api.AddChartAsync("daily", (api.Clock.GetUtcNow(), 2m));
        await api.Redis.KeyDeleteAsync(["price:bitcoin:usd:latest", "chart:bitcoin:usd:daily:30"]);
        foreach (var path in (string[])[Price, Chart])
        {
            Assert.Contains("\"price\":1,", await api.ReadAsync(path), StringComparison.Ordinal);
        }

        api.Clock.Advance(PastMemory);
        foreach (var path in (string[])[Price, Chart])
        {
            Assert.Contains("\"price\":2,", await api.ReadAsync(path), StringComparison.Ordinal);
        }

        await using var emptied = api.Database.CreateCommand("DELETE FROM market.simple_prices; DELETE FROM market.chart_points");
        await emptied.ExecuteNonQueryAsync();
        api.Clock.Advance(PastMemory);
        foreach (var path in (string[])[Price, Chart])
        {
            Assert.Contains("\"price\":2,", await api.ReadAsync(path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_does_not_belong_under_a_key_is_read_past_and_replaced()
    {
        string[] values = ["", "nonsense", """{"kind":"price","asset":"ethereum","currency":"usd"}""", "99999999999999999999 1\n{}", "1 1\n{}"];
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.AddChartAsync("daily", (Clock.Start, 1m));
        (string Path, string Key)[] keys = [(Price, "price:bitcoin:usd:latest"), (Chart, "chart:bitcoin:usd:daily:30")];
        foreach (var (value, (path, key)) in values.SelectMany(value => keys.Select(key => (value, key))))
        {
            await api.Redis.StringSetAsync(key, value);
            api.Clock.Advance(PastMemory);
            Assert.Contains("\"price\":1,", await api.ReadAsync(path), StringComparison.Ordinal);
            Assert.NotEqual(value, (string?)await api.Redis.StringGetAsync(key));
        }
    }

    [Fact]
    public async Task While_Redis_stands_still_reads_come_from_Postgres_and_afterwards_from_Redis_again()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.AddChartAsync("daily", (Clock.Start, 1m));
        var redis = (await servers.Servers).Processes.Single(server => server.Kind == ServerKind.RedisCache).Pid!.Value;
        Assert.True(Signals.Send("STOP", redis));
        try
        {
            foreach (var path in (string[])[Price, Chart])
            {
                // A deadline of 500 ms for the call to Redis, and everything after it is skipped; bounded by the request's own deadline
                // here.
                Assert.Contains("\"price\":1,", await api.ReadAsync(path).Within("an answer without Redis"), StringComparison.Ordinal);
            }
        }
        finally
        {
            Assert.True(Signals.Send("CONT", redis));
        }

        await Eventually.HoldsAsync(async () =>
        {
            api.Clock.Advance(TimeSpan.FromSeconds(2));
            await api.ReadAsync(Price);
            return await api.Redis.KeyExistsAsync("price:bitcoin:usd:latest");
        });
    }

    [Fact]
    public async Task Without_Postgres_cached_reads_go_on_with_their_age_the_rest_is_503_and_all_heals()
    {
        var (host, forwarder) = await StartBehindForwarderAsync(settings => settings);
        await using var _ = forwarder;
        await using var api = host;
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.AddTradesAsync(("t1", TimeSpan.Zero));
        await api.ReadAsync(Price);
        await forwarder.CutAsync();
        api.Clock.Advance(TimeSpan.FromSeconds(30));

        using var cached = await api.GetAsync(Price);
        Assert.Equal((HttpStatusCode.OK, TimeSpan.FromSeconds(30)), (cached.StatusCode, cached.Headers.Age));
        foreach (var path in (string[])[
            "/trades?exchange=coinone&pair=btc-krw", Chart, "/simple_price?assets=ethereum&currencies=usd", "/readyz"])
        {
            using var refused = await api.GetAsync(path);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable, path == "/readyz" ? "not_ready" : "unavailable");
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        using var posted = await api.PostAsync("trades", "btc-krw", """
            {"result":"success","error_code":"0","quote_currency":"KRW","target_currency":"BTC","transactions":[
            {"id":"1","timestamp":1769860799000,"price":"1","qty":"1","is_seller_maker":true}]}
            """);
        await ApiHost.ProblemAsync(posted, HttpStatusCode.ServiceUnavailable, "unavailable");

        forwarder.Mend();
        await Eventually.HoldsAsync(async () =>
        {
            using var served = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
            return served.StatusCode == HttpStatusCode.OK;
        });
        Assert.Equal(1, await api.ScalarAsync<long>("SELECT count(*) FROM market.trades"));
    }

    [Fact]
    public async Task While_Postgres_stands_still_what_memory_has_goes_on_up_to_its_age_limit_and_the_rest_is_refused_at_once()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.ReadAsync(Price);
        await api.Redis.KeyDeleteAsync("price:bitcoin:usd:latest");
        var postgres = (await servers.Servers).Processes.Single(server => server.Kind == ServerKind.Postgres).Pid!.Value;
        var all = await Signals.StopWithChildrenAsync(postgres);
        try
        {
            using var first = await api.GetAsync(Chart).Within("a refusal without a database");
            await ApiHost.ProblemAsync(first, HttpStatusCode.ServiceUnavailable, "unavailable");
            api.Clock.Advance(TimeSpan.FromMinutes(2));

            using var cached = await api.GetAsync(Price);
            Assert.Equal((HttpStatusCode.OK, TimeSpan.FromMinutes(2)), (cached.StatusCode, cached.Headers.Age));
            using var refused = await api.GetAsync(Chart);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.NotNull(refused.Headers.RetryAfter);

            api.Clock.Advance(TimeSpan.FromMinutes(4));
            using var stale = await api.GetAsync(Price);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, stale.StatusCode);
        }
        finally
        {
            Assert.True(Signals.Send("CONT", all));
        }

        await api.AddPriceAsync("bitcoin", "usd", 3m);
        await Eventually.HoldsAsync(async () =>
        {
            using var served = await api.GetAsync(Price);
            return served.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task When_Postgres_is_killed_what_memory_has_goes_on_the_rest_is_refused_and_its_restart_heals_all()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.AddChartAsync("daily", (Clock.Start, 1m));
        await api.ReadAsync(Price);
        var running = await servers.Servers;
        var postgres = running.Processes.Single(server => server.Kind == ServerKind.Postgres).Pid!.Value;
        Assert.True(Signals.Send("KILL", await Signals.StopWithChildrenAsync(postgres)));
        var restarted = running.WhenRestartedAsync(ServerKind.Postgres, postgres, CancellationToken.None);
        // Bounded, so that the server has the machine to come back.
        for (var round = 0; round < 50 && !restarted.IsCompleted; round++)
        {
            await api.ReadAsync(Price);
            using var read = await api.GetAsync(Chart).Within("an answer without a database");
            if (read.StatusCode != HttpStatusCode.OK)
            {
                await ApiHost.ProblemAsync(read, HttpStatusCode.ServiceUnavailable, "unavailable");
                Assert.NotNull(read.Headers.RetryAfter);
            }
        }

        await restarted;
        await Eventually.HoldsAsync(async () =>
        {
            using var served = await api.GetAsync(Chart);
            return served.StatusCode == HttpStatusCode.OK;
        });
        Assert.Contains("\"price\":1,", await api.ReadAsync(Chart), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_its_age_limit_a_cached_price_is_refused_and_not_served_in_silence()
    {
        var (host, forwarder) = await StartBehindForwarderAsync(settings => settings);
        await using var _ = forwarder;
        await using var api = host;
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        await api.ReadAsync(Price);
        await forwarder.CutAsync();
        api.Clock.Advance(TimeSpan.FromMinutes(6));
        using var refused = await api.GetAsync(Price);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Two_hundred_identical_misses_are_one_read_of_the_database()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1m);
        var database = new NpgsqlConnectionStringBuilder(api.Database.ConnectionString).Database!;
        using var statements = new StatementCounter("FROM market.simple_prices");

        // The table is locked until all are under way, so none of them can be answered from memory by an earlier one.
        await using var held = await HeldLock.TakeAsync(api.Database, "LOCK TABLE market.simple_prices IN ACCESS EXCLUSIVE MODE");
        var reads = Enumerable.Range(0, 200).Select(_ => api.ReadAsync(Price)).ToList();
        await Eventually.HoldsAsync(async () => await api.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", database) > 0);
        await held.LetAsync();
        var bodies = await Task.WhenAll(reads);
        Assert.Single(bodies.Distinct());
        Assert.Equal(1, statements.Count);
    }

    private async Task<(RealHost Api, TcpForwarder Forwarder)> StartBehindForwarderAsync(
        Func<Contracts.Settings.AkkaCryptoSettings, Contracts.Settings.AkkaCryptoSettings> change)
    {
        TcpForwarder? forwarder = null;
        var api = await RealHost.StartAsync(servers, settings =>
        {
            var connection = new NpgsqlConnectionStringBuilder(settings.Postgres.ConnectionString);
            forwarder = new TcpForwarder(connection.Host!, connection.Port);
            (connection.Host, connection.Port) = ("127.0.0.1", forwarder.Port);
            return change(settings with { Postgres = settings.Postgres with { ConnectionString = connection.ConnectionString } });
        });
        return (api, forwarder!);
    }
}
