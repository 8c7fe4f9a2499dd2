using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>The service's own settings: hocon/reference.conf through the real reader and binder, with HOCON of the test laid over
/// it.</summary>
public static class TestSettings
{
    private static readonly string Reference = File.ReadAllText(FindReference());

    /// <summary>What the tests of the graph need: no jitter, and providers at an address that nobody has, none of which is listened
    /// to.</summary>
    private static readonly string ForTests = string.Join('\n', [
        "akkacrypto.stream-defaults.restart.jitter = 0",
        .. Bind(Reference).Feeds.Select(feed =>
            $"akkacrypto.feeds.{feed.Key} {{ base-url = \"http://{feed.Key}.test\", socket-url = null, "
            + $"datasets {{ {string.Join(", ", feed.Value.Datasets.Keys.Select(dataset => dataset + ".socket = false"))} }} }}"),
    ]);

    /// <param name="overrides">HOCON, later ones over earlier ones: <c>akkacrypto.streams.trades.buffer = 2</c>.</param>
    public static AkkaCryptoSettings Read(params IEnumerable<string> overrides) =>
        Bind(string.Join('\n', [Reference, ForTests, .. overrides]));

    private static AkkaCryptoSettings Bind(string text) =>
        SettingsBinder.Bind<AkkaCryptoSettings>(HoconDocument.Parse(text).Object, HoconConfiguration.RootPath).OrThrow();

    /// <summary>The same without the other providers' feeds, for a test that runs the whole catalogue.</summary>
    public static AkkaCryptoSettings WithFeedsOf(this AkkaCryptoSettings settings, params string[] providers) =>
        settings with { Feeds = settings.Feeds.Where(feed => providers.Contains(feed.Key)).ToDictionary(StringComparer.Ordinal) };

    private static string FindReference()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "hocon", "reference.conf");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("hocon/reference.conf is in no folder above the tests");
    }
}
