using System.Net;
using System.Net.Sockets;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Storage.Tests.Embedded;

public sealed class SupervisedServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _stranger = new(IPAddress.Loopback, 0);

    private int TakenPort => ((IPEndPoint)_stranger.LocalEndpoint).Port;

    public SupervisedServerTests() => _stranger.Start();

    public void Dispose()
    {
        _stranger.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ServerKind.Postgres)]
    [InlineData(ServerKind.RedisCache)]
    public async Task A_port_that_is_taken_at_the_last_moment_is_left_for_another(ServerKind kind)
    {
        var asked = 0;
        using var folder = await OpenAsync();
        await using var server = await StartAsync(kind, folder, () => asked++ == 0 ? TakenPort : LoopbackPort.Free());
        Assert.Equal(2, asked);
        Assert.NotEqual(TakenPort, server.Port);
    }

    [Theory]
    [InlineData(ServerKind.Postgres)]
    [InlineData(ServerKind.RedisCache)]
    public async Task A_server_that_cannot_start_says_why(ServerKind kind)
    {
        using var folder = await OpenAsync();
        var failed = await Assert.ThrowsAsync<EmbeddedServerException>(() => StartAsync(kind, folder, () => TakenPort));
        Assert.Contains($"ended while starting on port {TakenPort}", failed.Message);
        Assert.Contains("Address already in use", failed.Message);
    }

    private Task<DataFolder> OpenAsync() => DataFolder.OpenAsync(_folder.Path, NullLogger.Instance, CancellationToken.None);

    private static Task<SupervisedServer> StartAsync(ServerKind kind, DataFolder folder, Func<int> freePort)
    {
        ServerDefinition server = kind == ServerKind.Postgres
            ? new PostgresDefinition(folder)
            : new RedisDefinition(kind, folder, maxMemoryBytes: null);
        return SupervisedServer.StartAsync(server, folder.User, freePort, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
    }
}
