using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Storage.Redis;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>The feeds that the settings name, each with its provider's client. Providers are known by <see cref="Providers"/>.</summary>
public sealed class FeedCatalogue : IDisposable
{
    /// <summary>Datasets whose records' keys name no provider.</summary>
    private static readonly HashSet<string> WithoutProvider = ["onchain", "market_chart", "simple_price"];

    private readonly Dictionary<(string Provider, string Dataset), Feed> _feeds = [];
    private readonly List<ProviderClient> _clients = [];

    /// <param name="settings">
    /// Read live: what may change while running is taken from the newest settings. What they no longer name goes on as it was at the start.
    /// </param>
    /// <param name="handler">Makes the transport of one provider's client.</param>
    /// <param name="state">Redis in its role as state, where the providers' budgets are shared by all nodes; null: this process has them
    /// alone.</param>
    /// <param name="heldBecause">Read live: why all feeds have to pause, such as a full disk; null while they needn't.</param>
    public FeedCatalogue(
        Func<AkkaCryptoSettings> settings, Func<HttpMessageHandler> handler, TimeProvider time, Random random,
        RedisConnection? state = null, Func<string?>? heldBecause = null)
    {
        var atStart = settings();
        foreach (var (name, configured) in atStart.Feeds)
        {
            var provider = Providers.Find(name)!;
            ProviderSettings Now() => settings().Feeds.GetValueOrDefault(name) ?? configured;
            var governor = new UpstreamGovernor(name, () => Now().Budget, time, state);
            var client = new ProviderClient(provider, Now, handler(), time, random, governor);
            _clients.Add(client);
            foreach (var (key, dataset) in configured.Datasets)
            {
                var health = new FeedHealth(name, DatasetOf(key), DisabledBecause(name, configured, key, dataset), time);
                DatasetSettings DatasetNow() => Now().Datasets.GetValueOrDefault(key) ?? dataset;
                StreamSettings StreamNow() => settings().Streams.GetValueOrDefault(DatasetNow().Stream) ?? atStart.Streams[dataset.Stream];
                _feeds.Add(
                    (name, DatasetOf(key)), new Feed(provider, DatasetOf(key), client, DatasetNow, StreamNow, health, Now, heldBecause));
            }
        }
    }

    public IReadOnlyCollection<Feed> All => _feeds.Values;

    /// <summary>One for each provider.</summary>
    public IEnumerable<UpstreamGovernor> Governors => _clients.Select(client => client.Governor);

    /// <summary>Requests that left because somebody waited, to all providers together; each attempt is one.</summary>
    public long UserRequests => _clients.Sum(client => client.UserRequests);

    public Feed? Find(string provider, string dataset) => _feeds.GetValueOrDefault((provider, dataset));

    /// <summary>What is wrong with the feeds' settings beyond their form: providers, datasets and streams that don't exist. Empty when all
    /// is well.</summary>
    public static IEnumerable<(string Path, string Expected)> Faults(AkkaCryptoSettings settings)
    {
        foreach (var (name, configured) in settings.Feeds)
        {
            var path = $"akkacrypto.feeds.{name}";
            if (Providers.Find(name) is not { } provider)
            {
                yield return (path, $"one of the providers {string.Join(", ", Providers.All.Select(known => known.Name))}");
                continue;
            }

            if (!Uri.TryCreate(configured.BaseUrl, UriKind.Absolute, out _))
            {
                yield return ($"{path}.base-url", "an absolute address like https://api.example.com/v1");
            }

            if (configured.SocketUrl is { } url
                && !(Uri.TryCreate(url, UriKind.Absolute, out var socket) && socket.Scheme is not ("http" or "https")))
            {
                yield return ($"{path}.socket-url", "an absolute address like wss://stream.example.com, or null");
            }

            foreach (var fault in configured.Datasets.SelectMany(dataset => Faults(settings, provider, dataset.Key, dataset.Value)))
            {
                yield return fault;
            }
        }

        foreach (var fault in SharedSeries(settings))
        {
            yield return fault;
        }
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private static IEnumerable<(string Path, string Expected)> Faults(
        AkkaCryptoSettings settings, IProvider provider, string key, DatasetSettings dataset)
    {
        var path = $"akkacrypto.feeds.{provider.Name}.datasets.{key}";
        if (!settings.Streams.ContainsKey(dataset.Stream))
        {
            yield return ($"{path}.stream", $"one of the streams {string.Join(", ", settings.Streams.Keys)}");
        }

        if (dataset.Socket && !provider.Sockets.ContainsKey(DatasetOf(key)))
        {
            yield return ($"{path}.socket", $"false, for {provider.Name} pushes no {key}");
        }
        else if (dataset.Socket && settings.Feeds[provider.Name].SocketUrl is null)
        {
            yield return ($"{path}.socket", $"false, or an address in akkacrypto.feeds.{provider.Name}.socket-url");
        }

        if (!provider.Polled.TryGetValue(DatasetOf(key), out var polled) || !DatasetWriter.Stored.Contains(DatasetOf(key)))
        {
            var known = provider.Polled.Keys.Where(DatasetWriter.Stored.Contains).Select(KeyOf);
            yield return (path, $"one of {provider.Name}'s datasets {string.Join(", ", known)}");
        }
        else if (SeriesFault(polled, dataset) is { } fault)
        {
            yield return (path, $"series that can be asked for: {fault}");
        }
    }

    /// <summary>Two providers of one series would correct each other for ever: the key of these records does not say whose they
    /// are.</summary>
    private static IEnumerable<(string Path, string Expected)> SharedSeries(AkkaCryptoSettings settings)
    {
        var series =
            from feed in settings.Feeds.OrderBy(feed => feed.Key, StringComparer.Ordinal)
            where feed.Value.Enabled
            from dataset in feed.Value.Datasets
            where dataset.Value.Enabled && WithoutProvider.Contains(DatasetOf(dataset.Key))
            let polled = Providers.Find(feed.Key)?.Polled.GetValueOrDefault(DatasetOf(dataset.Key))
            where polled is not null && SeriesFault(polled, dataset.Value) is null
            from request in polled.Series(dataset.Value)
            select (Dataset: dataset.Key, request.Series, Provider: feed.Key);
        var faults =
            from shared in series.GroupBy(one => (one.Dataset, one.Series))
            let owner = shared.First().Provider
            from other in shared.Where(one => one.Provider != owner)
            select ($"akkacrypto.feeds.{other.Provider}.datasets.{other.Dataset}",
                $"series that no other provider brings, but {other.Series} is {owner}'s too (another source keeps them apart)");
        return faults.DistinctBy(fault => fault.Item1);
    }

    private static string? SeriesFault(IPolledDataset polled, DatasetSettings dataset)
    {
        try
        {
            _ = polled.Series(dataset).Count();
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Settings are written with dashes, datasets are known with underscores.</summary>
    public static string DatasetOf(string key) => key.Replace('-', '_');

    private static string KeyOf(string dataset) => dataset.Replace('_', '-');

    private static string? DisabledBecause(string name, ProviderSettings provider, string key, DatasetSettings dataset) =>
        !provider.Enabled ? $"switched off by akkacrypto.feeds.{name}.enabled"
        : !dataset.Enabled ? $"switched off by akkacrypto.feeds.{name}.datasets.{key}.enabled"
        : provider.NeedsApiKey && string.IsNullOrEmpty(provider.ApiKey)
            ? $"{name} answers nobody without a key; set AKKACRYPTO__FEEDS__{name.ToUpperInvariant()}__API_KEY"
            : null;
}
