using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging;
using Serilog;

namespace AkkaCrypto.Api.Tests.Logs;

public sealed class LogExportTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clock _clock = new();
    private ServiceLogs _logs = null!;
    private ApiHost _api = null!;

    public async Task InitializeAsync()
    {
        var settings = TestSettings.Create() with { DataDir = _folder.Path };
        _logs = ServiceLogs.Create(settings, _clock);
        _api = await ApiHost.StartAsync(_ => settings, logging => logging.AddSerilog(_logs.Logger), _logs.Files);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _logs.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_request_is_a_line_with_time_level_trace_key_route_and_outcome_and_no_secret_or_query()
    {
        using var served = await _api.GetAsync("/simple_price?assets=bitcoin&currencies=usd");
        using var unauthorized = await _api.GetAsync("/simple_price?assets=secret-query", "secret-wrong-key");
        using var invalid = await _api.GetAsync("/trades?exchange=secret!");
        using var nowhere = await _api.GetAsync("/secret-path");
        _api.Reads.Trouble = new InvalidOperationException("a bug in the reads");
        using var failed = await _api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        var traceId = (await ApiHost.ProblemAsync(failed, HttpStatusCode.InternalServerError, "internal_error"))
            .GetProperty("traceId").GetString();

        var (text, lines) = await ExportAsync();
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestSettings.UserKey, text, StringComparison.Ordinal);
        var requests = lines.Where(line => line.GetProperty("kind").GetString() == "request").ToList();
        Assert.Equal(
            [
                ("GET", "/simple_price", 200, "served", "information", "demo"),
                ("GET", "/simple_price", 401, "refused", "information", null),
                ("GET", "/trades", 400, "refused", "information", "demo"),
                ("GET", null, 404, "refused", "information", "demo"),
                ("GET", "/trades", 500, "failed", "warning", "demo"),
            ],
            requests.Select(line => (
                line.GetProperty("method").GetString(), line.GetProperty("route").GetString(), line.GetProperty("status").GetInt32(),
                line.GetProperty("outcome").GetString(), line.GetProperty("level").GetString(), line.GetProperty("key_id").GetString())));
        Assert.Equal("2026-01-31T12:00:00.000Z", requests[0].GetProperty("time").GetString());
        Assert.Equal(traceId, requests[^1].GetProperty("trace_id").GetString());
        var bug = Assert.Single(lines, line => line.GetProperty("level").GetString() == "error");
        Assert.Contains("a bug in the reads", bug.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.Equal(traceId, bug.GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task An_export_is_itself_in_the_log_with_who_asked_for_what()
    {
        _ = await ExportAsync("level=warning&from=2026-01-01T00:00:00Z");
        var (_, lines) = await ExportAsync();
        var said = Assert.Single(lines, line => line.GetProperty("kind").GetString() == "admin");
        Assert.Equal("demo-admin", said.GetProperty("key_id").GetString());
        Assert.Equal("/logs/export", said.GetProperty("route").GetString());
        Assert.Equal(0, said.GetProperty("lines").GetInt64());
        Assert.Equal("2026-01-01T00:00:00.000Z", said.GetProperty("from").GetString());
        Assert.Equal("warning", said.GetProperty("level").GetString());
    }

    [Fact]
    public async Task Lines_are_chosen_by_level_and_by_time_over_live_and_rotated_files()
    {
        for (var day = 1; day <= 3; day++)
        {
            _logs.Logger.Write(new Serilog.Events.LogEvent(
                Clock.Start.AddDays(day - 1), Serilog.Events.LogEventLevel.Information, null,
                new Serilog.Parsing.MessageTemplateParser().Parse("day " + day), []));
            _logs.Logger.Write(new Serilog.Events.LogEvent(
                Clock.Start.AddDays(day - 1), Serilog.Events.LogEventLevel.Error, null,
                new Serilog.Parsing.MessageTemplateParser().Parse("trouble of day " + day), []));
            await _logs.Files.FlushAsync(CancellationToken.None);
            _clock.Advance(TimeSpan.FromDays(1));
        }

        string[] all = ["day 1", "trouble of day 1", "day 2", "trouble of day 2", "day 3", "trouble of day 3"];
        Assert.Equal(all, await MessagesAsync(""));
        Assert.Equal(["trouble of day 1", "trouble of day 2", "trouble of day 3"], await MessagesAsync("level=error"));
        Assert.Equal(all[2..4], await MessagesAsync("from=2026-02-01T12:00:00Z&to=2026-02-02T12:00:00Z"));
        Assert.Equal(all[..2], await MessagesAsync("to=1769947200"));
        Assert.True(LogArchive.FilesIn(_logs.Files.Folder).Count >= 3, "a new file each UTC day");
    }

    [Theory]
    [InlineData("level=loud", "level")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    [InlineData("limit=3", "limit")]
    public async Task A_wrong_parameter_is_named(string query, string field)
    {
        using var refused = await _api.GetAsync("/logs/export?" + query, TestSettings.AdminKey);
        var problem = await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task An_export_for_which_there_is_no_place_waits_until_another_ends()
    {
        // More than fits on the way to clients that don't read.
        var random = new Random(7);
        var text = new byte[30_000];
        for (var line = 0; line < 600; line++)
        {
            random.NextBytes(text);
            _logs.Logger.Information("{Text}", Convert.ToBase64String(text));
            await (line % 100 == 0 ? _logs.Files.FlushAsync(CancellationToken.None) : Task.CompletedTask);
        }

        var held = new List<HttpResponseMessage>();
        for (var place = 0; place < 4; place++)
        {
            held.Add(await OpenAsync());
        }

        var waiting = OpenAsync();
        await held[0].Content.CopyToAsync(Stream.Null);
        using var served = await waiting;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        held.ForEach(response => response.Dispose());
    }

    [Fact]
    public async Task An_export_of_nothing_is_a_whole_gzip_file_too()
    {
        using var response = await _api.GetAsync("/logs/export?to=2001-01-01T00:00:00Z", TestSettings.AdminKey);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal([0x1f, 0x8b], bytes[..2]);
        await using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        Assert.Equal(-1, gzip.ReadByte());
    }

    [Fact]
    public async Task Only_an_admin_may_export()
    {
        using var forbidden = await _api.GetAsync("/logs/export");
        await ApiHost.ProblemAsync(forbidden, HttpStatusCode.Forbidden, "forbidden");
        using var unauthorized = await _api.GetAsync("/logs/export", key: null);
        await ApiHost.ProblemAsync(unauthorized, HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Who_accepts_gzip_is_told_of_an_encoding_and_anybody_else_gets_a_gzip_file()
    {
        using var file = await _api.GetAsync("/logs/export", TestSettings.AdminKey);
        Assert.Equal("application/gzip", file.Content.Headers.ContentType?.ToString());
        Assert.Empty(file.Content.Headers.ContentEncoding);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/logs/export", UriKind.Relative));
        request.Headers.Add("X-API-Key", TestSettings.AdminKey);
        request.Headers.Add("Accept-Encoding", "gzip");
        using var encoded = await _api.Client.SendAsync(request);
        Assert.Equal("application/x-ndjson", encoded.Content.Headers.ContentType?.ToString());
        Assert.Equal(["gzip"], encoded.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task What_looks_like_a_secret_in_somebody_elses_words_is_hidden()
    {
        string[] canaries =
        [
            "ak_live_CANARY0canary1canary2_9f8e7d", "eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOjF9.CANARYsignature",
            "Host=db;Password=CANARYpassword;", "https://provider/x?x_cg_demo_api_key=CANARYquery", "Authorization: Bearer CANARYbearer",
            """{"api_key":"CANARYjson"}""",
        ];
        foreach (var canary in canaries)
        {
            _logs.Logger.Error(new InvalidOperationException("refused: " + canary), "A provider said {What}", canary);
        }

        var (text, lines) = await ExportAsync();
        Assert.Equal(canaries.Length, lines.Count(line => line.GetProperty("level").GetString() == "error"));
        Assert.DoesNotContain("CANARY", text, StringComparison.Ordinal);
    }

    /// <summary>An export that its client doesn't read yet.</summary>
    private async Task<HttpResponseMessage> OpenAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/logs/export", UriKind.Relative));
        request.Headers.Add("X-API-Key", TestSettings.AdminKey);
        return await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<string[]> MessagesAsync(string query)
    {
        var (_, lines) = await ExportAsync(query);
        return [.. lines.Where(line => line.GetProperty("kind").GetString() == "worker")
            .Select(line => line.GetProperty("message").GetString()!)];
    }

    private async Task<(string Text, List<JsonElement> Lines)> ExportAsync(string query = "")
    {
        using var response = await _api.GetAsync("/logs/export?" + query, TestSettings.AdminKey);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        return (text, [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)]);
    }
}
