using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>One provider × one dataset, as the settings ask for it.</summary>
public sealed class Feed(
    IProvider provider, string dataset, ProviderClient client, Func<DatasetSettings> settings, Func<StreamSettings> stream,
    FeedHealth health)
{
    private readonly IPolledDataset _polled = provider.Polled[dataset];

    public string Provider => provider.Name;

    public string Dataset => dataset;

    public ProviderClient Client => client;

    public FeedHealth Health => health;

    public Normaliser Normaliser { get; } = provider.Normalisers[dataset];

    public int? WindowSize => _polled.WindowSize;

    /// <summary>As they are now: they may change while running.</summary>
    public DatasetSettings Settings => settings();

    /// <summary>As they are now: they may change while running.</summary>
    public StreamSettings Stream => stream();

    public IReadOnlyList<SeriesRequest> Series => [.. _polled.Series(settings())];

    /// <summary>How its past is asked for; null where the provider does not show it.</summary>
    public IHistory? History => _polled.History;

    /// <summary>The series that such settings would ask for.</summary>
    /// <exception cref="FormatException">They name a series that can't be asked for.</exception>
    public IReadOnlyList<SeriesRequest> SeriesOf(DatasetSettings asked) => [.. _polled.Series(asked)];

    /// <summary>The request for one pair, whether or not the feed polls it.</summary>
    public SeriesRequest RequestForPair(string pair) => _polled.Series(settings() with { Pairs = [pair] }).Single();

    public SeriesKey KeyOf(SeriesRequest request) => new(Provider, Dataset, request.Series);

    public FeedStatus Status() => health.Status([.. Series.Select(series => series.Series)]);

    public override string ToString() => $"{provider.Name}/{dataset}";
}
