using System.Collections.Immutable;
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

    /// <summary>The datasets that are also pushed over a websocket, by the same names. Their frames are read by the normaliser
    /// <c>ws</c>.</summary>
    IReadOnlyDictionary<string, ISocketDataset> Sockets => ImmutableDictionary<string, ISocketDataset>.Empty;

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

    /// <summary>How the past is asked for; null where the provider shows none but what <see cref="SeriesRequest.FirstPath"/>
    /// brings.</summary>
    IHistory? History => null;
}

/// <summary>How one series is asked for.</summary>
/// <param name="Series">Name of the series within its dataset: <c>btc-krw</c>, <c>bitcoin/usd/daily</c>.</param>
/// <param name="FirstPath">Path and query below the base URL of the first request, with all the history that the settings ask for.</param>
/// <param name="Path">Path and query of every later request.</param>
/// <param name="Weight">What one request costs of the provider's budget.</param>
public sealed record SeriesRequest(string Series, string FirstPath, string Path, ReplyContext Context, int Weight = 1);

/// <summary>A span of one series that is wanted whole: <paramref name="From"/> inclusive, <paramref name="To"/> exclusive.</summary>
/// <param name="Request">As the feed polls the series: its name and what its replies leave out.</param>
public sealed record HistoryRange(SeriesRequest Request, DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// How the past of a dataset is asked for, page by page. Pure: what comes next follows from the last request and its records alone, so a
/// walk can be taken up again after a kill. Pages may overlap and may show more than the range; storing is idempotent. Within the
/// range each page goes on where the one before it ended, forwards or backwards: of the provider's records between the first and the last
/// of the range that a walk has shown, none is left out. That is what proves a gap to be filled.
/// </summary>
public interface IHistory
{
    /// <summary>The first page's request: its <see cref="SeriesRequest.Path"/> is what is asked for.</summary>
    SeriesRequest First(HistoryRange range);

    /// <summary>The request after <paramref name="last"/>, whose reply held <paramref name="page"/>; null when the range is walked, or when
    /// the provider shows no more of it.</summary>
    /// <param name="unread">Elements that the reply held beside the records and that can't be read: a full page is full with them.</param>
    SeriesRequest? Next(
        HistoryRange range, SeriesRequest last, IReadOnlyList<Contracts.Market.NormalisedRecord> page, int unread = 0);
}
