using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;
using Region = AkkaCrypto.Actors.Runtime.LocalShardRegion<
    AkkaCrypto.Actors.Ledger.LedgerKey, AkkaCrypto.Actors.Ledger.LedgerState, AkkaCrypto.Contracts.Ledger.LedgerCommand,
    AkkaCrypto.Actors.Ledger.LedgerEvent, AkkaCrypto.Contracts.Ledger.LedgerReply>;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// All wallets: their shards in this process, and what goes on beside them – transfers between shards, holds whose time is over, keys
/// that are forgotten. What a caller asks goes through here, for a transfer between shards is answered once it has ended.
/// </summary>
public sealed class WalletLedger : IShardRegion<LedgerCommand, LedgerReply>, IAsyncDisposable
{
    private const int MostAtOnce = 1000;

    /// <summary>Connections that loads, takings and reads share at least, where shards keep theirs.</summary>
    private const int Spare = 4;

    private readonly NpgsqlDataSource database;
    private readonly Func<ActorSettings> actors;
    private readonly Func<LedgerSettings> settings;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly Region region;
    private readonly Settling settling;
    private readonly Task upkeep;

    private WalletLedger(
        NpgsqlDataSource database, Func<ActorSettings> actors, Func<LedgerSettings> settings, LedgerSigner signer, TimeProvider time,
        ILogger<WalletLedger> log)
    {
        (this.database, this.actors, this.settings, this.time, this.log) = (database, actors, settings, time, log);
        var shards = new LedgerShards(settings().Shards);
        var started = new StartedLegs();
        region = Region.Start(
            new("ledger", shards.Count, command => shards.Of(command.Wallet), shard => new LedgerBehaviour(shards, shard),
                shard => new LedgerJournal(database, shard, signer, time, started, KeepsConnections(settings()))),
            actors, time, log);
        Reader = new LedgerReader(database);
        settling = new Settling(region, Reader, started, time, log, stopping.Token);
        upkeep = Task.WhenAll(
            EveryAsync(() => settings().SettleEvery, SettleAsync), EveryAsync(() => settings().ExpireHoldsEvery, ExpireHoldsAsync),
            EveryAsync(() => settings().PurgeEvery, PurgeKeysAsync));
    }

    /// <summary>Reads what is committed.</summary>
    public LedgerReader Reader { get; }

    /// <summary>How the shards are.</summary>
    public IReadOnlyList<ShardStatus> Statuses() => region.Statuses();

    /// <summary>
    /// The data source that the ledger needs: its own pool, with plans that don't depend on how full the tables were when they were made.
    /// Where there is no other plan than one that was switched off (the full join of check_legs, a sum over all wallets) it costs so much
    /// in the planner's eyes that it would be compiled, which takes half a second for a handful of rows: so nothing is.
    /// </summary>
    public static NpgsqlDataSource OpenDatabase(string connectionString, LedgerSettings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            Options = "-c idle_in_transaction_session_timeout=5s -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
                + " -c plan_cache_mode=force_generic_plan -c jit=off",
        };
        return PostgresDatabase.Build(
            new(connection.ConnectionString, settings.MaxPoolSize, settings.CommitTimeout, "akkacrypto-ledger"));
    }

    /// <summary>Takes the shards and starts to serve.</summary>
    /// <param name="database">See <see cref="OpenDatabase"/>.</param>
    /// <param name="actors">Read live.</param>
    /// <param name="settings">Read live, but for the shards.</param>
    /// <param name="signer">Of every commit; the caller ends it after this.</param>
    /// <param name="time">Clock of entries, deadlines and upkeep.</param>
    /// <param name="log">Of shards and upkeep.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="InvalidOperationException">The database was laid out for another number of shards.</exception>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public static async Task<WalletLedger> StartAsync(
        NpgsqlDataSource database, Func<ActorSettings> actors, Func<LedgerSettings> settings, LedgerSigner signer, TimeProvider time,
        ILogger<WalletLedger> log, CancellationToken cancellationToken)
    {
        var wanted = settings().Shards;
        var laidOut = await PostgresErrors.TranslatedAsync("the ledger's layout", async () =>
        {
            await using var command = database.CreateCommand("""
                WITH added AS (INSERT INTO ledger.layout (shards) VALUES ($1) ON CONFLICT DO NOTHING RETURNING shards)
                SELECT shards FROM added UNION ALL SELECT shards FROM ledger.layout LIMIT 1
                """);
            command.Parameters.AddValue((short)wanted);
            return (short)(await command.ExecuteScalarAsync(cancellationToken))!;
        });
        if (laidOut != wanted)
        {
            throw new InvalidOperationException(
                $"The database was made for wallets in {laidOut} shards, so akkacrypto.ledger.shards can't be {wanted}.");
        }

        await PostgresErrors.TranslatedAsync("the ledger's signing keys", async () =>
        {
            await using var command = database.CreateCommand(
                "INSERT INTO ledger.signing_keys (id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            command.Parameters.AddValue(signer.KeyId);
            command.Parameters.AddValue(signer.PublicKey);
            await command.ExecuteNonQueryAsync(cancellationToken);
        });
        return new(database, actors, settings, signer, time, log);
    }

    public async Task<Asked<LedgerReply>> AskAsync(LedgerCommand command, CancellationToken cancellationToken)
    {
        try
        {
            command = command is Refund refund ? await KnowingSenderAsync(refund, cancellationToken) : command;
        }
        catch (Exception away) when (PostgresErrors.IsTransient(away))
        {
            log.LogDebug(away, "The entry to refund could not be read");
            return new(AskOutcome.Unavailable, null);
        }

        var asked = await region.AskAsync(command, cancellationToken);
        return asked.Reply switch
        {
            { Code: LedgerCode.Done, Transfer: { } transfer } reply =>
                new(asked.Outcome, await EndOfAsync(command, transfer, reply, cancellationToken)),
            { Code: LedgerCode.KeyReused, Transfer: { } there } => await RefusedBeforeAsync(asked, there, cancellationToken),
            _ => asked,
        };
    }

    /// <summary>Takes no more, and waits until what was taken is answered; past the grace it is cut off. Transfers that are under way are
    /// taken up by the next start.</summary>
    public Task StopAsync(TimeSpan grace) => region.StopAsync(grace);

    /// <summary>Cuts off what isn't answered; <see cref="StopAsync"/> first drains.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await upkeep;
        await region.DisposeAsync();
        stopping.Dispose();
    }

    /// <summary>Where the pool has two for each shard and some for what else is done; fewer are shared.</summary>
    private static bool KeepsConnections(LedgerSettings settings) => settings.MaxPoolSize >= (2 * settings.Shards) + Spare;

    private async Task<RefundTo> KnowingSenderAsync(Refund refund, CancellationToken cancellationToken) => new(
        refund.Wallet, refund.Request, refund.Entry, refund.Amount,
        await Reader.CounterpartyAsync(refund.Wallet, refund.Entry, cancellationToken))
    {
        IfVersion = refund.IfVersion, MinimumBalance = refund.MinimumBalance, Reference = refund.Reference,
    };

    /// <summary>A transfer that was undone has freed its key, and can't be started twice: a repetition gets the refusal that the first
    /// request got.</summary>
    private async Task<Asked<LedgerReply>> RefusedBeforeAsync(Asked<LedgerReply> asked, Guid transfer, CancellationToken cancellationToken)
    {
        try
        {
            var legs = await Reader.ProgressAsync(transfer, cancellationToken);
            return legs.Length > 0 && Array.TrueForAll(legs, leg => leg.Status == LegStatus.Undone)
                ? new(asked.Outcome, new LedgerReply(Settling.RefusalOf(legs)))
                : asked;
        }
        catch (Exception away) when (PostgresErrors.IsTransient(away))
        {
            log.LogDebug(away, "The legs of {Transfer} could not be read", transfer);
            return new(AskOutcome.Unavailable, null);
        }
    }

    /// <summary>The first request waits as long as any command may; a repetition no longer than a key may be in flight.</summary>
    private async Task<LedgerReply> EndOfAsync(
        LedgerCommand command, Guid transfer, LedgerReply reply, CancellationToken cancellationToken)
    {
        var (end, wait) = reply.Started is { } legs
            ? (settling.StartedAsync(command, transfer, legs), actors().Deadline)
            : (settling.ResumeAsync(transfer), settings().InFlightWait);
        try
        {
            var code = await end.WaitAsync(wait, time, cancellationToken);
            return code == LedgerCode.Done ? reply with { Started = null } : new LedgerReply(code, Transfer: transfer);
        }
        catch (Exception late) when (!cancellationToken.IsCancellationRequested)
        {
            // It has paid and so it ends: the recovery sees to it, whatever has kept it here.
            log.LogDebug(late, "Transfer {Transfer} has not ended yet", transfer);
            return new LedgerReply(reply.Replayed ? LedgerCode.KeyInFlight : LedgerCode.Underway, Transfer: transfer);
        }
    }

    private async Task SettleAsync()
    {
        var open = await Reader.OpenTransfersAsync(MostAtOnce, stopping.Token);

        // One that can't go on yet has been logged, and must not keep the others.
        await Task.WhenAll(open.Select(async transfer =>
            await ((Task)settling.ResumeAsync(transfer)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)));
    }

    private async Task ExpireHoldsAsync()
    {
        var due = await Reader.HoldsToExpireAsync(time.GetUtcNow(), MostAtOnce, stopping.Token);
        await Task.WhenAll(due.Select(hold => region.AskAsync(hold, stopping.Token)));
    }

    private async Task PurgeKeysAsync()
    {
        var current = settings();
        for (var deleted = current.PurgeRows; deleted == current.PurgeRows;)
        {
            await using var command = database.CreateCommand("""
                DELETE FROM ledger.request_keys WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM ledger.request_keys k WHERE created_at < $1 AND NOT EXISTS (
                        SELECT FROM ledger.transfer_legs l WHERE l.transfer_id = k.transfer_id AND l.state NOT IN (4, 5)) LIMIT $2))
                """);
            command.Parameters.AddValue((time.GetUtcNow() - current.KeepKeys).UtcDateTime);
            command.Parameters.AddValue(current.PurgeRows);
            deleted = await command.ExecuteNonQueryAsync(stopping.Token);
        }
    }

    private async Task EveryAsync(Func<TimeSpan> pause, Func<Task> work)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause(), time, stopping.Token);
                await work();
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.LogWarning(failure, "The ledger's upkeep goes on in {Pause}", pause());
            }
        }
    }
}
