using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>One provider × one dataset, as the settings ask for it.</summary>
/// <param name="upstream">The provider's own settings; null for a feed that never listens.</param>
public sealed class Feed(
    IProvider provider, string dataset, ProviderClient client, Func<DatasetSettings> settings, Func<StreamSettings> stream,
    FeedHealth health, Func<ProviderSettings>? upstream = null, Func<string?>? heldBecause = null)
{
    private readonly IPolledDataset _polled = provider.Polled[dataset];

    public string Provider => provider.Name;

    public string Dataset => dataset;

    public ProviderClient Client => client;

    public FeedHealth Health => health;

    public Normaliser Normaliser { get; } = provider.Normalisers[dataset];

    /// <summary>What is pushed of the dataset; null where the provider pushes nothing of it.</summary>
    public ISocketDataset? Pushed { get; } = upstream is null ? null : provider.Sockets.GetValueOrDefault(dataset);

    /// <summary>Reads the frames of the provider's websocket; asked for only where <see cref="Pushed"/> is not null.</summary>
    public Normaliser FrameNormaliser => provider.Normalisers["ws"];

    public int? WindowSize => _polled.WindowSize;

    /// <summary>As they are now: they may change while running.</summary>
    public DatasetSettings Settings => settings();

    /// <summary>As they are now: they may change while running.</summary>
    public StreamSettings Stream => HeldBecause is null ? stream() : stream() with { Paused = true };

    /// <summary>Why all feeds are held at this moment, whatever their streams' settings; null when they aren't.</summary>
    public string? HeldBecause => heldBecause?.Invoke();

    /// <summary>As it is now, for graphs and connections that start anew.</summary>
    public RestartBackoff Backoff() => new(Stream.Restart.MinBackoff, Stream.Restart.MaxBackoff, Stream.Restart.Jitter);

    public IReadOnlyList<SeriesRequest> Series => [.. _polled.Series(settings())];

    /// <summary>How its past is asked for; null where the provider does not show it.</summary>
    public IHistory? History => _polled.History;

    /// <summary>The series that such settings would ask for.</summary>
    /// <exception cref="FormatException">They name a series that can't be asked for.</exception>
    public IReadOnlyList<SeriesRequest> SeriesOf(DatasetSettings asked) => [.. _polled.Series(asked)];

    /// <summary>The request for one pair, whether or not the feed polls it.</summary>
    public SeriesRequest RequestForPair(string pair) => _polled.Series(settings() with { Pairs = [pair] }).Single();

    /// <summary>
    /// The connection that the settings want at this moment; null while they want none, or while the feed is paused.
    /// </summary>
    public SocketSettings? Listening()
    {
        if (Pushed is null || !Settings.Socket || Stream.Paused || upstream!() is not { SocketUrl: { } url } now)
        {
            return null;
        }

        var plan = Pushed.Plan(Settings);
        return new SocketSettings(new Uri(url.TrimEnd('/') + plan.Path), plan.Subscribe, plan.Silence, (int)now.MaxReplyBytes)
        {
            Heartbeat = plan.Heartbeat,
            HeartbeatEvery = plan.HeartbeatEvery,
            Ready = client.Governor.WhenFreeAsync,
            Refused = client.Refused,
        };
    }

    /// <summary>Reads a reply; one that says "too often" holds the whole provider, also where its status says all is well.</summary>
    public Normalised Read(SeriesRequest request, ProviderReply reply)
    {
        var content = ReplyReader.ReadToStore(Normaliser, request.Context, reply);
        if (reply.Status is not (418 or 429) && content.Refusals.Any(refusal => refusal.Code == RefusalCode.RateLimited))
        {
            client.RateLimited();
        }

        return content;
    }

    public SeriesKey KeyOf(SeriesRequest request) => new(Provider, Dataset, request.Series);

    /// <summary>A feed whose provider wants to be left alone backs off, whatever it did last.</summary>
    public FeedStatus Status()
    {
        var status = health.Status([.. Series.Select(series => series.Series)]);
        return status.State == FeedState.Running && client.Governor.Status().HeldUntil is { } until
            ? status with { State = FeedState.BackingOff, Reason = $"{Provider} wants to be left alone until {until.UtcDateTime:O}" }
            : status;
    }

    public override string ToString() => $"{provider.Name}/{dataset}";
}
