using System.Net;
using System.Net.Sockets;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Api.Tests;

public sealed class StartTests
{
    private static AuthSettings WithKey(string id, string key, string tier = "large") =>
        TestSettings.Create().Auth with { ApiKeys = [new ApiKeySettings(id, key, ApiRole.User, tier, "t")] };

    [Theory]
    [InlineData("live")]
    [InlineData("env")]
    public async Task Demo_keys_stop_the_start_of_any_other_profile(string profile)
    {
        var fault = await Assert.ThrowsAsync<SettingsException>(() => ApiHost.StartAsync(settings => settings with { Profile = profile }));
        Assert.Equal(3, fault.Faults.Count);
        Assert.All(fault.Faults, one => Assert.Contains("outside the demo profile", one.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(
            TestSettings.AdminKey, fault.Message.Replace("id 'demo-admin'", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_on_which_somebody_listens_is_refused_before_anything_is_begun()
    {
        using var somebody = new TcpListener(IPAddress.Loopback, 0);
        somebody.Start();
        var port = ((IPEndPoint)somebody.LocalEndpoint).Port;
        var http = TestSettings.Create().Http with { Host = "127.0.0.1", Port = port };

        var taken = Assert.Throws<IOException>(() => ServiceHost.RefuseTakenAddress(http));
        Assert.Contains($"http://127.0.0.1:{port}", taken.Message, StringComparison.Ordinal);
        somebody.Stop();
        ServiceHost.RefuseTakenAddress(http);
        ServiceHost.RefuseTakenAddress(http with { Port = 0 });
    }

    [Fact]
    public async Task A_key_of_an_unknown_tier_stops_the_start()
    {
        var fault = await Assert.ThrowsAsync<SettingsException>(
            () => ApiHost.StartAsync(settings => settings with { Auth = WithKey("a", "some-key", "gold") }));
        Assert.Contains("tier: found gold, expected a name of akkacrypto.quota.tiers: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_admin_key_of_a_live_system_opens_admin_routes_without_quota()
    {
        await using var api = await ApiHost.StartAsync(
            settings => settings with { Profile = "live", Auth = settings.Auth with { ApiKeys = [], AdminKey = "first-admin-key" } });
        using var response = await api.GetAsync("/admin/feeds", "first-admin-key");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("RateLimit"));
    }

    [Fact]
    public async Task The_pool_has_more_threads_while_the_process_starts_and_as_many_as_before_afterwards()
    {
        ThreadPool.GetMinThreads(out var before, out _);
        var clock = new FakeTimeProvider();
        var lent = StartThreads.LendAsync(clock, CancellationToken.None);
        ThreadPool.GetMinThreads(out var meanwhile, out _);
        Assert.True(meanwhile >= Math.Max(before, 32), $"{meanwhile} threads, {before} before");
        clock.Advance(TimeSpan.FromMinutes(1));
        await lent;
        ThreadPool.GetMinThreads(out var after, out _);
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData("", "demo", null, null, null)]
    [InlineData("--profile live --port 0 --data /tmp/x --config my.conf", "live", 0, "/tmp/x", "my.conf")]
    public void The_command_line_is_read(string line, string profile, int? port, string? data, string? config)
    {
        Assert.True(ServiceArguments.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var parsed, out _));
        Assert.Equal(new ServiceArguments(profile, port, data, config), parsed);
    }

    [Theory]
    [InlineData("--port 65536")]
    [InlineData("--port -1")]
    [InlineData("--profile prod")]
    [InlineData("--data")]
    [InlineData("--verbose yes")]
    public void A_wrong_command_line_is_refused_with_the_reason(string line)
    {
        Assert.False(ServiceArguments.TryParse(line.Split(' '), out _, out var fault));
        Assert.Contains(line.Split(' ')[0], fault, StringComparison.Ordinal);
    }
}
