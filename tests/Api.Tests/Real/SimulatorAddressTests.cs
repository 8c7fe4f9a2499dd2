using AkkaCrypto.Pipeline;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>How verbs beside a demo find its simulator.</summary>
[Collection(ServerFixture.Collection)]
public sealed class SimulatorAddressTests(ServerFixture servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_demo_tells_where_its_simulator_is_until_it_stops()
    {
        await using (var demo = await RealHost.StartAsync(servers, settings => settings with
        {
            DataDir = _folder.Path, Simulator = settings.Simulator with { Enabled = true },
        }))
        {
            Assert.NotNull(demo.Simulator);
            Assert.Equal(demo.Simulator, await FindAsync());
        }

        Assert.Null(await FindAsync());
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Path), file => file.Contains("simulator", StringComparison.Ordinal));
    }

    private Task<Uri?> FindAsync() => SimulatorAddress.FindAsync(_folder.Path, default);
}
