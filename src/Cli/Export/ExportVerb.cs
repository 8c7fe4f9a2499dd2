using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using Npgsql;

namespace AkkaCrypto.Cli.Export;

/// <summary><c>akkacrypto export</c>: a stored series as lines for other programs, one page of it in memory at a time.</summary>
internal static class ExportVerb
{
    /// <summary>Bytes that are gathered before they are written; a slow reader slows the reading of the database here.</summary>
    private const int FlushSize = 64 * 1024;

    public static readonly Verb Verb = new(
        "export",
        "write a stored series as NDJSON or CSV",
        $"""
        Usage: akkacrypto export --dataset D [series options] [--from T] [--to T] [--as-of T] [--format F] [--out FILE] [service options]

        Writes the records of one series as they are stored, oldest first, in constant memory.

          --dataset D     {string.Join("; ", ExportOptions.Datasets.Select(Described))}
          --from T        inclusive; ISO 8601 or Unix seconds. Default: the first record
          --to T          exclusive. Default: the newest record
          --as-of T       what was known then, of series that are corrected. Default: what is known now
          --format F      ndjson (default): one normalised record a line; csv: its fields as columns
          --out FILE      a new file, put in its place when it is whole; default: standard output

        Service options:
        {ServiceConnection.OptionHelp}

        Exit: 0 written whole (also when there is no record), 1 refused or failed, 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(arguments, surroundings, Console.OpenStandardOutput, cancellation));

    /// <param name="standardOutput">Where bytes go without <c>--out</c>.</param>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Surroundings surroundings, Func<Stream> standardOutput, CancellationToken cancellation)
    {
        var given = Options.Parse(arguments, [.. ExportOptions.OptionNames, .. ServiceConnection.OptionNames]);
        var options = ExportOptions.Of(given);
        if (options.File is { } taken && Path.Exists(taken))
        {
            await surroundings.Error.WriteLineAsync($"--out {taken}: there is such a file already; nothing was written.");
            return ExitCode.Failed;
        }

        try
        {
            await using var connection = await ServiceConnection.OpenAsync(given, surroundings, cancellation);
            var records = Records(connection, options, cancellation);
            var count = options.File is { } file
                ? await WriteFileAsync(records, Blank(options), options.IsCsv, file, cancellation)
                : await WriteAsync(records, Blank(options), options.IsCsv, standardOutput(), cancellation);
            await surroundings.Error.WriteLineAsync($"{count} records");
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped; what was written is not the whole.");
        }
        catch (Exception failed) when (failed is NpgsqlException or IOException or UnauthorizedAccessException)
        {
            await surroundings.Error.WriteLineAsync($"{failed.Message} What was written is not the whole.");
        }

        return ExitCode.Failed;
    }

    private static string Described(KeyValuePair<string, IReadOnlyList<(string Name, string? Default)>> dataset) =>
        $"{dataset.Key} ({string.Join(" ", dataset.Value.Select(of => of.Default is { } value ? $"[{of.Name} {value}]" : of.Name))})";

    private static NormalisedRecord Blank(ExportOptions options) => options.Dataset switch
    {
        "trades" => BlankRecords.Trade,
        "candles" => BlankRecords.Candle,
        "onchain" => BlankRecords.OnChainPoint,
        _ => BlankRecords.ChartPoint,
    };

    private static IAsyncEnumerable<NormalisedRecord> Records(
        ServiceConnection connection, ExportOptions options, CancellationToken cancellation)
    {
        var (database, pairs, time) = (connection.Database, new PairCatalogue(connection.Database), TimeProvider.System);
        switch (options.Dataset)
        {
            case "trades":
                var trades = new TradeStore(database, pairs, time);
                return WholeSeries.ReadAsync(
                    options.Range, (page, stop) => trades.ReadAsync(options["--exchange"], options["--pair"], page, stop), cancellation);
            case "candles":
                var candles = new CandleStore(database, pairs, () => connection.Settings.Candles, time);
                var query = new CandleQuery(
                    options["--exchange"], options["--pair"], options["--interval"], CandleFill.None, options.AsOf);
                return WholeSeries.ReadAsync(
                    options.Range, async (page, stop) => (await candles.ReadAsync(query, page, stop)).Page, cancellation);
            case "onchain":
                var points = new OnChainStore(database, time);
                return WholeSeries.ReadAsync(
                    options.Range,
                    (page, stop) => points.ReadAsync(
                        options["--asset"], options["--metric"], options["--source"], options["--interval"], page, options.AsOf, stop),
                    cancellation);
            default:
                return ChartAsync(new ChartStore(database, time), options, cancellation);
        }
    }

    private static async IAsyncEnumerable<NormalisedRecord> ChartAsync(
        ChartStore charts, ExportOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (asset, currency) = (options["--asset"], options["--currency"]);
        var buckets = WholeSeries.ReadChartAsync(
            options.Range.From,
            (from, most, stop) => charts.ReadAsync(asset, currency, options["--interval"], from, options.AsOf, most, stop), cancellation);
        await foreach (var bucket in buckets)
        {
            if (bucket.Start >= options.Range.To)
            {
                yield break;
            }

            yield return new ChartPoint(
                asset, currency, ProviderTime.From(bucket.Start, 0), bucket.Price, bucket.MarketCap, bucket.Volume);
        }
    }

    /// <summary>Under another name until it is whole, so that a part is never taken for it.</summary>
    private static async Task<long> WriteFileAsync(
        IAsyncEnumerable<NormalisedRecord> records, NormalisedRecord blank, bool isCsv, string file, CancellationToken cancellation)
    {
        var part = file + ".part";
        try
        {
            long count;
            await using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write))
            {
                count = await WriteAsync(records, blank, isCsv, stream, cancellation);
            }

            File.Move(part, file, overwrite: false);
            return count;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<long> WriteAsync(
        IAsyncEnumerable<NormalisedRecord> records, NormalisedRecord blank, bool isCsv, Stream stream, CancellationToken cancellation)
    {
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        using var lines = new NormalisedLines(isCsv);
        lines.Begin(output, blank);
        var count = 0L;
        await foreach (var record in records.WithCancellation(cancellation))
        {
            lines.Append(output, record);
            count++;
            if (output.UnflushedBytes >= FlushSize)
            {
                await output.FlushAsync(cancellation);
            }
        }

        await output.CompleteAsync();
        return count;
    }
}
