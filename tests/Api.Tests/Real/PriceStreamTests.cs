using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary><c>/stream/prices</c>, and what every stream of events has: its places, its comments, its end.</summary>
[Collection(ServerFixture.Collection)]
public sealed class PriceStreamTests(ServerFixture servers)
{
    private const string Path = "/stream/prices?assets=bitcoin&currencies=usd,krw";
    private const string Trades = "/stream/trades?exchange=coinone&pair=btc-krw";

    [Fact]
    public async Task The_newest_price_of_each_series_comes_first_and_then_each_that_becomes_it()
    {
        await using var api = await RealHost.StartAsync(servers);
        await WriteAsync(api, "usd", 1, 1);
        await WriteAsync(api, "usd", 2, 2);
        using var client = await EventClient.FollowAsync(api, Path);
        Assert.Equal(["usd 2"], await ShownAsync(client, 1));
        await WriteAsync(api, "krw", 3, 3);
        await WriteAsync(api, "usd", 9, 1); // late: never goes back
        await WriteAsync(api, "eur", 5, 5);
        await WriteAsync(api, "usd", 4, 4);
        var shown = await client.TakeAsync(2);
        Assert.Equal(["krw 3", "usd 4"], shown.Select(Text));
        Assert.Equal("price", shown[0].Name);
        Assert.Equal(
            """{"kind":"price","asset":"bitcoin","currency":"krw","price":"3","market_cap":null,"volume_24h":null,"change_24h":null,"time":"2026-01-31T12:00:03.000Z"}""",
            shown[0].Data);
    }

    [Fact]
    public async Task Who_comes_back_gets_of_each_series_the_newest_that_it_has_not_seen()
    {
        await using var first = await RealHost.StartAsync(servers);
        string last;
        using (var client = await EventClient.FollowAsync(first, Path))
        {
            await WriteAsync(first, "usd", 1, 1);
            last = (await client.TakeAsync(1))[0].Id!;
        }

        await using var second = await RealHost.StartAsync(servers, beside: first);
        for (var n = 2; n < 50; n++)
        {
            await WriteAsync(first, "krw", n, n);
        }

        using var again = await EventClient.FollowAsync(second, Path, last);
        Assert.Equal("krw 49", await UntilAsync(again, "krw 49"));
        await WriteAsync(first, "usd", 50, 50);
        Assert.Equal(["usd 50"], await ShownAsync(again, 1));
    }

    [Fact]
    public async Task An_id_that_means_nothing_here_is_told_as_missed_with_where_the_prices_are()
    {
        await using var api = await RealHost.StartAsync(servers);
        await WriteAsync(api, "usd", 1, 1);
        await WriteAsync(api, "krw", 1, 1);
        using var client = await EventClient.FollowAsync(api, Path, "123456789.0.1769860700000");
        var shown = await client.TakeAsync(3);
        Assert.Equal(["missed", "price", "price"], shown.Select(one => one.Name));
        Assert.Equal(("2026-01-31T11:58:20.000Z", "2026-01-31T12:00:00.000Z"), (shown[0].Field("from"), shown[0].Field("to")));
        var prices = JsonDocument.Parse(await api.ReadAsync(shown[0].Field("url"))).RootElement;
        Assert.Equal(1, prices.GetProperty("bitcoin").GetProperty("krw").GetProperty("price").GetInt32());
    }

    [Fact]
    public async Task Unknown_series_are_refused()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var asset = await api.GetAsync("/stream/prices?assets=bitcoin,doge&currencies=usd");
        await ApiHost.ProblemAsync(asset, HttpStatusCode.NotFound, "unknown_asset");
        using var currency = await api.GetAsync("/stream/prices?assets=bitcoin&currencies=gbp");
        await ApiHost.ProblemAsync(currency, HttpStatusCode.NotFound, "unknown_currency");
    }

    [Fact]
    public async Task A_quiet_stream_is_commented_and_goes_on()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var client = await EventClient.FollowAsync(api, Trades);
        for (var n = 0; n < 3; n++)
        {
            api.Clock.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal(new ShownEvent(null, "comment", ""), await client.NextAsync());
        }

        await api.AddTradesAsync(("a", TimeSpan.Zero));
        Assert.Equal("a", (await client.NextAsync())!.Field("trade_id"));
    }

    [Fact]
    public async Task Streams_are_bounded_in_all_and_by_key_and_a_place_that_is_left_is_free_again()
    {
        await using var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Streaming = settings.Streaming with { MaxClients = 3, MaxClientsPerKey = 2 },
        });
        using var first = await EventClient.FollowAsync(api, Trades);
        using var second = await EventClient.FollowAsync(api, Path);
        using (var refused = await EventClient.OpenAsync(api, Trades))
        {
            await ApiHost.ProblemAsync(refused.Response, HttpStatusCode.ServiceUnavailable, "overloaded");
            Assert.NotNull(refused.Response.Headers.RetryAfter);
        }

        using var admin = await EventClient.OpenAsync(api, Trades, key: TestSettings.AdminKey);
        Assert.Equal(HttpStatusCode.OK, admin.Response.StatusCode);
        using (var refused = await EventClient.OpenAsync(api, Trades, key: TestSettings.AdminKey))
        {
            await ApiHost.ProblemAsync(refused.Response, HttpStatusCode.ServiceUnavailable, "overloaded");
        }

        first.Dispose();
        await Eventually.HoldsAsync(async () =>
        {
            using var again = await EventClient.OpenAsync(api, Trades);
            return again.Response.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_stop_ends_every_stream_with_a_hint_when_to_come_back()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var prices = await EventClient.FollowAsync(api, Path);
        using var trades = await EventClient.FollowAsync(api, Trades);
        var stopping = api.DisposeAsync().AsTask();
        foreach (var client in (EventClient[])[prices, trades])
        {
            var last = await client.NextAsync();
            Assert.Equal("retry", last!.Name);
            Assert.InRange(int.Parse(last.Data, System.Globalization.CultureInfo.InvariantCulture), 2000, 4000);
            Assert.Null(await client.NextAsync());
        }

        await stopping.Within("the service has stopped");
    }

    [Fact]
    public async Task A_stream_ends_with_the_key_that_opened_it()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var ((id, key), (_, other)) = (await node.CreateAsync(), await node.CreateAsync());
        using var revoked = await EventClient.OpenAsync(node.Client.BaseAddress!, Trades, key: key);
        using var kept = await EventClient.OpenAsync(node.Client.BaseAddress!, Trades, key: other);
        Assert.Equal(("retry", "retry"), ((await revoked.NextAsync())!.Name, (await kept.NextAsync())!.Name));

        await node.RevokeAsync(id);

        Assert.Equal(new ShownEvent(null, "comment", "the key or token is no longer valid"), await revoked.NextAsync());
        Assert.Null(await revoked.NextAsync());
        node.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(new ShownEvent(null, "comment", ""), await kept.NextAsync());
    }

    [Fact]
    public async Task A_stream_ends_when_the_token_that_opened_it_expires_and_not_before()
    {
        const string Secret = "a secret of the tests with more than 32 bytes";
        await using var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Auth = settings.Auth with
            {
                Jwt = settings.Auth.Jwt with
                {
                    Issuer = "issuer", Audience = "akkacrypto", Secret = Secret, DefaultTier = "large",
                    ClockSkew = TimeSpan.FromSeconds(10),
                },
            },
        });
        using var client = await EventClient.OpenAsync(
            api.Client.BaseAddress!, Trades, token: Token(Secret, Clock.Start.AddMinutes(1)));
        Assert.Equal("retry", (await client.NextAsync())!.Name);

        api.Clock.Advance(TimeSpan.FromSeconds(69));
        Assert.Equal(new ShownEvent(null, "comment", ""), await client.NextAsync());
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new ShownEvent(null, "comment", "the key or token is no longer valid"), await client.NextAsync());
        Assert.Null(await client.NextAsync());
    }

    private static string Token(string secret, DateTimeOffset expires) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
        .CreateToken(
            $$"""{"sub":"alice","role":"user","iss":"issuer","aud":"akkacrypto","exp":{{expires.ToUnixTimeSeconds()}}}""",
            new SigningCredentials(new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(secret)), "HS256"));

    [Fact]
    public async Task Streams_go_on_while_redis_is_away_and_lose_and_double_nothing()
    {
        var end = StackExchange.Redis.ConfigurationOptions.Parse((await servers.Servers).RedisCache!).EndPoints[0];
        var (host, port) = end is IPEndPoint ip ? (ip.Address.ToString(), ip.Port) : ("127.0.0.1", ((DnsEndPoint)end).Port);
        await using var way = new TcpForwarder(host, port);
        await using var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Redis = settings.Redis with { Cache = $"127.0.0.1:{way.Port}", State = $"127.0.0.1:{way.Port}" },
        });
        using var client = await EventClient.FollowAsync(api, Trades);
        await api.AddTradesAsync(("a", TimeSpan.FromSeconds(3)));
        await way.CutAsync();
        await api.AddTradesAsync(("b", TimeSpan.FromSeconds(2)));
        Assert.Equal(["a", "b"], (await client.TakeAsync(2)).Select(trade => trade.Field("trade_id")));
        way.Mend();
        await api.AddTradesAsync(("c", TimeSpan.FromSeconds(1)));
        Assert.Equal(["c"], (await client.TakeAsync(1)).Select(trade => trade.Field("trade_id")));
    }

    private static string Text(ShownEvent price) => $"{price.Field("currency")} {price.Field("price")}";

    private static async Task<IEnumerable<string>> ShownAsync(EventClient client, int count) =>
        (await client.TakeAsync(count)).Select(Text);

    private static async Task<string> UntilAsync(EventClient client, string wanted)
    {
        string shown;
        do
        {
            shown = Text((await client.TakeAsync(1))[0]);
        }
        while (shown != wanted);
        return shown;
    }

    private static Task WriteAsync(RealHost api, string currency, int price, int second) => api.Prices.AppendAsync(
        [new AssetPrice("bitcoin", currency, price, null, null, null, ProviderTime.From(Clock.Start.AddSeconds(second), 3))],
        Clock.Start, [], default);
}
