using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Pipeline.Tests;

public sealed class SimulatorAddressSpec : IDisposable
{
    private static readonly Uri Address = new("http://127.0.0.1:4711/");

    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_found_while_its_service_runs_and_is_gone_when_that_has_stopped()
    {
        await using (await SimulatorAddress.TellAsync(Data, Address, default))
        {
            Assert.Equal(Address, await FindAsync());
            Assert.Equal(Address, await FindAsync());
        }

        Assert.Null(await FindAsync());
        Assert.Empty(Directory.EnumerateFiles(Data));
    }

    [Fact]
    public async Task What_a_killed_service_left_is_not_believed_and_is_replaced_by_the_next()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "simulator.address"), "http://127.0.0.1:4710/");
        await File.WriteAllTextAsync(Path.Combine(Data, "simulator.address.lock"), "");
        Assert.Null(await FindAsync());

        await using var next = await SimulatorAddress.TellAsync(Data, Address, default);
        Assert.Equal(Address, await FindAsync());
    }

    [Fact]
    public async Task A_service_that_stops_leaves_the_address_of_another_that_runs_on_the_folder()
    {
        var first = await SimulatorAddress.TellAsync(Data, new Uri("http://127.0.0.1:4710/"), default);
        await using var second = await SimulatorAddress.TellAsync(Data, Address, default);

        await first.DisposeAsync();

        Assert.Equal(Address, await FindAsync());
    }

    private Task<Uri?> FindAsync() => SimulatorAddress.FindAsync(Data, default);
}
