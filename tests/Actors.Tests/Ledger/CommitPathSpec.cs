using System.Runtime.CompilerServices;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Region = AkkaCrypto.Actors.Runtime.LocalShardRegion<
    AkkaCrypto.Actors.Ledger.LedgerKey, AkkaCrypto.Actors.Ledger.LedgerState, AkkaCrypto.Contracts.Ledger.LedgerCommand,
    AkkaCrypto.Actors.Ledger.LedgerEvent, AkkaCrypto.Contracts.Ledger.LedgerReply>;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Who dies in the middle of a commit.</summary>
public enum Victim
{
    /// <summary>The connection, or the server's end of it; the shard lives on.</summary>
    Connection,

    /// <summary>The process; what it had sent lands before the next one takes the shard.</summary>
    Process,

    /// <summary>The process, whose commit hangs until the next one takes the shard.</summary>
    ProcessWhoseCommitHangs,
}

/// <summary>One key, fifty callers, and a death at each step of the commit: one effect, one answer.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CommitPathSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Callers = 50;
    private const int Shard = 1;
    private const int Gate = 4711;

    private LedgerFixture ledger = null!;

    public static TheoryData<CommitStep, Victim> Deaths()
    {
        var deaths = new TheoryData<CommitStep, Victim>();
        foreach (var step in Enum.GetValues<CommitStep>())
        {
            deaths.Add(step, Victim.Process);
            if (step != CommitStep.Replied)
            {
                deaths.Add(step, Victim.Connection);
            }

            if (step is > CommitStep.Epoch and <= CommitStep.Committing)
            {
                deaths.Add(step, Victim.ProcessWhoseCommitHangs);
            }
        }

        return deaths;
    }

    public async Task InitializeAsync()
    {
        ledger = await LedgerFixture.StartAsync(database);

        // A deferred trigger runs in the commit itself, after all statements: it is held there by a lock that only this test takes.
        await ledger.ExecuteAsync($"""
            CREATE OR REPLACE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_advisory_xact_lock_shared({Gate}); RETURN NULL; END';
            DROP TRIGGER IF EXISTS gate ON ledger.commits;
            CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON ledger.commits DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION pass_gate();
            """);
    }

    public async Task DisposeAsync()
    {
        await ledger.AssertSoundAsync();
        await ledger.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task One_key_of_fifty_callers_has_one_effect_and_one_answer_whoever_dies_wherever(CommitStep step, Victim victim)
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: Shard), await ledger.WalletAsync(100, shard: Shard));

        // The second takes all that is there: who takes it for new when it was done would refuse it.
        foreach (var (request, entries) in ((WalletRequest, int)[])
            [(new Deposit(a, ledger.Key(), 30, "USD"), 1), (new Transfer(a, ledger.Key(), "USD", [new(b, 130, 130, "USD")]), 2)])
        {
            var replies = await AskThroughDeathAsync(request, step, victim);
            Assert.Equal(Callers, replies.Count(reply => reply.Code == LedgerCode.Done && reply.Answer == replies[0].Answer));
            AssertOriginals(step, victim, replies.Count(reply => !reply.Replayed));
            Assert.Equal(entries, await ledger.ScalarAsync<long>(
                $"SELECT count(*) FROM ledger.entries WHERE operation_id = '{request.OperationId}'"));
        }

        Assert.Equal((0, 230), ((await ledger.ViewAsync(a)).Balance, (await ledger.ViewAsync(b)).Balance));
    }

    /// <summary>Who was the first learns that it was, unless the word of it died.</summary>
    private static void AssertOriginals(CommitStep step, Victim victim, int originals)
    {
        var isLost = step == CommitStep.Landed || (victim == Victim.Process && step is >= CommitStep.Epoch and <= CommitStep.Committing);
        Assert.Equal(isLost ? 0 : 1, originals);
    }

    private async Task<List<LedgerReply>> AskThroughDeathAsync(WalletRequest request, CommitStep step, Victim victim)
    {
        var death = new Death(step, victim);
        await using var first = new Node(ledger, death.AtAsync);
        await Eventually.HoldsAsync(() => first.IsRunning); // else the taking would meet the lock that is meant for the commit
        await using var held = await HeldAsync(step);
        var asking = AskedBy(first, request);
        if (step == CommitStep.Replied)
        {
            return await AskedAgainAsync(request, await EndOfAsync(asking));
        }

        await UntilAsync(async () => held is null ? death.Reached.IsCompleted : await held.IsBlockingAsync());
        if (victim == Victim.Connection)
        {
            await (held?.EndBlockedAsync() ?? Task.CompletedTask);
            return [.. await EndOfAsync(asking)];
        }

        await first.DisposeAsync();
        if (victim == Victim.Process)
        {
            await (held?.LetBlockedLandAsync() ?? Task.CompletedTask);
        }

        await using var second = new Node(ledger, static (_, _) => Task.CompletedTask);
        first.Next.SetResult(second);
        if (victim == Victim.ProcessWhoseCommitHangs)
        {
            await UntilAsync(held!.HasEndedAsync);
            await held.LetAsync();
        }

        return [.. await EndOfAsync(asking)];
    }

    /// <summary>After a restart the same callers repeat what they were answered.</summary>
    private async Task<List<LedgerReply>> AskedAgainAsync(WalletRequest request, LedgerReply[] answered)
    {
        await using var restarted = new Node(ledger, static (_, _) => Task.CompletedTask);
        var again = await EndOfAsync(AskedBy(restarted, request));
        Assert.All(again, reply => Assert.Equal((true, answered[0].Answer), (reply.Replayed, reply.Answer)));
        return [.. answered];
    }

    private static Task<LedgerReply[]> AskedBy(Node node, WalletRequest request) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => node.AskAsync(request))));

    private async Task<LedgerReply[]> EndOfAsync(Task<LedgerReply[]> asking)
    {
        await UntilAsync(() => Task.FromResult(asking.IsCompleted));
        return await asking;
    }

    /// <summary>Lets time go on for pauses and for the patience with blockers.</summary>
    private Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Eventually.HoldsAsync(
            () =>
            {
                ledger.Time.Advance(TimeSpan.FromMilliseconds(100));
                return condition();
            },
            what: what);

    private async Task<Held?> HeldAsync(CommitStep step) => step switch
    {
        CommitStep.Epoch => await Held.ByAsync(database.Database, $"SELECT FROM ledger.shards WHERE shard = {Shard} FOR UPDATE"),
        CommitStep.CommitRow => await Held.ByAsync(database.Database, "LOCK TABLE ledger.commits IN SHARE MODE"),
        CommitStep.Keys => await Held.ByAsync(database.Database, "LOCK TABLE ledger.request_keys IN SHARE MODE"),
        CommitStep.Entries => await Held.ByAsync(database.Database, "LOCK TABLE ledger.entries IN SHARE MODE"),
        CommitStep.Committing => await Held.ByAsync(database.Database, $"SELECT pg_advisory_xact_lock({Gate})"),
        _ => null,
    };

    /// <summary>What happens at the steps that are taken in this process; once.</summary>
    private sealed class Death(CommitStep step, Victim victim)
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool isCommitLost;

        public Task Reached => reached.Task;

        public Task AtAsync(CommitStep now, CancellationToken dead)
        {
            if (step == CommitStep.TakeAgain && now == CommitStep.BeforeSend && !isCommitLost)
            {
                isCommitLost = true;
                return Task.FromException(new IOException("The connection was lost before the commit."));
            }

            if (now != step || !reached.TrySetResult())
            {
                return Task.CompletedTask;
            }

            return victim == Victim.Connection
                ? Task.FromException(new IOException($"The connection was lost at {step}."))
                : Task.Delay(Timeout.Infinite, dead);
        }
    }

    /// <summary>A process with the shard; its callers go to the next one when it has died, with the same request.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly Region region;
        private Task? death;

        public Node(LedgerFixture ledger, Func<CommitStep, CancellationToken, Task> at) => region = Region.Start(
            new("ledger", 1, static _ => 0, _ => new LedgerBehaviour(ledger.Shards, Shard),
                _ => new WatchedJournal(ledger.Journal(Shard), at)),
            () => ledger.Actors with { Deadline = TimeSpan.FromHours(1) }, ledger.Time, NullLogger.Instance);

        public TaskCompletionSource<Node> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsRunning => region.Statuses()[0].State == ShardState.Running;

        public async Task<LedgerReply> AskAsync(WalletRequest request)
        {
            var asked = await region.AskAsync(request, CancellationToken.None);
            return asked.Outcome == AskOutcome.Answered ? asked.Reply! : await (await Next.Task).AskAsync(request);
        }

        /// <summary>Dies, once.</summary>
        public async ValueTask DisposeAsync() => await (death ??= region.DisposeAsync().AsTask());
    }

    /// <summary>A lock that holds a commit just before one of its statements.</summary>
    private sealed class Held(NpgsqlDataSource database, HeldLock held) : IAsyncDisposable
    {
        private int blocked;

        public static async Task<Held> ByAsync(NpgsqlDataSource database, string sql) =>
            new(database, await HeldLock.TakeAsync(database, sql));

        /// <summary>Whether a backend waits for the lock; it is remembered.</summary>
        public async Task<bool> IsBlockingAsync() => (blocked = await held.BlockedAsync() ?? 0) != 0;

        public async Task EndBlockedAsync()
        {
            await using (var command = database.CreateCommand($"SELECT pg_terminate_backend({blocked})"))
            {
                await command.ExecuteNonQueryAsync();
            }

            await Eventually.HoldsAsync(HasEndedAsync);
            await LetAsync();
        }

        public async Task LetBlockedLandAsync()
        {
            await LetAsync();
            await Eventually.HoldsAsync(HasEndedAsync);
        }

        /// <summary>Whether what the blocked one was about has ended, one way or the other.</summary>
        public async Task<bool> HasEndedAsync()
        {
            await using var command = database.CreateCommand(
                $"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {blocked} AND state = 'active')");
            return (bool)(await command.ExecuteScalarAsync())!;
        }

        public Task LetAsync() => held.LetAsync();

        public ValueTask DisposeAsync() => held.DisposeAsync();
    }
}
