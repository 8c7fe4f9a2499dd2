using System.Globalization;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>What a request of a walk through the past asked for, read back from its path: the walk keeps no state of its own.</summary>
internal static class RequestPath
{
    /// <summary>A query parameter as it stands in the path; null where it isn't there.</summary>
    public static string? Value(string path, string name)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        return query < 0
            ? null
            : path[(query + 1)..].Split('&').Where(part => part.StartsWith(name + "=", StringComparison.Ordinal))
                .Select(part => part[(name.Length + 1)..]).FirstOrDefault();
    }

    public static long? Number(string path, string name) =>
        long.TryParse(Value(path, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
