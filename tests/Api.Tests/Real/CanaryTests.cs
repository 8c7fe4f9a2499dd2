using System.Text;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging;
using Npgsql;
using Serilog;
using StackExchange.Redis;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>A key, wherever a caller puts it, is found again nowhere.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CanaryTests(ServerFixture servers)
{
    [Fact]
    public async Task No_log_error_row_audit_or_Redis_key_holds_a_key_or_a_token()
    {
        using var folder = new TemporaryFolder();
        var cluster = await KeyCluster.NewAsync(servers);
        var answers = new StringBuilder();
        var canaries = new List<string> { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-signature" };
        var settings = TestSettings.Create();
        settings = settings with { DataDir = folder.Path, Logging = settings.Logging with { Level = "verbose" } };
        await using (var logs = ServiceLogs.Create(settings, new Clock()))
        {
            using var factory = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddSerilog(logs.Logger));
            await using var node = await KeyNode.StartAsync(
                cluster, given => given with { Logging = settings.Logging }, factory,
                builder => builder.AddSerilog(logs.Logger), logs.Files);
            var (id, first) = await node.CreateAsync();
            var second = await node.RotateAsync(id);
            var (gone, revoked) = await node.CreateAsync();
            await node.RevokeAsync(gone);
            canaries.AddRange([first, second, revoked, second[..^1], "ak_demo_" + new string('c', 43) + "_canary"]);
            foreach (var canary in canaries)
            {
                await AskEverywhereAsync(node, canary, answers);
            }

            await node.AdminAsync(HttpMethod.Get, KeyNode.Keys + "?tenant=acme");
            answers.Append(await node.AdminAsync(HttpMethod.Get, KeyNode.Keys));
            answers.Append(await node.AdminAsync(HttpMethod.Get, "/admin/audit"));
        }

        var kept = new Dictionary<string, string>
        {
            ["an answer"] = answers.ToString(),
            ["the database"] = await RowsAsync(cluster),
            ["Redis"] = await RedisAsync(cluster),
            ["the log"] = string.Concat(Directory.GetFiles(folder.Path, "*.ndjson", SearchOption.AllDirectories).Select(File.ReadAllText)),
        };
        Assert.Contains("/trades", kept["the log"], StringComparison.Ordinal);
        Assert.Contains("keys.rotate", kept["the database"], StringComparison.Ordinal);
        foreach (var (place, text) in kept)
        {
            Assert.All(canaries.Select(Core), canary => Assert.False(
                text.Contains(canary, StringComparison.OrdinalIgnoreCase), $"{place} holds {canary}"));
        }
    }

    /// <summary>The part that nothing else has.</summary>
    private static string Core(string canary) => canary.Contains('.') ? canary.Split('.')[2] : canary.Split('_')[2];

    private static async Task AskEverywhereAsync(KeyNode node, string canary, StringBuilder answers)
    {
        foreach (var (header, value, path) in ((string, string, string)[])
            [
                ("X-API-Key", canary, "/trades"), ("Authorization", "Bearer " + canary, "/trades"),
                ("Authorization", "Basic " + canary, "/trades"), ("x-cg-pro-api-key", canary, "/api/v3/coins/list"),
                ("X-Nothing", "", "/api/v3/coins/list?x_cg_demo_api_key=" + canary),
                ("X-API-Key", "another", "/api/v3/simple/price?ids=bitcoin&x_cg_pro_api_key=" + canary),
                ("X-API-Key", TestSettings.UserKey, "/trades?x_cg_demo_api_key=" + canary),
                ("X-API-Key", TestSettings.AdminKey, KeyNode.Keys + "/" + canary),
                ("X-API-Key", TestSettings.AdminKey, "/no/such/" + canary),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await node.Client.SendAsync(request);
            answers.Append(response.Headers).Append(await response.Content.ReadAsStringAsync());
        }
    }

    private static async Task<string> RowsAsync(KeyCluster cluster)
    {
        await using var database = NpgsqlDataSource.Create(cluster.Postgres);
        await using var command = database.CreateCommand(
            """
            SELECT string_agg(query_to_xml(format('SELECT * FROM %I.%I', schemaname, tablename), true, false, '')::text, '')
            FROM pg_tables WHERE schemaname IN ('market', 'onchain', 'ledger', 'auth', 'ops')
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string> RedisAsync(KeyCluster cluster)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Redis + ",allowAdmin=true");
        var (server, database) = (redis.GetServer(redis.GetEndPoints()[0]), redis.GetDatabase());
        var text = new StringBuilder();
        foreach (var key in server.Keys(database.Database))
        {
            text.Append(key);
            if (await database.KeyTypeAsync(key) == RedisType.String)
            {
                text.Append(await database.StringGetAsync(key));
            }
        }

        return text.ToString();
    }
}
