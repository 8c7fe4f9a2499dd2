using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Serilog.Events;
using Serilog.Parsing;

namespace AkkaCrypto.Api.Tests.Logs;

public sealed class LogFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_file_is_compressed_and_the_oldest_go_past_the_number_that_is_kept()
    {
        await using (var files = Files(maxBytes: 64 * 1024, kept: 3))
        {
            for (var block = 0; block < 6; block++)
            {
                for (var line = 0; line < 700; line++)
                {
                    Log(files, $"block {block}, line {line}");
                }

                await files.FlushAsync(CancellationToken.None);
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        var kept = LogArchive.FilesIn(_folder.Path);
        Assert.InRange(kept.Count, 3, 4); // at most one is closed between two tidyings
        Assert.All(kept.SkipLast(1), file => Assert.True(file.IsCompressed, file.Path));
        var text = await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose));
        Assert.Contains("block 5, line 699", text, StringComparison.Ordinal);
        Assert.DoesNotContain("block 0, line 0\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_many_pieces_is_compressed_whole_at_the_end_though_its_pauses_were_not_over()
    {
        const int Lines = 10_000;
        await using (var files = Files(maxBytes: 512 * 1024))
        {
            for (var line = 0; line < Lines; line++)
            {
                Log(files, $"line {line}");
            }

            // The clock stands still, and so does the compression after its first piece.
            await files.FlushAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(1));
            Log(files, "in the next file");
            await files.FlushAsync(CancellationToken.None);
        }

        Assert.Equal([true, false], LogArchive.FilesIn(_folder.Path).Select(file => file.IsCompressed));
        var lines = (await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Lines + 1, lines.Length);
        Assert.Contains($"line {Lines - 1}\"", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_requests_line_has_its_time_to_the_microsecond_and_is_JSON_whatever_it_says()
    {
        await using (var files = Files())
        {
            var requests = new RequestLogFiles(files);
            foreach (var milliseconds in (double[])[0, 0.0004, 0.0625, 9.9996, 1234.5678])
            {
                requests.Append(new RequestLine(_time.GetUtcNow(), "GET", "/a", 200, milliseconds, "k", "t"));
            }

            requests.Append(new RequestLine(_time.GetUtcNow(), "G\"E\\T\n", null, 503, 1, "é", "t"));
        }

        var lines = (await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["0.000", "0.000", "0.063", "10.000", "1234.568", "1.000"],
            lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("milliseconds").GetRawText()));
        Assert.Equal("G?E?T?", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("method").GetString());
        Assert.Equal("é", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("key_id").GetString());
    }

    [Fact]
    public async Task What_a_killed_service_left_is_compressed_at_the_next_start_and_a_line_cut_in_the_middle_is_left_out()
    {
        var left = Path.Combine(_folder.Path, LogArchive.NameOf(_time.GetUtcNow()));
        await File.WriteAllTextAsync(
            left,
            """{"time":"1999-01-01T00:00:00.000Z","level":"error","kind":"worker","message":"whole"}""" + "\n" + """{"time":"1999-01""");
        _time.Advance(TimeSpan.FromSeconds(1));
        await using (var files = Files())
        {
            Log(files, "after the restart");
        }

        Assert.Equal([true, false], LogArchive.FilesIn(_folder.Path).Select(file => file.IsCompressed));
        var lines = (await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("whole", lines[0], StringComparison.Ordinal);
        Assert.Contains("after the restart", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_lost_or_torn_when_many_threads_log_and_somebody_reads_meanwhile()
    {
        const int Threads = 8;
        const int Each = 2000;
        await using var files = Files(maxBytes: 64 * 1024, kept: 1000);
        var writers = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                files.AppendRequest(Encoding.UTF8.GetBytes(
                    $$"""{"time":"2026-01-31T12:00:00.000Z","level":"information","message":"{{thread}}:{{i}}"}""" + "\n"));
            }
        })).ToList();
        while (!Task.WhenAll(writers).IsCompleted)
        {
            await files.FlushAsync(CancellationToken.None);
            var sofar = await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose));
            Assert.All(
                sofar.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith("\"}", line, StringComparison.Ordinal));
        }

        await files.FlushAsync(CancellationToken.None);
        var lines = (await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(0, files.Dropped);
        Assert.Equal(Threads * Each, lines.Distinct().Count());
        Assert.Equal(Threads * Each, lines.Length);
    }

    [Fact]
    public async Task Past_its_room_requests_are_dropped_counted_and_told_while_rarer_lines_still_find_room()
    {
        await using var files = Files();
        files.AppendRequest(new byte[7 * 1024 * 1024]); // as much as that many requests, at once
        Log(files, "still heard");
        await files.FlushAsync(CancellationToken.None);
        Assert.Equal(1, files.Dropped);
        var text = await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose));
        Assert.Contains("still heard", text, StringComparison.Ordinal);
        Assert.Contains("1 lines of this log were dropped", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_past_the_bound_keeps_its_message_and_says_that_it_was_cut()
    {
        await using var files = Files();
        files.Emit(new LogEvent(
            _time.GetUtcNow(), LogEventLevel.Warning, null, new MessageTemplateParser().Parse("much"),
            [.. Enumerable.Range(0, 20).Select(i => new LogEventProperty("P" + i, new ScalarValue(new string('x', 10_000))))]));
        await files.FlushAsync(CancellationToken.None);
        var text = await ReadAsync(new LogRange(null, null, LogEventLevel.Verbose));
        Assert.InRange(text.Length, 1, LogFiles.LongestLine);
        Assert.Contains("\"message\":\"much\"", text, StringComparison.Ordinal);
        Assert.Contains("\"truncated\":true", text, StringComparison.Ordinal);
    }

    private LogFiles Files(long maxBytes = 1 << 20, int kept = 10) => new(new LogFilesOptions(_folder.Path, maxBytes, kept), _time);

    private void Log(LogFiles files, string message) => files.Emit(new LogEvent(
        _time.GetUtcNow(), LogEventLevel.Information, null, new MessageTemplateParser().Parse(message), []));

    private async Task<string> ReadAsync(LogRange range)
    {
        using var output = new MemoryStream();
        await LogArchive.CopyAsync(_folder.Path, range, output, CancellationToken.None);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
