using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using Serilog;

namespace AkkaCrypto.Api.Tests;

public sealed class LogTests
{
    [Fact]
    public async Task The_log_is_a_JSON_line_a_request_with_route_status_key_id_and_trace_and_no_secret_or_query()
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-log-tests");
        var settings = TestSettings.Create() with { DataDir = folder.FullName };
        settings = settings with { Logging = settings.Logging with { Level = "debug" } };
        var traceId = "";
        await using (var log = Logs.Create(settings))
        {
            await using var api = await ApiHost.StartAsync(_ => settings, logging => logging.AddSerilog(log));
            using var served = await api.GetAsync("/simple_price?assets=bitcoin&currencies=usd");
            using var notReady = await api.GetAsync("/readyz", key: null);
            using var unauthorized = await api.GetAsync("/simple_price?assets=secret-query", "secret-wrong-key");
            api.Reads.Trouble = new InvalidOperationException("a bug in the reads");
            using var failed = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
            traceId = (await ApiHost.ProblemAsync(failed, System.Net.HttpStatusCode.InternalServerError, "internal_error"))
                .GetProperty("traceId").GetString()!;
        }

        var file = Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "logs"), "akkacrypto-*.json"));
        var text = await File.ReadAllTextAsync(file);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        folder.Delete(recursive: true);

        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestSettings.UserKey, text, StringComparison.Ordinal);
        var requests = lines.Where(line => line.GetProperty("Properties").TryGetProperty("Status", out _)).ToList();
        Assert.Equal([(200, "Debug"), (503, "Debug"), (401, "Information"), (500, "Warning")], requests.Select(
            line => (line.GetProperty("Properties").GetProperty("Status").GetInt32(), line.GetProperty("Level").GetString()!)));
        Assert.Equal("demo", requests[0].GetProperty("Properties").GetProperty("Key").GetString());
        Assert.Equal("/simple_price", requests[0].GetProperty("Properties").GetProperty("Route").GetString());
        var bug = Assert.Single(lines, line => line.GetProperty("Level").GetString() == "Error");
        Assert.Contains("a bug in the reads", bug.GetProperty("Exception").GetString(), StringComparison.Ordinal);
        Assert.Equal(traceId, bug.GetProperty("Properties").GetProperty("TraceId").GetString());
    }
}
