using System.Net;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What the nodes of one service share.</summary>
/// <param name="Pepper">Of all nodes; null: none is set.</param>
public sealed record KeyCluster(string Postgres, string Redis, string? Pepper = KeyCluster.TestPepper)
{
    public const string TestPepper = "a pepper of the tests, long enough to be one";

    public static async Task<KeyCluster> NewAsync(ServerFixture servers) =>
        new(await servers.NewDatabaseAsync(), await servers.NewRedisStateAsync());

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var database = NpgsqlDataSource.Create(Postgres);
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }
}

/// <summary>One node as it is composed for production, on the servers of its cluster; only its clock is the test's.</summary>
public sealed class KeyNode : IAsyncDisposable
{
    public const string Keys = "/admin/keys";

    /// <summary>A route of the scope market:read without its parameters: 400 for whoever may ask.</summary>
    public const string Trades = "/trades";

    private readonly Composition _composition;
    private readonly WebApplication _app;

    private KeyNode(Composition composition, WebApplication app, Clock clock)
    {
        (_composition, _app, Clock) = (composition, app, clock);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public Clock Clock { get; }

    public HttpClient Client { get; }

    /// <summary>The routes that are mapped.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    public static async Task<KeyNode> StartAsync(
        KeyCluster cluster, Func<AkkaCryptoSettings, AkkaCryptoSettings>? change = null, ILoggerFactory? logs = null,
        Action<ILoggingBuilder>? logging = null, LogFiles? files = null)
    {
        var clock = new Clock();
        var settings = TestSettings.Create();
        settings = settings with
        {
            Node = new NodeSettings([NodeRole.Api]),
            OnDemand = settings.OnDemand with { Enabled = false },
            Auth = settings.Auth with
            {
                Keys = settings.Auth.Keys with { Pepper = cluster.Pepper, PollEvery = TimeSpan.FromMilliseconds(50) },
            },
            Quota = settings.Quota with { InvalidRequestsPerMinute = 100_000 },
            Postgres = settings.Postgres with { ConnectionString = cluster.Postgres },
            Redis = settings.Redis with { Cache = cluster.Redis, State = cluster.Redis },
        };
        var (composition, app) = await Composition.StartAsync(
            change?.Invoke(settings) ?? settings, null, logs ?? NullLoggerFactory.Instance, logging ?? (static _ => { }), clock,
            CancellationToken.None, files);
        await app.StartAsync();
        return new KeyNode(composition, app, clock);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _composition.DisposeAsync();
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key, string? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
        {
            Content = body is null ? null : ApiHost.Json(body),
        };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return Client.SendAsync(request);
    }

    /// <summary>200 for a key that may ask for trades, else the status of the refusal.</summary>
    public async Task<int> AskAsync(string key)
    {
        using var response = await SendAsync(HttpMethod.Get, Trades, key);
        return response.StatusCode == HttpStatusCode.BadRequest ? 200 : (int)response.StatusCode;
    }

    /// <summary>The body of an admin's request that is answered with 200 or 201.</summary>
    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, TestSettings.AdminKey, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<(string Id, string Key)> CreateAsync(string more = "", string tier = "large")
    {
        var made = await AdminAsync(HttpMethod.Post, Keys, $$"""{"name":"test","tenant":"acme","tier":"{{tier}}"{{more}}}""");
        return (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
    }

    public Task<JsonElement> RevokeAsync(string id) => AdminAsync(HttpMethod.Delete, $"{Keys}/{id}");

    public async Task<string> RotateAsync(string id, string body = "{}") =>
        (await AdminAsync(HttpMethod.Post, $"{Keys}/{id}/rotate", body)).GetProperty("key").GetString()!;
}
