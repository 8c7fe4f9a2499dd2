using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Bench.Reads;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>The service as shipped (key, quota, validation, request log, metrics) twice: before the ledger, and before the peer's way.</summary>
internal sealed class WalletServices : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly List<IAsyncDisposable> open = [];

    private WalletServices(DirectoryInfo folder) => this.folder = folder;

    public Uri Ours { get; private set; } = null!;

    public Uri Peers { get; private set; } = null!;

    /// <param name="redisState">Connection string; the quota is counted there.</param>
    public static async Task<WalletServices> StartAsync(
        WalletLedger ledger, IShardRegion<LedgerCommand, LedgerReply> peers, string redisState, CancellationToken cancellationToken)
    {
        var services = new WalletServices(Directory.CreateTempSubdirectory("akkacrypto-bench"));
        services.Ours = await services.StartAsync("ours", ledger, ledger, redisState, cancellationToken);
        services.Peers = await services.StartAsync("peers", ledger, peers, redisState, cancellationToken);
        return services;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = open.Count - 1; i >= 0; i--)
        {
            await open[i].DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    private async Task<Uri> StartAsync(
        string name, WalletLedger ledger, IShardRegion<LedgerCommand, LedgerReply> wallets, string redisState,
        CancellationToken cancellationToken)
    {
        var settings = BenchSettings.Create(folder.CreateSubdirectory(name).FullName);
        var logs = Opened(ServiceLogs.Create(settings, TimeProvider.System));
        var state = Opened(await RedisConnection.ConnectAsync(
            new RedisOptions(redisState, settings.Redis.CallTimeout, name), TimeProvider.System, NullLogger<RedisConnection>.Instance));
        var quotas = Opened(await QuotaNode.StartAsync(state, TimeProvider.System, NullLogger<QuotaNode>.Instance));
        var parts = FixedMarket.Parts() with
        {
            Quotas = quotas, Logs = logs.Files, Ledger = ledger, Wallets = wallets, LedgerSettings = () => settings.Ledger,
        };
        var service = Opened(ServiceHost.Build(settings, parts, logging => logging.AddSerilog(logs.Logger)));
        await service.StartAsync(cancellationToken);
        return new Uri(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private T Opened<T>(T part)
        where T : IAsyncDisposable
    {
        open.Add(part);
        return part;
    }
}
