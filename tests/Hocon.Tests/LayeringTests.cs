using AkkaCrypto.Hocon.Configuration;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>Environment over --config over profile over reference, merged before substitutions resolve.</summary>
public sealed class LayeringTests : IDisposable
{
    private readonly Folder folder = new();

    public LayeringTests()
    {
        folder.Write("reference.conf", """
            akkacrypto {
              profile = reference, postgres.connection-string = null, redis { state = null, cache = null }
              stream-defaults { batch-size = 1, wait-for = 1s }
              streams { trades = ${akkacrypto.stream-defaults}, prices = ${akkacrypto.stream-defaults} { batch-size = 7 } }
              admin = null
              admin = ${?ADMIN}
            }
            """);
        folder.Write("demo.conf", "include required(\"reference.conf\")\nakkacrypto { profile = demo, stream-defaults.batch-size = 2 }");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_layer_wins_over_the_one_before()
    {
        var site = folder.Write("site.conf", "akkacrypto.stream-defaults.batch-size = 3");

        Assert.Equal("2", At(Load(null), "streams.trades.batch-size"));
        Assert.Equal("3", At(Load(site), "streams.trades.batch-size"));
        Assert.Equal("4", At(Load(site, ("AKKACRYPTO__STREAM_DEFAULTS__BATCH_SIZE", "4")), "streams.trades.batch-size"));
        Assert.Equal("7", At(Load(site, ("AKKACRYPTO__STREAM_DEFAULTS__BATCH_SIZE", "4")), "streams.prices.batch-size"));
        Assert.Equal("5", At(Load(site, ("AKKACRYPTO__STREAMS__PRICES__BATCH_SIZE", "5")), "streams.prices.batch-size"));
    }

    [Fact]
    public void A_setting_of_a_variable_has_the_variable_as_its_origin()
    {
        var root = Load(null, ("AKKACRYPTO__STREAMS__TRADES__WAIT_FOR", "250ms"));

        Assert.Equal(
            "environment variable AKKACRYPTO__STREAMS__TRADES__WAIT_FOR",
            root.TryGetValue("akkacrypto.streams.trades.wait-for").Origin.ToString());
        Assert.Equal($"{folder["reference.conf"]}:3", root.TryGetValue("akkacrypto.streams.prices.wait-for").Origin.ToString());
    }

    [Theory]
    [InlineData("250ms", "\"250ms\"")]
    [InlineData("5", "5")]
    [InlineData("[api, feeds]", "[\"api\",\"feeds\"]")]
    [InlineData("{ a = 1 }", "{\"a\":1}")]
    [InlineData("\"a#b\"", "\"a#b\"")]
    [InlineData("${akkacrypto.profile}!", "\"${akkacrypto.profile}!\"")]
    [InlineData("${akkacrypto.profile} x", "\"demo x\"")]
    [InlineData("Host=db;Password=a#b", "\"Host=db;Password=a#b\"")]
    [InlineData("abc # def", "\"abc # def\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("http://x", "\"http://x\"")]
    [InlineData("null", "null")]
    public void The_text_of_a_variable_is_one_hocon_value_or_stands_for_itself(string text, string json) =>
        Resolved.Same(json, Load(null, ("AKKACRYPTO__OTHER__NAME", text)).TryGetValue("akkacrypto.other.name"));

    [Theory]
    [InlineData("123", "123")]
    [InlineData("${x}", "${x}")]
    [InlineData("[a]", "[a]")]
    [InlineData(" a b ", " a b ")]
    [InlineData("\"a\\\"b\"", "a\"b")]
    public void The_text_of_a_secret_variable_stands_for_itself_unless_quoted(string text, string value) =>
        Assert.Equal(value,
            Assert.IsType<HoconString>(Load(null, ("AKKACRYPTO__FEEDS__X__API_KEY", text)).TryGetValue("akkacrypto.feeds.x.api-key")).Text);

    [Fact]
    public void The_three_well_known_variables_stand_for_themselves()
    {
        var root = Load(null, ("Postgres__ConnectionString", "Host=a;Password=${x}#"),
            ("Redis__State", "localhost:1"), ("REDIS__CACHE", "c:2"));

        Assert.Equal("Host=a;Password=${x}#", At(root, "postgres.connection-string"));
        Assert.Equal("localhost:1", At(root, "redis.state"));
        Assert.Equal("c:2", At(root, "redis.cache"));
    }

    [Fact]
    public void An_empty_variable_counts_as_unset()
    {
        var root = Load(null, ("Postgres__ConnectionString", ""), ("AKKACRYPTO__PROFILE", ""), ("ADMIN", ""));

        Assert.IsType<HoconNull>(root.TryGetValue("akkacrypto.postgres.connection-string"));
        Assert.IsType<HoconNull>(root.TryGetValue("akkacrypto.admin"));
        Assert.Equal("demo", At(root, "profile"));
    }

    [Fact]
    public void A_variable_that_names_no_setting_is_refused()
    {
        var refused = Assert.Throws<HoconException>(() => Load(null, ("AKKACRYPTO____X", "1")));

        Assert.StartsWith("environment variable AKKACRYPTO____X: found an unusable name", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nosuch")]
    [InlineData("../demo")]
    [InlineData("reference")]
    public void An_unknown_profile_is_refused_with_those_there_are(string profile)
    {
        var refused = Assert.Throws<HoconException>(() => HoconConfiguration.Load(folder.Path, profile, null, Resolved.Variables()));

        Assert.EndsWith($"found no profile \"{profile}\", expected one of demo", refused.Message, StringComparison.Ordinal);
    }

    private HoconObject Load(string? configFile, params (string Name, string Value)[] variables) =>
        HoconConfiguration.Load(folder.Path, "demo", configFile, Resolved.Variables(variables)).Object;

    private static string At(HoconObject root, string path) => ((HoconScalar)root.TryGetValue("akkacrypto." + path)).Text;
}
