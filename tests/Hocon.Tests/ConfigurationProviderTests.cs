using AkkaCrypto.Hocon.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Hocon.Tests;

public sealed class ConfigurationProviderTests
{
    [Fact]
    public void A_tree_is_read_through_configuration_keys_with_origins()
    {
        var builder = new ConfigurationBuilder();
        var provider = builder.AddHocon(Resolved.Object("a { b = 1.50, c = [x, {d = true}] }\nn = null, e = [], o {}"));
        var configuration = builder.Build();

        Assert.Equal("1.50", configuration["a:b"]);
        Assert.Equal("x", configuration["A:C:0"]);
        Assert.Equal("true", configuration["a:c:1:d"]);
        Assert.Equal(("", null, null), (configuration["e"], configuration["n"], configuration["o"]));
        Assert.True(provider.TryGetOrigin("a:c:1:d", out var origin));
        Assert.Equal("test.conf:1", origin.ToString());
        Assert.True(provider.TryGetOrigin("n", out origin));
        Assert.Equal("test.conf:2", origin.ToString());
        Assert.False(provider.TryGetOrigin("none", out _));
    }

    [Fact]
    public void An_update_replaces_the_tree_and_tells_who_watches()
    {
        var builder = new ConfigurationBuilder();
        var provider = builder.AddHocon(Resolved.Object("a = 1, gone = 1"));
        var configuration = builder.Build();
        var told = 0;
        using var watching = ChangeToken.OnChange(configuration.GetReloadToken, () => told++);

        provider.Update(Resolved.Object("a = 2"));

        Assert.Equal(("2", null, 1), (configuration["a"], configuration["gone"], told));
    }

    [Fact]
    public void Keys_that_differ_in_case_alone_are_refused()
    {
        var refused = Assert.Throws<HoconException>(() => new HoconConfigurationProvider(Resolved.Object("a = 1\nA = 2")));

        Assert.Equal("test.conf:2: found A, which differs from test.conf:1 in case alone", refused.Message);
    }
}
