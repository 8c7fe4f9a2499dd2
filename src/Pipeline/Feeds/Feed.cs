using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>One provider × one dataset, as the settings ask for it.</summary>
public sealed class Feed(
    IProvider provider, string dataset, ProviderClient client, Func<DatasetSettings> settings, Func<StreamSettings> stream,
    FeedHealth health, Func<string?>? heldBecause = null)
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
    public StreamSettings Stream => HeldBecause is null ? stream() : stream() with { Paused = true };

    /// <summary>Why all feeds are held at this moment, whatever their streams' settings; null when they aren't.</summary>
    public string? HeldBecause => heldBecause?.Invoke();

    public IReadOnlyList<SeriesRequest> Series => [.. _polled.Series(settings())];

    /// <summary>The request for one pair, whether or not the feed polls it.</summary>
    public SeriesRequest RequestForPair(string pair) => _polled.Series(settings() with { Pairs = [pair] }).Single();

    public FeedStatus Status() => health.Status([.. Series.Select(series => series.Series)]);

    public override string ToString() => $"{provider.Name}/{dataset}";
}
