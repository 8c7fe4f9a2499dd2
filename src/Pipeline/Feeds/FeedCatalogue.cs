using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>The feeds that the settings name, each with its provider's client. Providers are known by <see cref="Providers"/>.</summary>
public sealed class FeedCatalogue : IDisposable
{
    private readonly Dictionary<(string Provider, string Dataset), Feed> _feeds = [];
    private readonly List<ProviderClient> _clients = [];

    /// <param name="settings">Read live: what may change while running is taken from the newest settings.</param>
    /// <param name="handler">Makes the transport of one provider's client.</param>
    public FeedCatalogue(Func<AkkaCryptoSettings> settings, Func<HttpMessageHandler> handler, TimeProvider time, Random random)
    {
        foreach (var (name, configured) in settings().Feeds)
        {
            var provider = Providers.Find(name)!;
            var client = new ProviderClient(provider, () => settings().Feeds[name], handler(), time, random);
            _clients.Add(client);
            foreach (var (key, dataset) in configured.Datasets)
            {
                var health = new FeedHealth(name, DatasetOf(key), DisabledBecause(name, configured, key, dataset), time);
                _feeds.Add((name, DatasetOf(key)), new Feed(
                    provider, DatasetOf(key), client, () => settings().Feeds[name].Datasets[key], () => StreamOf(settings(), name, key), health));
            }
        }
    }

    public IReadOnlyCollection<Feed> All => _feeds.Values;

    public Feed? Find(string provider, string dataset) => _feeds.GetValueOrDefault((provider, dataset));

    /// <summary>What is wrong with the feeds' settings beyond their form: providers, datasets and streams that don't exist. Empty when all is well.</summary>
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

            foreach (var (key, dataset) in configured.Datasets)
            {
                if (!provider.Polled.ContainsKey(DatasetOf(key)) || !DatasetWriter.Stored.Contains(DatasetOf(key)))
                {
                    var known = provider.Polled.Keys.Where(DatasetWriter.Stored.Contains).Select(KeyOf);
                    yield return ($"{path}.datasets.{key}", $"one of {name}'s datasets {string.Join(", ", known)}");
                }

                if (!settings.Streams.ContainsKey(dataset.Stream))
                {
                    yield return ($"{path}.datasets.{key}.stream", $"one of the streams {string.Join(", ", settings.Streams.Keys)}");
                }
            }
        }
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private static StreamSettings StreamOf(AkkaCryptoSettings settings, string provider, string key) =>
        settings.Streams[settings.Feeds[provider].Datasets[key].Stream];

    // Settings are written with dashes, datasets are known with underscores.
    private static string DatasetOf(string key) => key.Replace('-', '_');

    private static string KeyOf(string dataset) => dataset.Replace('_', '-');

    private static string? DisabledBecause(string name, ProviderSettings provider, string key, DatasetSettings dataset) =>
        !provider.Enabled ? $"switched off by akkacrypto.feeds.{name}.enabled"
        : !dataset.Enabled ? $"switched off by akkacrypto.feeds.{name}.datasets.{key}.enabled"
        : provider.NeedsApiKey && string.IsNullOrEmpty(provider.ApiKey)
            ? $"{name} answers nobody without a key; set AKKACRYPTO__FEEDS__{name.ToUpperInvariant()}__API_KEY"
            : null;
}
