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

    /// <summary>What the tests of the graph need: no jitter, and providers at an address that nobody has.</summary>
    private const string ForTests = """
        akkacrypto {
          stream-defaults.restart.jitter = 0
          feeds.coinone { socket-url = null, datasets { trades.socket = false, orderbook.socket = false } }
          feeds { coingecko.base-url = "http://coingecko.test", coinone.base-url = "http://coinone.test", cryptoquant.base-url = "http://cryptoquant.test" }
        }
        """;

    /// <param name="overrides">HOCON, later ones over earlier ones: <c>akkacrypto.streams.trades.buffer = 2</c>.</param>
    public static AkkaCryptoSettings Read(params IEnumerable<string> overrides)
    {
        var text = string.Join('\n', [Reference, ForTests, .. overrides]);
        return SettingsBinder.Bind<AkkaCryptoSettings>(HoconDocument.Parse(text).Object, HoconConfiguration.RootPath).OrThrow();
    }

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
