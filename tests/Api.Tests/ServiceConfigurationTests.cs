using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Api.Tests;

/// <summary>Where the service's settings come from, with the configuration that is shipped.</summary>
public sealed class ServiceConfigurationTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void The_demo_loads_with_its_keys_and_its_simulator()
    {
        var settings = new ServiceConfiguration(new ServiceArguments("demo", null, null, null)).Load();

        Assert.True(settings.Simulator.Enabled);
        Assert.Contains(settings.Auth.ApiKeys, key => key.Key == "demo-key");
    }

    [Fact]
    public void The_command_line_wins_over_the_files()
    {
        File.WriteAllText(_file, "akkacrypto { http.port = 1, data-dir = elsewhere }");

        var settings = new ServiceConfiguration(new ServiceArguments("demo", 2, "/tmp/here", _file)).Load();

        Assert.Equal((2, "/tmp/here"), (settings.Http.Port, settings.DataDir));
    }

    [Fact]
    public void The_profile_env_names_every_server_that_it_was_not_given()
    {
        var refused = Assert.Throws<SettingsException>(
            () => new ServiceConfiguration(new ServiceArguments("env", null, null, null)).Load());

        Assert.Equal(
            ["akkacrypto.postgres.connection-string", "akkacrypto.redis.state", "akkacrypto.redis.cache"],
            refused.Faults.Select(fault => fault.Path));
        Assert.Contains("Postgres__ConnectionString", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_dataset_or_stream_that_does_not_exist_is_a_fault_with_its_place()
    {
        File.WriteAllText(_file, """
            akkacrypto.feeds.coinone.datasets.trades.stream = trade
            akkacrypto.feeds.nobody = ${akkacrypto.provider-defaults} { base-url = "http://127.0.0.1" }
            """);

        var refused = Assert.Throws<SettingsException>(
            () => new ServiceConfiguration(new ServiceArguments("demo", null, null, _file)).Load());

        Assert.Equal(
            ["akkacrypto.feeds.coinone.datasets.trades.stream", "akkacrypto.feeds.nobody"], refused.Faults.Select(fault => fault.Path)
                .Order());
        Assert.Contains($"{_file}:1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev", "demo", 6000, 200)]
    [InlineData("prod", "live", 100, 2000)]
    public void The_shipped_overlays_lay_their_own_keys_limits_and_times_over_a_profile(
        string overlay, string profile, int freePerMinute, int priceMilliseconds)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "hocon", "overlays", overlay + ".conf");

        var settings = new ServiceConfiguration(new ServiceArguments(profile, null, null, file)).Load();

        Assert.Equal(overlay, settings.Auth.Keys.Environment);
        Assert.Equal(freePerMinute, settings.Quota.Tiers["free"].Limits["minute"].Limit);
        Assert.Equal(TimeSpan.FromMilliseconds(priceMilliseconds), settings.Cache.Prices.MemoryTtl);
    }

    public void Dispose() => File.Delete(_file);
}
