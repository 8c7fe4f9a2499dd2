using System.Security.Cryptography;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using Npgsql;

namespace AkkaCrypto.Cli.History;

/// <summary><c>akkacrypto backfill</c>: walks a past that nobody waits for, beside a running service or without one.</summary>
internal static class BackfillVerb
{
    public static readonly Verb Verb = new(
        "backfill",
        "fetch and store a past, page by page",
        $"""
        Usage: akkacrypto backfill --provider P --dataset D --from T --to T [series options] [service options]

        Asks the provider for everything from T (inclusive) to T (exclusive; ISO 8601 or Unix seconds), within its budget and behind everybody
        else who waits for it, and stores what is new; what the provider shows beyond the range is counted and left out. Trades count by
        their own time, candles and points of a chart by when their interval begins. How far it has come is committed with each page: the
        same command goes on after Ctrl-C or a kill, and has nothing to do once the range is walked. While one run is at it a second one
        of the same series and range is refused, and says who runs it.

        Series options, each a list a,b,c in the place of the dataset's own setting; one that means nothing for the dataset is refused:
          --pair btc-krw   --asset bitcoin   --currency usd   --metric exchange_netflow   --source all_exchange   --interval daily

        Service options:
        {ServiceConnection.OptionHelp}

        Exit: 0 the range is walked, 1 stopped, refused or failed, 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(arguments, surroundings, NewTransport, TimeProvider.System, cancellation));

    /// <param name="transport">Makes the transport to the provider.</param>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Surroundings surroundings, Func<HttpMessageHandler> transport, TimeProvider time,
        CancellationToken cancellation)
    {
        var given = Options.Parse(
            arguments,
            ["--provider", "--dataset", "--from", "--to", .. BackfillOptions.SeriesNames, .. ServiceConnection.OptionNames]);
        var options = BackfillOptions.Of(given, time.GetUtcNow());
        try
        {
            await using var connection = await ServiceConnection.OpenAsync(given, surroundings, cancellation);
            var settings = connection.SettingsForAsking();
            using var feeds = new FeedCatalogue(
                () => settings, transport, time, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), await connection.StateAsync());
            var feed = FeedOf(feeds, options);
            var series = options.SeriesOf(feed);
            if (WhyNot(feed) is { } reason)
            {
                await surroundings.Error.WriteLineAsync(reason);
                return ExitCode.Failed;
            }

            var intake = new PageIntake(
                FeedStores.Over(connection.Database, new PairCatalogue(connection.Database), time), static (_, _) => { });
            var backfill = new Backfill(new BackfillStore(connection.Database), intake, () => settings.Backfill, time);
            return await WalkAsync(backfill, feed, series, options, surroundings, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped before anything was asked for.");
            return ExitCode.Failed;
        }
        catch (ServiceConnectionException refused)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>Walks one series after the other; the exit code, with what went wrong on standard error.</summary>
    internal static async Task<int> WalkAsync(
        Backfill backfill, Feed feed, IReadOnlyList<SeriesRequest> series, BackfillOptions options, Surroundings surroundings,
        CancellationToken cancellation)
    {
        string trouble;
        try
        {
            await using var progress = BackfillProgressView.Of(surroundings, series.Select(of => feed.KeyOf(of)));
            foreach (var request in series)
            {
                await backfill.RunAsync(feed, new HistoryRange(request, options.From, options.To), progress.Report, cancellation);
            }

            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            trouble = "Stopped.";
        }
        catch (Exception failed) when (failed is PageFailedException or BackfillHeldException or BackfillMovedException or NpgsqlException)
        {
            trouble = failed.Message;
        }

        await surroundings.Error.WriteLineAsync($"{trouble}\nWhat was committed stays; the same command goes on from there.");
        return ExitCode.Failed;
    }

    private static Feed FeedOf(FeedCatalogue feeds, BackfillOptions options) => feeds.Find(options.Provider, options.Dataset)
        ?? throw new UsageException(
            $"The settings have no dataset {options.Dataset} of {options.Provider}: expected one of "
            + $"{string.Join(", ", feeds.All.Select(feed => feed.ToString()).Order(StringComparer.Ordinal))}.");

    private static string? WhyNot(Feed feed) =>
        feed.History is null ? $"{feed}: the provider shows no past that could be asked for beyond what the feed itself takes."
        : feed.Status() is { State: Contracts.Ops.FeedState.Disabled, Reason: var reason } ? $"{feed} is disabled: {reason}"
        : null;

    private static SocketsHttpHandler NewTransport() => new()
    {
        AutomaticDecompression = System.Net.DecompressionMethods.All, ConnectTimeout = TimeSpan.FromSeconds(5), AllowAutoRedirect = false,
    };
}
