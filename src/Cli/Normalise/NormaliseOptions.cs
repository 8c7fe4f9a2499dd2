using System.Diagnostics.CodeAnalysis;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Cli.Normalise;

/// <summary>The verb's arguments, checked: every option known, given once, with a value.</summary>
/// <param name="File">Null reads standard input.</param>
internal sealed record NormaliseOptions(string Dataset, Normaliser Normaliser, string? File, ReplyContext Context)
{
    private static readonly string[] Known =
        ["--provider", "--dataset", "--file", "--pair", "--asset", "--currency", "--metric", "--source", "--interval",
            "--query"];

    public bool IsSocket => Dataset == "ws";

    /// <summary>False with what is wrong and what was expected, in words for the operator.</summary>
    public static bool TryParse(string[] args, [NotNullWhen(true)] out NormaliseOptions? options, out string fault)
    {
        options = null;
        if (!TryRead(args, out var values, out fault))
        {
            return false;
        }

        if (!TryNormaliser(values, out var normaliser, out fault))
        {
            return false;
        }

        var pair = values.GetValueOrDefault("--pair");
        if (pair is not null && !CurrencyPair.TryParse(pair, out _))
        {
            fault = $"--pair {pair}: expected lower-case tickers, target first, such as btc-krw";
            return false;
        }

        var currency = values.GetValueOrDefault("--currency");
        if (currency is not null && !CurrencyPair.IsTicker(currency))
        {
            fault = $"--currency {currency}: expected a lower-case ticker such as usd";
            return false;
        }

        var context = new ReplyContext(
            pair, values.GetValueOrDefault("--asset"), currency, values.GetValueOrDefault("--metric"),
            values.GetValueOrDefault("--source"), values.GetValueOrDefault("--interval"), values.GetValueOrDefault("--query"));
        options = new NormaliseOptions(values["--dataset"], normaliser, values.GetValueOrDefault("--file"), context);
        return true;
    }

    /// <summary>Takes <c>--name value</c> and <c>--name=value</c>.</summary>
    private static bool TryRead(string[] args, out Dictionary<string, string> values, out string fault)
    {
        values = new Dictionary<string, string>(StringComparer.Ordinal);
        fault = "";
        for (var i = 0; i < args.Length; i++)
        {
            var equals = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i].IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals < 0 ? args[i] : args[i][..equals];
            var value = equals >= 0 ? args[i][(equals + 1)..] : i + 1 < args.Length ? args[++i] : null;
            fault = !Known.Contains(name) ? $"{name}: expected one of {string.Join(", ", Known)}"
                : string.IsNullOrEmpty(value) || (equals < 0 && value.StartsWith("--", StringComparison.Ordinal))
                    ? $"{name}: expected a value"
                : !values.TryAdd(name, value) ? $"{name}: given twice"
                : "";
            if (fault.Length > 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryNormaliser(Dictionary<string, string> values, [NotNullWhen(true)] out Normaliser? normaliser, out string fault)
    {
        normaliser = null;
        var provider = values.TryGetValue("--provider", out var name) ? Providers.Find(name) : null;
        if (provider is null)
        {
            var names = string.Join(", ", Providers.All.Select(known => known.Name));
            fault = name is null ? $"--provider is missing: expected one of {names}" : $"--provider {name}: expected one of {names}";
            return false;
        }

        var datasets = string.Join(", ", provider.Normalisers.Keys);
        if (!values.TryGetValue("--dataset", out var dataset) || !provider.Normalisers.TryGetValue(dataset, out normaliser))
        {
            fault = dataset is null ? $"--dataset is missing: {name} has {datasets}" : $"--dataset {dataset}: {name} has {datasets}";
            return false;
        }

        fault = "";
        return true;
    }
}
