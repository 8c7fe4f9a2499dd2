using System.Collections.Concurrent;

namespace AkkaCrypto.Simulator;

/// <summary>How often each path of each provider was asked and what came, by status; 0 for a request that got no answer.</summary>
public sealed class RequestLog
{
    private const int MostPaths = 10_000;

    private readonly ConcurrentDictionary<RequestKey, int> counts = [];

    /// <summary>Past 10,000 different paths, further ones are counted together under <c>(others)</c>.</summary>
    internal void Add(string provider, string path, int status)
    {
        var key = new RequestKey(provider, path, status);
        counts.AddOrUpdate(counts.Count < MostPaths || counts.ContainsKey(key) ? key : key with { Path = "(others)" }, 1, (_, n) => n + 1);
    }

    public IReadOnlyList<RequestCount> All() =>
        [.. counts.Select(c => new RequestCount(c.Key.Provider, c.Key.Path, c.Key.Status, c.Value))
            .OrderBy(c => c.Provider, StringComparer.Ordinal).ThenBy(c => c.Path, StringComparer.Ordinal).ThenBy(c => c.Status)];

    /// <summary>Requests to paths that begin with <paramref name="pathPrefix"/>, whatever their status.</summary>
    public int Count(string provider, string pathPrefix = "/") =>
        All().Where(c => c.Provider == provider && c.Path.StartsWith(pathPrefix, StringComparison.Ordinal)).Sum(c => c.Count);

    private readonly record struct RequestKey(string Provider, string Path, int Status);
}

/// <param name="Path">Below the provider's own address, without the query.</param>
/// <param name="Status">HTTP status; 0 when the connection was cut or the client left before an answer.</param>
public sealed record RequestCount(string Provider, string Path, int Status, int Count);
