using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Api.Ledger;

/// <summary>The wallets of this node, with a pool of their own; its end first drains and then cuts off.</summary>
public sealed class LedgerHost : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly LedgerSigner signer;
    private readonly StopGrace grace;

    private LedgerHost(NpgsqlDataSource database, LedgerSigner signer, WalletLedger ledger, StopGrace grace) =>
        (this.database, this.signer, Ledger, this.grace) = (database, signer, ledger, grace);

    public WalletLedger Ledger { get; }

    /// <exception cref="SettingsException">The database was made for another number of shards, or there is no key to sign with.</exception>
    /// <exception cref="DatabaseUnavailableException">The database was away for the whole time that a start waits.</exception>
    public static async Task<LedgerHost> StartAsync(
        LiveSettings<AkkaCryptoSettings> live, DatabaseStart start, StopGrace grace, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        var settings = live.Current;
        var key = LedgerSigner.Find(settings.Ledger, settings.DataDir);
        var pool = WalletLedger.OpenDatabase(settings.Postgres.ConnectionString!, settings.Ledger);
        try
        {
            var ledger = await start.RunAsync(
                "the ledger",
                () => WalletLedger.StartAsync(
                    pool, () => live.Current.Actors, () => live.Current.Ledger, key, time, logs.CreateLogger<WalletLedger>(),
                    cancellationToken),
                cancellationToken);
            return new(pool, key, ledger, grace);
        }
        catch (Exception failure)
        {
            await pool.DisposeAsync();
            key.Dispose();
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
        await Ledger.StopAsync(grace.Left);
        await Ledger.DisposeAsync();
        await database.DisposeAsync();
        signer.Dispose();
    }
}
