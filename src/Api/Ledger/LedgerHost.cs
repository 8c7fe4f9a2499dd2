using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Live;
using Npgsql;

namespace AkkaCrypto.Api.Ledger;

/// <summary>The wallets of this node, with a pool of their own; its end first drains and then cuts off.</summary>
public sealed class LedgerHost : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly Func<TimeSpan> grace;

    private LedgerHost(NpgsqlDataSource database, WalletLedger ledger, Func<TimeSpan> grace) =>
        (this.database, Ledger, this.grace) = (database, ledger, grace);

    public WalletLedger Ledger { get; }

    /// <exception cref="SettingsException">The database was made for another number of shards.</exception>
    public static async Task<LedgerHost> StartAsync(
        LiveSettings<AkkaCryptoSettings> live, TimeProvider time, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var settings = live.Current;
        var pool = WalletLedger.OpenDatabase(settings.Postgres.ConnectionString!, settings.Ledger);
        try
        {
            var ledger = await WalletLedger.StartAsync(
                pool, () => live.Current.Actors, () => live.Current.Ledger, time, logs.CreateLogger<WalletLedger>(), cancellationToken);
            return new(pool, ledger, () => live.Current.Http.ShutdownGrace);
        }
        catch (Exception failure)
        {
            await pool.DisposeAsync();
            if (failure is InvalidOperationException laidOut)
            {
                throw new SettingsException([new SettingsFault(
                    "akkacrypto.ledger.shards", $"{settings.Ledger.Shards}", $"what the database has: {laidOut.Message}", null)]);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.StopAsync(grace());
        await Ledger.DisposeAsync();
        await database.DisposeAsync();
    }
}
