using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline;

namespace AkkaCrypto.Api.Tests;

/// <summary>Where the simulator's address takes the place of <c>simulator:</c>.</summary>
public sealed class ServiceAddressesTests
{
    [Fact]
    public void A_provider_of_the_simulator_is_asked_over_http_and_listened_to_over_a_websocket()
    {
        var settings = Coinone("simulator:/coinone", "simulator:/coinone/socket");
        var put = ServiceAddresses.Put(settings, null, new Uri("http://127.0.0.1:5005/")).Feeds["coinone"];

        Assert.Equal(("http://127.0.0.1:5005/coinone", "ws://127.0.0.1:5005/coinone/socket"), (put.BaseUrl, put.SocketUrl));
    }

    [Fact]
    public void Other_addresses_stay_as_they_are()
    {
        var put = ServiceAddresses.Put(Coinone("https://api.example.com", "wss://stream.example.com"), null, null).Feeds["coinone"];

        Assert.Equal(("https://api.example.com", "wss://stream.example.com"), (put.BaseUrl, put.SocketUrl));
    }

    [Fact]
    public void A_websocket_of_a_simulator_that_is_off_is_a_fault_at_its_setting()
    {
        var fault = Assert.Single(Assert.Throws<SettingsException>(
            () => ServiceAddresses.Put(Coinone("https://api.example.com", "simulator:/coinone/socket"), null, null)).Faults);

        Assert.Equal("akkacrypto.feeds.coinone.socket-url", fault.Path);
    }

    private static Contracts.Settings.AkkaCryptoSettings Coinone(string baseUrl, string socketUrl)
    {
        var settings = TestSettings.Create();
        return settings with
        {
            Feeds = new Dictionary<string, Contracts.Settings.ProviderSettings>
            {
                ["coinone"] = settings.Feeds["coinone"] with { BaseUrl = baseUrl, SocketUrl = socketUrl },
            },
        };
    }
}
