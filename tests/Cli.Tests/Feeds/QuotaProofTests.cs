using AkkaCrypto.Cli.Feeds;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AkkaCrypto.Cli.Tests.Feeds;

public sealed class QuotaProofTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_shows_the_largest_use_of_each_window_and_fails_where_a_budget_was_exceeded()
    {
        var options = new EmbeddedServersOptions(Data, Postgres: true, RedisState: true, RedisCache: true, 64L * 1024 * 1024);
        await using var service = await EmbeddedServers.StartAsync(
            options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
        using var redis = await ConnectionMultiplexer.ConnectAsync(service.RedisState!);
        await redis.GetDatabase().ExecuteAsync("XADD", "ratelimit:{upstream:coinone}:log", "1700000000000-0", "g", "2:1000");

        Assert.Equal(ExitCode.Done, await RunAsync("--provider", "coinone"));
        Assert.Equal(
            "coinone: 1 requests from 2023-11-14T22:13:20.000Z to 2023-11-14T22:13:20.000Z\n"
            + "  minute  budget 1200, largest 1000 from 2023-11-14T22:13:20.000Z, now 0: kept\n",
            _output.ToString());

        await redis.GetDatabase().ExecuteAsync("XADD", "ratelimit:{upstream:coinone}:log", "1700000059999-0", "g", "2:201");
        Assert.Equal(ExitCode.Failed, await RunAsync());
        Assert.Contains("largest 1201 from 2023-11-14T22:13:20.000Z", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("EXCEEDED", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("coingecko: no request in the log", _output.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<UsageException>(() => RunAsync("--provider", "nobody"));
    }

    private Task<int> RunAsync(params string[] arguments) => QuotaProof.Verb.Run(
        ["--data", Data, .. arguments],
        new Surroundings(_output, _error, new Dictionary<string, string>(), Path.Combine(AppContext.BaseDirectory, "hocon")),
        CancellationToken.None);
}
