using System.Globalization;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Storage.Redis;
using StackExchange.Redis;

namespace AkkaCrypto.Cli.Feeds;

/// <summary><c>akkacrypto feeds quota-proof</c>: that no sliding window ever held more than a provider's budget.</summary>
internal static class QuotaProof
{
    public static readonly Verb Verb = new(
        "feeds quota-proof",
        "show the largest use of each provider's budget in any sliding window",
        $"""
        Usage: akkacrypto feeds quota-proof [--provider NAME] [--profile NAME] [--config FILE] [--data DIR]

        Reads the log of granted requests and prints, for each provider and window: its budget as the settings say it now, the largest use
        in any sliding window with the moment that window began, the use now, and whether the budget was kept. How far back the log reaches
        stands above: it keeps the newest 100,000 grants or so, and a window longer than that is proven for the part that is there.

          --provider NAME  only this provider
        {ServiceConnection.OptionHelp}

        Exit: 0 every budget was kept, 1 one was not or the log can't be read, 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, ["--provider", .. ServiceConnection.OptionNames]);
        await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation);
        var only = options.GetValueOrDefault("--provider");
        if (only is not null && !service.Settings.Feeds.ContainsKey(only))
        {
            throw new UsageException($"--provider: the settings have {string.Join(", ", service.Settings.Feeds.Keys)}, not '{only}'.");
        }

        try
        {
            var log = new GrantLog(await service.StateAsync());
            var kept = true;
            foreach (var (provider, settings) in service.Settings.Feeds.Where(feed => only is null || feed.Key == only))
            {
                kept &= await PrintAsync(provider, settings.Budget, await log.ReadAsync(provider, cancellation), surroundings.Out);
            }

            return kept ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception unread) when (unread is RedisUnavailableException or RedisServerException)
        {
            await surroundings.Error.WriteLineAsync($"The log can't be read: {unread.Message}");
            return ExitCode.Failed;
        }
    }

    private static async Task<bool> PrintAsync(string provider, BudgetSettings budget, IReadOnlyList<Grant> grants, TextWriter to)
    {
        await to.WriteLineAsync(grants.Count == 0
            ? $"{provider}: no request in the log"
            : $"{provider}: {grants.Count} requests from {At(grants[0].At)} to {At(grants[^1].At)}");
        var kept = true;
        foreach (var window in BudgetWindow.All.Where(window => window.BudgetIn(budget) is not null))
        {
            var (limit, largest) = (window.BudgetIn(budget)!.Value, GrantLog.LargestIn(window, grants));
            var moment = TimeProvider.System.GetUtcNow();
            var now = grants.Where(grant => grant.At <= moment && moment - grant.At < window.Length).Sum(grant => (long)grant.Weight);
            var holds = largest.Weight <= limit;
            kept &= holds;
            var where = largest.From is { } from ? $" from {At(from)}" : "";
            await to.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {window.Name,-6}  budget {limit}, largest {largest.Weight}{where}, now {now}: {(holds ? "kept" : "EXCEEDED")}"));
        }

        return kept;
    }

    private static string At(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
