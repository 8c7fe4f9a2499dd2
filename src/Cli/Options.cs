namespace AkkaCrypto.Cli;

/// <summary>Arguments of the form <c>--name value</c> or <c>--name=value</c>.</summary>
internal static class Options
{
    /// <summary>The options by name; throws <see cref="UsageException"/> for anything that isn't one of <paramref name="known"/>,
    /// once.</summary>
    public static IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> arguments, params IReadOnlyList<string> known)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            var parts = arguments[i].Split('=', 2);
            if (!known.Contains(parts[0], StringComparer.Ordinal))
            {
                throw new UsageException($"Unknown argument '{arguments[i]}': expected {string.Join(", ", known)}.");
            }

            var value = parts.Length == 2 ? parts[1]
                : ++i < arguments.Count ? arguments[i] : throw new UsageException($"{parts[0]} needs a value.");
            if (!options.TryAdd(parts[0], value))
            {
                throw new UsageException($"{parts[0]} was given twice.");
            }
        }

        return options;
    }
}
