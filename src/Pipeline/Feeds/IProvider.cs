using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>All that a provider must say of itself; everything else is shared machinery.</summary>
public interface IProvider
{
    /// <summary>As in <c>akkacrypto.feeds.&lt;name&gt;</c> and in records' <c>exchange</c>.</summary>
    string Name { get; }

    /// <summary>By dataset, as <c>akkacrypto normalise --dataset</c> knows it (<c>trades</c>, <c>simple_price</c>, <c>ws</c>, …).</summary>
    IReadOnlyDictionary<string, Normaliser> Normalisers { get; }

    /// <summary>The datasets that can be polled, by the same names.</summary>
    IReadOnlyDictionary<string, IPolledDataset> Polled { get; }

    /// <summary>Adds the provider's authentication to a request.</summary>
    void Authorise(HttpRequestMessage request, string? apiKey);
}

/// <summary>One dataset of a provider that is asked for by HTTP.</summary>
public interface IPolledDataset
{
    /// <summary>The series that the settings ask for, e.g. one for each pair.</summary>
    IEnumerable<SeriesRequest> Series(DatasetSettings settings);

    /// <summary>How many of the newest records one reply shows at most, for datasets whose reply is a window of the newest (null: not such
    /// a window).</summary>
    int? WindowSize { get; }
}

/// <summary>How one series is asked for.</summary>
/// <param name="Series">Name of the series within its dataset: <c>btc-krw</c>, <c>bitcoin/usd/daily</c>.</param>
/// <param name="FirstPath">Path and query below the base URL of the first request, with all the history that the settings ask for.</param>
/// <param name="Path">Path and query of every later request.</param>
public sealed record SeriesRequest(string Series, string FirstPath, string Path, ReplyContext Context);
