using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Cli.Tests;

public sealed class ServiceConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Beside_a_running_service_its_servers_are_used_and_left_running()
    {
        var options = new EmbeddedServersOptions(Data, Postgres: true, RedisState: true, RedisCache: true, 64L * 1024 * 1024);
        await using var service = await EmbeddedServers.StartAsync(
            options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);

        await using (var connection = await OpenAsync())
        {
            Assert.Equal(
                (service.PostgresConnectionString, service.RedisState, service.RedisCache),
                (connection.Settings.Postgres.ConnectionString, connection.Settings.Redis.State, connection.Settings.Redis.Cache));
            Assert.Equal(0L, await TradesAsync(connection));
            Assert.True(await (await connection.StateAsync()).PingAsync() > TimeSpan.Zero);
        }

        Assert.All(service.Processes, server => Assert.NotNull(server.Pid));
    }

    [Fact]
    public async Task Without_a_running_service_the_servers_are_started_and_end_with_the_verb()
    {
        await using (var begun = await OpenAsync(mayBegin: true))
        {
            Assert.Equal(0L, await TradesAsync(begun));
        }

        await using (var connection = await OpenAsync())
        {
            Assert.Equal(0L, await TradesAsync(connection));
            Assert.True(await (await connection.CacheAsync()).PingAsync() > TimeSpan.Zero);
        }

        // The folder is free again and nothing of the first run is left to be found.
        var options = new EmbeddedServersOptions(Data, Postgres: true, RedisState: true, RedisCache: true, 64L * 1024 * 1024);
        Assert.Null(await EmbeddedServers.FindRunningAsync(options, NullLogger<EmbeddedServers>.Instance, CancellationToken.None));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("")]
    public async Task A_folder_without_a_services_data_is_refused_and_left_as_it_is(string name)
    {
        var refused = await Assert.ThrowsAsync<ServiceConnectionException>(() => OpenAsync(data: Path.Combine(_folder.Path, name)));

        Assert.Contains("holds no service's data", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_folder.Path));
    }

    [Fact]
    public async Task Settings_that_do_not_hold_are_refused_with_what_is_wrong()
    {
        _environment["AKKACRYPTO__POSTGRES__MAX_POOL_SIZE"] = "none";

        var refused = await Assert.ThrowsAsync<ServiceConnectionException>(() => OpenAsync());

        Assert.Contains("akkacrypto.postgres.max-pool-size", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<object?> TradesAsync(ServiceConnection connection)
    {
        await using var command = connection.Database.CreateCommand("SELECT count(*) FROM market.trades");
        return await command.ExecuteScalarAsync();
    }

    private Task<ServiceConnection> OpenAsync(bool mayBegin = false, string? data = null) => ServiceConnection.OpenAsync(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["--data"] = data ?? Data },
        new Surroundings(new StringWriter(), new StringWriter(), _environment, Path.Combine(AppContext.BaseDirectory, "hocon")),
        CancellationToken.None, mayBegin);
}
