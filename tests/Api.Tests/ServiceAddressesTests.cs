using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Api.Tests;

public sealed class ServiceAddressesTests
{
    [Fact]
    public void A_provider_at_the_simulator_is_asked_there_by_http_and_by_websocket()
    {
        var settings = AkkaCrypto.TestKit.Feeds.TestSettings.Read(
            "akkacrypto.feeds.upbit { base-url = \"simulator:/upbit\", socket-url = \"simulator:/upbit/socket\" }");
        var feeds = ServiceAddresses.Put(settings, null, new Uri("http://127.0.0.1:41234/")).Feeds;
        Assert.Equal(
            ("http://127.0.0.1:41234/upbit", "ws://127.0.0.1:41234/upbit/socket"), (feeds["upbit"].BaseUrl, feeds["upbit"].SocketUrl));
        Assert.Equal("wss://ws-api.bithumb.com/websocket/v1", feeds["bithumb"].SocketUrl);
        Assert.Null(feeds["coingecko"].SocketUrl);
    }

    [Theory]
    [InlineData("base-url", "http")]
    [InlineData("socket-url", "ws")]
    public void Without_a_simulator_such_an_address_is_a_fault_that_names_its_setting(string setting, string scheme)
    {
        var settings = AkkaCrypto.TestKit.Feeds.TestSettings.Read($"akkacrypto.feeds.upbit.{setting} = \"simulator:/upbit\"");
        var fault = Assert.Throws<SettingsException>(() => ServiceAddresses.Put(settings, null, null));
        Assert.Contains($"akkacrypto.feeds.upbit.{setting}", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"begins with {scheme}:", fault.Message, StringComparison.Ordinal);
    }
}
