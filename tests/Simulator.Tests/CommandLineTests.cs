namespace AkkaCrypto.Simulator.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void Options_are_read_as_given()
    {
        var (options, _) = CommandLine.Read(["--port", "8090", "--seed", "-7", "--pace", "2.5"]);
        Assert.Equal((8090, -7L, 2.5), (options!.Port, options.Seed, options.Pace));
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--port", "x")]
    [InlineData("--pace", "0")]
    [InlineData("--pace", "NaN")]
    [InlineData("--speed", "1")]
    [InlineData("--seed")]
    public void What_is_unknown_or_out_of_range_is_refused_by_name(params string[] arguments)
    {
        var (options, problem) = CommandLine.Read(arguments);
        Assert.Null(options);
        Assert.Contains(arguments[0].TrimStart('-'), problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_does_not_start_with_options_that_make_no_sense()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            () => SimulatorServer.StartAsync(new SimulatorOptions(1, Port: -1, Pace: 1e9), TimeProvider.System));
        Assert.Contains("port: -1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pace:", refused.Message, StringComparison.Ordinal);
    }
}
