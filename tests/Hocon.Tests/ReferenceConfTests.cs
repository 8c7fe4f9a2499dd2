using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>The configuration that the service ships with.</summary>
public sealed class ReferenceConfTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "hocon");

    [Theory]
    [InlineData("demo")]
    [InlineData("live")]
    [InlineData("env")]
    public void A_profile_binds_to_the_settings_without_a_fault(string profile)
    {
        var root = HoconConfiguration.Load(Folder, profile, null, Resolved.Variables()).Object;

        Assert.Equal(profile, SettingsBinder.Bind<AkkaCryptoSettings>(root, "akkacrypto").OrThrow().Profile);
    }

    /// <summary>Settings without a value stop the binder, so this also proves that the file names every setting of the schema.</summary>
    [Fact]
    public void Reference_conf_alone_holds_every_setting()
    {
        var root = HoconDocument.Load(Path.Combine(Folder, "reference.conf")).Object;

        var settings = SettingsBinder.Bind<AkkaCryptoSettings>(root, "akkacrypto").OrThrow();

        Assert.Equal(settings.StreamDefaults.BatchSize, settings.Streams["charts"].BatchSize);
        Assert.Equal(TimeSpan.FromMilliseconds(250), settings.StreamDefaults.FlushInterval);
        Assert.Equal(4L * 1024 * 1024, settings.Http.MaxBodyBytes);
    }

    [Fact]
    public void An_override_of_the_stream_defaults_reaches_every_stream_built_on_them()
    {
        var variables = Resolved.Variables(("AKKACRYPTO__STREAM_DEFAULTS__BATCH_SIZE", "123"),
            ("AKKACRYPTO__FEEDS__COINONE__API_KEY", "5e3"));
        var root = HoconConfiguration.Load(Folder, "demo", null, variables).Object;

        var settings = SettingsBinder.Bind<AkkaCryptoSettings>(root, "akkacrypto").OrThrow();

        Assert.Equal((123, 50), (settings.Streams["charts"].BatchSize, settings.Streams["orderbooks"].BatchSize));
        Assert.Equal("5e3", settings.Feeds["coinone"].ApiKey);
    }

    [Fact]
    public void A_backoff_range_upside_down_is_a_fault_at_its_place()
    {
        var variables = Resolved.Variables(("AKKACRYPTO__STREAMS__TRADES__RESTART__MAX_BACKOFF", "1ms"), ("AKKACRYPTO__STREEMS__X", "1"));
        var root = HoconConfiguration.Load(Folder, "demo", null, variables).Object;

        Assert.Equal(
            [
                "akkacrypto.streems: found an unknown setting, expected streams: did you mean that? "
                + "(environment variable AKKACRYPTO__STREEMS__X)",
                "akkacrypto.streams.trades.restart.max-backoff: found \"1ms\", expected at least min-backoff "
                + "(environment variable AKKACRYPTO__STREAMS__TRADES__RESTART__MAX_BACKOFF)",
            ],
            SettingsBinder.Bind<AkkaCryptoSettings>(root, "akkacrypto").Faults.Select(fault => fault.ToString()));
    }

    /// <summary>TimeSpan reads "24:00:00" as 24 days: the longest backoff is meant to be one.</summary>
    [Fact]
    public void The_longest_backoff_is_a_day()
    {
        var variables = Resolved.Variables(("AKKACRYPTO__STREAMS__TRADES__RESTART__MAX_BACKOFF", "25h"));
        var root = HoconConfiguration.Load(Folder, "demo", null, variables).Object;

        Assert.Equal(
            "a duration such as 250ms, from 1ms to 1d",
            Assert.Single(SettingsBinder.Bind<AkkaCryptoSettings>(root, "akkacrypto").Faults).Expected);
    }

    /// <summary>
    /// Every setting's line has a comment above it or above its group. A group: lines without an empty line or a block's end between them;
    /// entries of a map (streams.*, feeds.*, quota.tiers.*) are documented by the block they are in.
    /// </summary>
    [Fact]
    public void Every_setting_of_reference_conf_is_documented()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "reference.conf"));
        string[] maps = ["akkacrypto", "streams", "feeds"];
        var blocks = new Stack<(string Name, bool Documented)>([("", false)]);
        var documented = false;
        var bare = new List<string>();
        foreach (var line in lines.Select(line => line.Trim()))
        {
            documented = line.StartsWith('#') || (line.Length > 0 && documented);
            if (line.EndsWith('{'))
            {
                var name = line.Split(' ', '=')[0];
                blocks.Push((name, documented || blocks.Peek().Documented || maps.Contains(name)));
                documented = false;
            }
            else if (line == "}")
            {
                blocks.Pop();
                documented = false;
            }
            else if (line.Length > 0 && !line.StartsWith('#') && !documented
                && !blocks.Any(block => block.Documented && block.Name.Length > 0))
            {
                bare.Add(line);
            }
        }

        Assert.Empty(bare);
    }
}
