using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

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

    /// <summary>The request for one pair, whether or not the feed polls it.</summary>
    public SeriesRequest RequestForPair(string pair) => _polled.Series(settings() with { Pairs = [pair] }).Single();

    /// <summary>The series of other settings than the feed's own, for what only one reader wants.</summary>
    public IReadOnlyList<SeriesRequest> SeriesOf(DatasetSettings wanted) => [.. _polled.Series(wanted)];

    /// <summary>Reads a reply; one that says "too often" holds the whole provider, also where its status says all is well.</summary>
    public Normalised Read(SeriesRequest request, ProviderReply reply)
    {
        var content = ReplyReader.Read(Normaliser, request.Context, reply);
        if (reply.Status is not (418 or 429) && content.Refusals.Any(refusal => refusal.Code == RefusalCode.RateLimited))
        {
            client.RateLimited();
        }

        return content;
    }

    public FeedStatus Status() => health.Status([.. Series.Select(series => series.Series)]);

    public override string ToString() => $"{provider.Name}/{dataset}";
}
