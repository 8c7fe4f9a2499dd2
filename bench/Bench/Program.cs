using AkkaCrypto.Bench.Ingest;
using AkkaCrypto.Bench.Limiter;
using AkkaCrypto.Bench.Normalise;
using AkkaCrypto.Bench.Reads;
using AkkaCrypto.Bench.Streams;

// One argument for each benchmark to run; none runs all of them. Results go to bench/results below the working directory.
Dictionary<string, Func<string, CancellationToken, Task>> benchmarks = new()
{
    ["ingest"] = (results, cancellation) => IngestBenchmark.RunAsync(results, TimeProvider.System, cancellation),
    ["limiter"] = (results, cancellation) => LimiterBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
    ["normalise"] = (results, cancellation) => NormaliseBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
    ["reads"] = (results, cancellation) => ReadsBench.RunAsync(results, Console.Out, cancellation),
    ["streams"] = (results, cancellation) => StreamsBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
};

var names = args.Length == 0 ? [.. benchmarks.Keys] : args;
if (names.FirstOrDefault(name => !benchmarks.ContainsKey(name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no benchmark '{unknown}'; there are: {string.Join(", ", benchmarks.Keys)}.");
    return 2;
}

var folder = Path.Combine("bench", "results");
Directory.CreateDirectory(folder);
foreach (var name in names)
{
    await benchmarks[name](folder, CancellationToken.None);
}

return 0;
