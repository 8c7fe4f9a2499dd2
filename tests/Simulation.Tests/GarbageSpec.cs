using System.Net.Http.Json;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Garbage on every feed ends in the dead letters, never in a stuck feed.</summary>
public sealed class GarbageSpec(ITestOutputHelper output)
{
    private static readonly string[] Kinds =
        ["wrong_types", "nan", "control_characters", "long_number", "deep_nesting", "huge", "html", "empty"];

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    // Three minutes of looks alone; each feed asks every few seconds.
    private const int LooksWithoutProgress = 720;

    [Fact]
    public async Task Feeds_take_every_kind_of_garbage_and_go_on_when_it_is_over()
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceProcess.StartAsync(folder.Path, Polled(TestSettings.Read().Feeds));
        await service.WhenReadyAsync();
        using var simulator = new HttpClient { BaseAddress = service.Simulator };
        foreach (var kind in Kinds)
        {
            output.WriteLine(kind);
            using var ordered = await simulator.PostAsJsonAsync(
                "/faults", new { provider = "*", path = "*", kind = "garbage", variant = kind, share = 1.0 });
            ordered.EnsureSuccessStatusCode();
            var before = await FeedsAsync(service);

            // The number that becomes too long is the reply's last, and some replies end with one that nobody reads.
            await AllAsync(
                service,
                (name, feed) => feed.Errors != before[name].Errors
                    || (kind == "long_number" && name != "coinone/trades"),
                $"has met {kind}");
            using var ended = await simulator.DeleteAsync("/faults");
            ended.EnsureSuccessStatusCode();
            var sick = await FeedsAsync(service);
            await AllAsync(
                service, (name, feed) => feed.Skipped + feed.Taken > sick[name].Skipped + sick[name].Taken,
                $"takes records again after {kind}");
        }

        await using var database = service.OpenDatabase();
        await using var command = database.CreateCommand("SELECT count(DISTINCT (provider, dataset)) FROM ops.dead_letters");
        Assert.Equal((long)(await FeedsAsync(service)).Count, await command.ExecuteScalarAsync());
        Assert.All(await FeedsAsync(service), feed => Assert.Equal(0, feed.Value.Restarts));
    }

    /// <summary>Everything is asked for over and over, and nothing is listened to. The list of coins is left out: it has no number that
    /// could be garbled; and Kraken bans who asks more than once a second.</summary>
    private static string Polled(IReadOnlyDictionary<string, ProviderSettings> feeds) => string.Join('\n', feeds.Select(feed =>
        $"akkacrypto.feeds.{feed.Key} {{ attempts = 1, circuit.failures = 1000, "
        + "budget { per-second = null, per-minute = 100000, per-month = null }, datasets { "
        + string.Join(", ", feed.Value.Datasets.Keys.Select(
            dataset => $"{dataset} {{ socket = false, every = {(feed.Key == "kraken" ? "4s" : "1s")} }}")) + " } }")
        .Append("akkacrypto.feeds.coingecko.datasets.coins-list.enabled = false"));

    private static async Task AllAsync(
        ServiceProcess service, Func<string, (string? Errors, long Taken, long Skipped, long Restarts), bool> holds, string what)
    {
        var lacking = Array.Empty<string>();
        await Eventually.GetsDoneAsync(
            async () =>
            {
                lacking = [.. (await FeedsAsync(service)).Where(feed => !holds(feed.Key, feed.Value)).Select(feed => feed.Key)];
                return lacking.Length;
            },
            LooksWithoutProgress, LookAgainAfter, () => $"every feed {what}; lacking: {string.Join(", ", lacking)}");
    }

    /// <summary>What is asked only when somebody wants it has no series, and meets no garbage by polling.</summary>
    private static async Task<IReadOnlyDictionary<string,
    (string? Errors, long Taken, long Skipped, long Restarts)>> FeedsAsync(ServiceProcess service)
    {
        using var document = JsonDocument.Parse(await service.Http.GetStringAsync("/admin/feeds"));
        return document.RootElement.GetProperty("feeds").EnumerateArray()
            .Where(feed => feed.GetProperty("state").GetString() != "disabled" && feed.GetProperty("series").GetInt32() > 0).ToDictionary(
            feed => $"{feed.GetProperty("provider").GetString()}/{feed.GetProperty("dataset").GetString()}",
            feed => (
                feed.GetProperty("last_error_at").GetString(),
                feed.GetProperty("counts").GetProperty("inserted").GetInt64() + feed.GetProperty("counts").GetProperty("revised")
                    .GetInt64(),
                feed.GetProperty("counts").GetProperty("skipped").GetInt64(),
                feed.GetProperty("restarts").GetInt64()));
    }
}
