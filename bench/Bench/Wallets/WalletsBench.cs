using System.Globalization;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>
/// Mutations of wallets a second, each with an idempotency key of its own: through the ledger's shards, and the peer's way over the same
/// tables. Every round measures each way for a while, so that the machine's moods meet all of them; PostgreSQL has its default durability.
/// </summary>
internal sealed class WalletsBench(
    WalletLedger ledger, PeersWay peer, NpgsqlDataSource database, TimeProvider time, TextWriter output)
{
    private const int Wallets = 1000;
    private const int Few = 64;
    private const int Many = 2000;
    private const int ManyConnections = 512;
    private const int Rounds = 5;
    private const int FullRows = 20_000_000;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);
    private static readonly Guid Body = Digests.Of("body");

    private readonly WalletsReport report = new();
    private readonly List<Guid> wallets = [];
    private readonly List<Guid> peerWallets = [];
    private readonly List<Guid> accounts = [];
    private int keys;

    public static async Task RunAsync(
        string results, bool isQuick, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        await using var servers = await BenchDatabase.CreateAsync(time, cancellationToken, withRedisState: true);
        var (actors, settings) = WalletsSettings.Shipped();
        await using var database = WalletLedger.OpenDatabase(servers.ConnectionString, settings);
        await using var peers = WalletLedger.OpenDatabase(servers.ConnectionString, settings with { MaxPoolSize = Few });
        using var redis = await ConnectionMultiplexer.ConnectAsync(servers.RedisState);
        using var signer = LedgerSigner.New();
        await using var ledger = await WalletLedger.StartAsync(
            database, () => actors, () => settings, signer, time, NullLogger<WalletLedger>.Instance, cancellationToken);
        var peer = new PeersWay(peers, redis.GetDatabase(), time);
        var bench = new WalletsBench(ledger, peer, servers.Source, time, output);
        await bench.PrepareAsync(cancellationToken);
        await using var services = await WalletServices.StartAsync(
            ledger, new PeersRegion(peer, bench.accounts), servers.RedisState, cancellationToken);
        var (ours, peersOwn) = (new DepositLoad(services.Ours, bench.wallets), new DepositLoad(services.Peers, bench.peerWallets));
        for (var round = 0; round <= (isQuick ? 1 : Rounds); round++)
        {
            await bench.RoundAsync(cancellationToken);
            await bench.MeasureHttpAsync(WalletsReport.Http, ours, ManyConnections, cancellationToken);
            await bench.MeasureHttpAsync(WalletsReport.PeerHttp, peersOwn, ManyConnections, cancellationToken);
            await bench.MeasureHttpAsync(WalletsReport.HttpFew, ours, Few, cancellationToken);
            await bench.MeasureHttpAsync(WalletsReport.PeerHttpFew, peersOwn, Few, cancellationToken);
            if (round == 0)
            {
                bench.report.Clear(); // all is compiled, the connections are open
            }
        }

        await bench.CountFlushesAsync(isQuick ? 1 : Rounds, cancellationToken);
        if (!isQuick)
        {
            await bench.FullAsync(cancellationToken);
        }

        await bench.report.WriteAsync(results, output, cancellationToken);
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await MakeLogAsync(cancellationToken);
        for (var n = 0; n < Many; n++)
        {
            accounts.Add(Digests.Of("bench account", $"{n}"));
            await peer.OpenAccountAsync(accounts[n], cancellationToken);
        }

        foreach (var list in new[] { wallets, peerWallets })
        {
            var created = Enumerable.Range(0, Wallets).Select(_ => new CreateWallet(Key(), "USD", 2, 1_000_000_000)).ToList();
            await Task.WhenAll(created.Select(create => TellAsync(create, cancellationToken)));
            list.AddRange(created.Select(create => create.Wallet));
        }
    }

    /// <summary>A new server makes the files of its log as it needs them, each by one of those who commit; one that has run for a while
    /// writes over those that it has. So that this is measured, two gigabytes are written first.</summary>
    private async Task MakeLogAsync(CancellationToken cancellationToken)
    {
        foreach (var sql in (string[])
            ["SELECT count(pg_logical_emit_message(false, '', repeat('x', 1000000))) FROM generate_series(1, 2000)", "CHECKPOINT"])
        {
            await using var command = database.CreateCommand(sql);
            command.CommandTimeout = 600;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        Guid Any(Random random) => peerWallets[random.Next(Wallets)];
        Task Peer(Guid wallet, int caller, Random random) =>
            peer.MoveAsync(accounts[caller], wallet, isDirect: false, Key(), random, cancellationToken);

        await MeasureAsync(WalletsReport.SpreadFew, Few, AnyDeposit(cancellationToken), cancellationToken);
        await MeasureAsync(WalletsReport.PeerSpreadFew, Few, (n, random) => Peer(Any(random), n, random), cancellationToken);
        await MeasureAsync(WalletsReport.SpreadMany, Many, AnyDeposit(cancellationToken), cancellationToken);
        await MeasureAsync(WalletsReport.PeerSpreadMany, Many, (n, random) => Peer(Any(random), n, random), cancellationToken);
        await MeasureAsync(WalletsReport.Hot, Many, (_, _) => DepositAsync(wallets[0], cancellationToken), cancellationToken);
        await MeasureAsync(WalletsReport.PeerHot, Few, (n, random) => Peer(peerWallets[0], n, random), cancellationToken);
        await MeasureAsync(WalletsReport.Transfers, Many, (_, random) => TransferAsync(random, cancellationToken), cancellationToken);
        await MeasureAsync(WalletsReport.PeerTransfers, Many, (_, random) => PeerTransferAsync(random, cancellationToken), cancellationToken);
    }

    /// <summary>The same turn with the tables nearly empty and with 20 million entries more.</summary>
    private async Task FullAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round < Rounds; round++)
        {
            await MeasureAsync(WalletsReport.Empty, Many, AnyDeposit(cancellationToken), cancellationToken);
        }

        await WalletsFill.RunAsync(database, FullRows, cancellationToken);
        for (var round = 0; round < Rounds; round++)
        {
            await MeasureAsync(WalletsReport.Full, Many, AnyDeposit(cancellationToken), cancellationToken);
        }
    }

    /// <summary>All that the server flushes while only the ledger writes, the server's own processes included.</summary>
    private async Task CountFlushesAsync(int rounds, CancellationToken cancellationToken)
    {
        var (flushes, commits) = (await FlushesAsync(cancellationToken), Commits());
        for (var round = 0; round < rounds; round++)
        {
            await TurnAsync(Few, AnyDeposit(cancellationToken), cancellationToken);
            await TurnAsync(Many, AnyDeposit(cancellationToken), cancellationToken);
        }

        report.SetFlushes(await FlushesAsync(cancellationToken) - flushes, Commits() - commits);
    }

    private Func<int, Random, Task> AnyDeposit(CancellationToken cancellationToken) =>
        (_, random) => DepositAsync(wallets[random.Next(Wallets)], cancellationToken);

    private Task DepositAsync(Guid wallet, CancellationToken cancellationToken) =>
        TellAsync(new Deposit(wallet, Key(), 1, "USD"), cancellationToken);

    private Task TransferAsync(Random random, CancellationToken cancellationToken)
    {
        var (from, to) = Two(random);
        return TellAsync(new Transfer(wallets[from], Key(), "USD", [new(wallets[to], 1, 1, "USD")]), cancellationToken);
    }

    private Task PeerTransferAsync(Random random, CancellationToken cancellationToken)
    {
        var (from, to) = Two(random);
        return peer.MoveAsync(peerWallets[from], peerWallets[to], isDirect: true, Key(), random, cancellationToken);
    }

    private static (int From, int To) Two(Random random)
    {
        var from = random.Next(Wallets);
        return (from, (from + 1 + random.Next(Wallets - 1)) % Wallets);
    }

    private RequestKey Key() => new("bench", "/wallets/00000000-0000-0000-0000-000000000000/deposits", $"key-{Interlocked.Increment(ref keys):D32}", Body);

    private async Task TellAsync(LedgerCommand command, CancellationToken cancellationToken)
    {
        var asked = await ledger.AskAsync(command, cancellationToken);
        if (asked.Outcome != AskOutcome.Answered || asked.Reply!.Code != LedgerCode.Done)
        {
            throw new InvalidOperationException($"The benchmark measured something else than it says: {asked}.");
        }
    }

    private async Task MeasureAsync(string way, int callers, Func<int, Random, Task> act, CancellationToken cancellationToken)
    {
        GC.Collect();
        var (before, idle) = (Commits(), ProcessorTime.Now());
        var (count, elapsed) = await TurnAsync(callers, act, cancellationToken);
        var (rate, cost) = (count / elapsed.TotalSeconds, (ProcessorTime.Now() - idle).Per(count));
        report.Add(way, rate, cost);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{way}: {rate:N0}/s, {cost.Client:N1} + {cost.Server:N1} µs of processors each, "
            + $"{(double)count / (Commits() - before):N0} in a commit"));
    }

    private async Task<(int Count, TimeSpan Elapsed)> TurnAsync(
        int callers, Func<int, Random, Task> act, CancellationToken cancellationToken)
    {
        var (started, count) = (time.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            while (time.GetElapsedTime(started) < Turn)
            {
                await act(caller, random);
                Interlocked.Increment(ref count);
            }
        }, cancellationToken)));
        return (count, time.GetElapsedTime(started));
    }

    private async Task MeasureHttpAsync(string way, DepositLoad load, int connections, CancellationToken cancellationToken)
    {
        GC.Collect();
        var idle = ProcessorTime.Now();
        var done = await load.RunAsync(connections, Turn, cancellationToken);
        var cost = (ProcessorTime.Now() - idle).Per(done.Answers);
        report.Add(way, done.PerSecond, cost, done.P99);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{way}: {done.PerSecond:N0}/s, p99 {done.P99:N1} ms, {cost.Client:N1} + {cost.Server:N1} µs of processors each"));
    }

    private long Commits() => ledger.Statuses().Sum(shard => shard.Commits);

    /// <summary>
    /// A process of the server tells what it has flushed at most once a second, and the rest when it has been idle for ten: read any
    /// earlier, a turn would be charged with what the one before it did.
    /// </summary>
    private async Task<long> FlushesAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(12), time, cancellationToken);
        await using var command = database.CreateCommand("SELECT wal_sync FROM pg_stat_wal");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
