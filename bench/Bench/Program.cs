using AkkaCrypto.Bench.Ingest;
using AkkaCrypto.Bench.Limiter;
using AkkaCrypto.Bench.Memory;
using AkkaCrypto.Bench.Normalise;
using AkkaCrypto.Bench.Reads;
using AkkaCrypto.Bench.Streams;
using AkkaCrypto.Bench.Wallets;

// One argument for each benchmark to run; none runs all of them. Results go to bench/results below the working directory. With --quick the
// long ones are shortened, to see what a change does: what they print then is no result, and goes to a folder that is thrown away.
var isQuick = args.Contains("--quick");
Dictionary<string, Func<string, CancellationToken, Task>> benchmarks = new()
{
    // First, so that no other's leavings are counted.
    ["memory"] = (results, cancellation) => MemoryBench.RunAsync(results, isQuick, TimeProvider.System, cancellation),
    ["ingest"] = (results, cancellation) => IngestBenchmark.RunAsync(
        results, isQuick ? IngestPlan.Quick : IngestPlan.Whole, TimeProvider.System, cancellation),
    ["limiter"] = (results, cancellation) => LimiterBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
    ["normalise"] = (results, cancellation) => NormaliseBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
    ["reads"] = (results, cancellation) => ReadsBench.RunAsync(results, isQuick, Console.Out, cancellation),
    ["streams"] = (results, cancellation) => StreamsBench.RunAsync(results, TimeProvider.System, Console.Out, cancellation),
    ["wallets"] = (results, cancellation) => WalletsBench.RunAsync(results, isQuick, TimeProvider.System, Console.Out, cancellation),
};

var named = args.Where(arg => arg != "--quick").ToArray();
var names = named.Length == 0 ? [.. benchmarks.Keys] : named;
if (names.FirstOrDefault(name => !benchmarks.ContainsKey(name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no benchmark '{unknown}'; there are: {string.Join(", ", benchmarks.Keys)}.");
    return 2;
}

var folder = isQuick ? Directory.CreateTempSubdirectory("akkacrypto-quick-").FullName : Path.Combine("bench", "results");
Directory.CreateDirectory(folder);
foreach (var name in names)
{
    await benchmarks[name](folder, CancellationToken.None);
}

if (isQuick)
{
    Directory.Delete(folder, recursive: true);
}

return 0;
