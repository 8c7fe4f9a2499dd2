using System.Globalization;
using System.Net;

namespace AkkaCrypto.Cli.Load;

/// <summary>What is asked of which service, by how many callers, and where it ends: at the requests or the seconds, whichever comes
/// first.</summary>
/// <param name="Key">Sent as X-API-Key.</param>
/// <param name="PerSecond">Of all callers together; null: as fast as they are answered.</param>
internal sealed record LoadOptions(
    Uri Url, string Key, IReadOnlyList<string> Paths, int Callers, long Requests, TimeSpan Longest, int? PerSecond, bool IsJson)
{
    public static readonly IReadOnlyList<string> OptionNames =
        ["--url", "--key", "--paths", "--callers", "--requests", "--seconds", "--rate", "--remote", "--format"];

    /// <summary>One of each kind that is read most.</summary>
    private const string DefaultPaths =
        "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw /market_chart?asset=bitcoin&currency=usd&days=30&interval=daily "
        + "/trades?exchange=coinone&pair=btc-krw /candles?exchange=coinone&pair=btc-krw&interval=1h "
        + "/orderbook?exchange=coinone&pair=btc-krw /onchain?asset=bitcoin&metric=exchange_netflow&interval=day";

    /// <exception cref="UsageException">What is wrong, and what was expected.</exception>
    public static LoadOptions Of(IReadOnlyDictionary<string, string> options, string defaultFormat)
    {
        var text = options.GetValueOrDefault("--url", "http://127.0.0.1:8080");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"--url {text}: expected an address like http://127.0.0.1:8080.");
        }

        var remote = options.GetValueOrDefault("--remote", "no");
        if (remote is not ("yes" or "no"))
        {
            throw new UsageException($"--remote {remote}: expected yes or no.");
        }

        if (remote == "no" && !IsLoopback(url))
        {
            throw new UsageException($"--url {text}: not on this machine. Load on another one's service needs --remote yes.");
        }

        var paths = options.GetValueOrDefault("--paths", DefaultPaths).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (paths.Length == 0 || Array.Find(paths, path => !path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal)) is { })
        {
            throw new UsageException("--paths: expected paths that begin with /, separated by spaces.");
        }

        var format = options.GetValueOrDefault("--format", defaultFormat);
        return format is "table" or "json"
            ? new LoadOptions(
                url, options.GetValueOrDefault("--key", "demo-pro-key"), paths, (int)(Number(options, "--callers", 1000) ?? 16),
                Number(options, "--requests", 100_000_000) ?? 10_000, TimeSpan.FromSeconds(Number(options, "--seconds", 3600) ?? 30),
                (int?)Number(options, "--rate", 1_000_000), format == "json")
            : throw new UsageException($"--format {format}: expected table or json.");
    }

    private static bool IsLoopback(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)
        ? IPAddress.IsLoopback(address)
        : url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static long? Number(IReadOnlyDictionary<string, string> options, string name, long most)
    {
        if (!options.TryGetValue(name, out var text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new UsageException($"{name} {text}: expected a whole number from 1 to {most}.");
    }
}
