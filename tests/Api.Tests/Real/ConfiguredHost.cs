using System.Net;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>
/// The whole service with its configuration as it is shipped, a file over it and environment variables of the test's own, on real servers.
/// Its one feed asks at an address where nobody answers.
/// </summary>
public sealed class ConfiguredHost : IAsyncDisposable
{
    public const string AdminKey = "an-admin-key";
    public const string Streams = "/admin/streams";

    private const string Settings = $$"""
        akkacrypto {
          node.roles = [api, feeds]
          http { host = "127.0.0.1", port = 0, shutdown-grace = 1s }
          auth.api-keys = [{ id = "root", key = "{{AdminKey}}", role = admin, tier = unlimited, tenant = test }]
          feeds = null, schedules = null, schedules {}
          feeds.coinone = ${akkacrypto.provider-defaults} { base-url = "http://127.0.0.1:1", attempts = 1, datasets {
            trades = ${akkacrypto.dataset-defaults} { stream = trades, every = 1s, pairs = [btc-krw] }
          } }
          streams.trades.batch-size = 4000
          streams.charts.paused = true
        }
        """;

    private readonly Composition _composition;
    private readonly HttpClient _client;

    private ConfiguredHost(Composition composition, WebApplication app) =>
        (_composition, _client) = (composition, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    public required FakeTimeProvider Time { get; init; }

    /// <summary>A world for hosts that share a database: what they are started with.</summary>
    public static async Task<World> NewWorldAsync(ServerFixture servers)
    {
        var folder = new TemporaryFolder();
        var world = new World(folder, await servers.NewDatabaseAsync(), await servers.NewRedisCacheAsync());
        world.Edit(Settings);
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _composition.DisposeAsync();
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Add("X-API-Key", AdminKey);
        request.Content = body is null ? null : ApiHost.Json(body);
        return _client.SendAsync(request);
    }

    /// <summary>The body of a 200.</summary>
    public async Task<JsonElement> ReadAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>One setting of a stream: its value as JSON, and its origin.</summary>
    public async Task<(string Value, string Origin)> SettingAsync(string stream, string name)
    {
        var setting = (await ReadAsync(HttpMethod.Get, $"{Streams}/{stream}")).GetProperty("settings");
        setting = name.Split('.').Aggregate(setting, (from, part) => from.GetProperty(part));
        return (setting.GetProperty("value").GetRawText(), setting.GetProperty("origin").GetString()!);
    }

    public sealed class World(TemporaryFolder folder, string postgres, string redis) : IDisposable
    {
        private readonly string _file = Path.Combine(folder.Path, "site.conf");

        public string Postgres => postgres;

        public string File => _file;

        /// <summary>Environment variables of hosts that start from here on.</summary>
        public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal)
        {
            ["Postgres__ConnectionString"] = postgres, ["Redis__State"] = redis, ["Redis__Cache"] = redis,
        };

        /// <summary>Writes the file of <c>--config</c>; <paramref name="more"/> over what every host has.</summary>
        public void Edit(string more) => System.IO.File.WriteAllText(_file, more == Settings ? Settings : $"{Settings}\n{more}");

        public async Task<ConfiguredHost> StartAsync()
        {
            var configuration = new ServiceConfiguration(
                new ServiceArguments("env", null, folder.Path, _file), new Dictionary<string, string>(Variables, StringComparer.Ordinal));
            var time = new FakeTimeProvider();
            var (composition, app) = await Composition.StartAsync(
                configuration.Load(), configuration, NullLoggerFactory.Instance, static _ => { }, time, CancellationToken.None);
            await app.StartAsync();
            return new ConfiguredHost(composition, app) { Time = time };
        }

        public void Dispose() => folder.Dispose();
    }
}
