using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Region = AkkaCrypto.Actors.Runtime.LocalShardRegion<
    string, AkkaCrypto.Actors.Tests.Runtime.Counter, AkkaCrypto.Actors.Tests.Runtime.Add, AkkaCrypto.Actors.Tests.Runtime.Added, int>;

namespace AkkaCrypto.Actors.Tests.Runtime;

public sealed class ShardSpec : IAsyncLifetime
{
    private readonly ScriptedJournal journal = new();
    private readonly FakeTimeProvider time = new();
    private ActorSettings settings = new(
        Mailbox: 2000, MaxBatch: 100, SendAhead: 768, MaxActive: 1000, IdleAfter: TimeSpan.FromMinutes(10),
        Deadline: TimeSpan.FromSeconds(5), MinBackoff: TimeSpan.FromSeconds(1), MaxBackoff: TimeSpan.FromSeconds(1));

    private Region? region;

    private Region Shard => region ??= Region.Start(
        new("counters", 1, _ => 0, _ => Counters.Behaviour, _ => journal), () => settings, time, NullLogger.Instance);

    private ShardStatus Status => Shard.Statuses()[0];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Shard.DisposeAsync();

    [Fact]
    public async Task An_answer_comes_only_after_the_commit()
    {
        journal.Holds = true;
        var answer = Ask("a", 5);
        await journal.WhenCommitArrivesAsync();

        Assert.False(answer.IsCompleted);
        journal.Let(CommitFate.Lands);
        Assert.Equal(new(AskOutcome.Answered, 5), await answer.Within("the answer"));
        Assert.Equal(5, journal.Total("a"));
    }

    [Fact]
    public async Task What_rests_on_a_state_that_is_out_of_date_is_decided_again_on_what_is_loaded_then_and_its_neighbours_are_done_once()
    {
        Assert.Equal(1, (await Ask("a", 1).Within("the answer")).Reply);
        journal.Put("a", new(100, journal.State("a").Ids));
        journal.Holds = true;
        var before = Ask("b", 1);
        await journal.WhenCommitArrivesAsync();
        var neighbour = Ask("b", 2);
        var stale = Shard.AskAsync(new Add("a", 5, "stale") { AtLeast = 100 }, CancellationToken.None);
        journal.Let(CommitFate.Lands);
        await journal.WhenCommitArrivesAsync();
        journal.Let(CommitFate.Lands);

        Assert.Equal(new(AskOutcome.Answered, 105), await stale.Within("the answer"));
        Assert.Equal((1, 3), ((await before).Reply, (await neighbour.Within("the answer")).Reply));
        Assert.Equal((105, 3), (journal.Total("a"), journal.Total("b")));
    }

    [Fact]
    public async Task Commands_that_come_during_a_commit_share_the_next_one()
    {
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var others = Enumerable.Range(0, 300).Select(n => Ask($"c{n % 7}", 1)).ToList();
        for (var commits = 1; commits < 5; commits++)
        {
            journal.Let(CommitFate.Lands);
        }

        await Task.WhenAll(others.Append(first)).Within("all answers");
        Assert.Equal([1, 100, 100, 100], journal.Commits.Select(commit => commit.Events.Count));
        Assert.Equal(1, journal.MostInFlight);
        Assert.Equal(300, Enumerable.Range(0, 7).Sum(n => journal.Total($"c{n}")));
    }

    [Fact]
    public async Task A_large_batch_goes_behind_the_commit_under_way_and_each_is_answered_when_its_own_has_landed()
    {
        var (first, behind) = await TwoUnderWayAsync();
        Assert.Equal(2, journal.MostInFlight);

        journal.Let(CommitFate.Lands);
        Assert.Equal(1, (await first.Within("the first answer")).Reply);
        Assert.DoesNotContain(behind, answer => answer.IsCompleted);
        journal.LetAll(CommitFate.Lands);
        Assert.Equal(Enumerable.Range(2, Many), (await Task.WhenAll(behind).Within("all answers")).Select(answer => answer.Reply));
        Assert.Single(journal.Commits[0].Events);
        Assert.InRange(journal.Commits[1].Events.Count, 768, Many);
    }

    [Fact]
    public async Task How_many_commands_are_worth_a_second_commit_is_a_setting()
    {
        settings = settings with { SendAhead = 3 };
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var behind = Enumerable.Range(0, 3).Select(_ => Ask("a", 1)).ToList();
        await journal.WhenCommitArrivesAsync();
        Assert.Equal(2, journal.MostInFlight);

        journal.LetAll(CommitFate.Lands, CommitFate.Lands);
        Assert.Equal([1, 2, 3, 4], (await Task.WhenAll(behind.Prepend(first)).Within("all answers")).Select(answer => answer.Reply));
        Assert.Equal([1, 3], journal.Commits.Select(commit => commit.Events.Count));
    }

    [Theory]
    [InlineData(CommitFate.IsLostBefore, CommitFate.Lands)]
    [InlineData(CommitFate.LandsButIsLost, CommitFate.Lands)]
    [InlineData(CommitFate.LandsButIsLost, CommitFate.LandsButIsLost)]
    [InlineData(CommitFate.LandsButIsLost, CommitFate.IsLostBefore)]
    [InlineData(CommitFate.Lands, CommitFate.IsLostBefore)]
    [InlineData(CommitFate.Lands, CommitFate.LandsButIsLost)]
    [InlineData(CommitFate.Lands, CommitFate.IsStale)]
    public async Task Whatever_becomes_of_two_commits_under_way_each_command_takes_effect_once(CommitFate older, CommitFate newer)
    {
        var (first, behind) = await TwoUnderWayAsync();
        journal.LetAll(older, newer);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return first.IsCompleted && behind.TrueForAll(answer => answer.IsCompleted);
        });

        Assert.Equal(Enumerable.Range(1, Many + 1), (await Task.WhenAll(behind.Prepend(first))).Select(answer => answer.Reply));
        Assert.Equal(Many + 1, journal.Total("a"));
    }

    [Fact]
    public async Task What_two_commits_under_way_changed_stays_in_memory_until_both_have_landed()
    {
        settings = settings with { MaxActive = 0 };
        var (first, behind) = await TwoUnderWayAsync();
        journal.Let(CommitFate.Lands);
        await first.Within("the first answer");
        var again = Ask("a", 1);
        var others = Enumerable.Range(0, 200).Select(n => Ask($"c{n}", 1)).ToList();
        await Eventually.HoldsAsync(() => Status.MailboxDepth < 128);
        journal.LetAll(CommitFate.Lands);

        await Task.WhenAll(behind.Concat(others)).Within("all answers");
        Assert.Equal(Many + 2, (await again.Within("the last answer")).Reply);
        Assert.Equal((Many + 2, 0), (journal.Total("a"), Status.Failures));
    }

    [Fact]
    public async Task A_full_mailbox_refuses_at_once()
    {
        settings = settings with { Mailbox = 10 };
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var waiting = Enumerable.Range(0, 10).Select(_ => Ask("a", 1)).ToList();

        var refused = Ask("a", 1);

        Assert.True(refused.IsCompleted);
        Assert.Equal(AskOutcome.MailboxFull, (await refused).Outcome);
        Assert.Equal(1, Status.MailboxFull);
        journal.Holds = false;
        journal.Let(CommitFate.Lands);
        await Task.WhenAll(waiting.Append(first)).Within("the others' answers");
        Assert.Equal(11, journal.Total("a"));
    }

    [Theory]
    [InlineData(CommitFate.IsLostBefore)]
    [InlineData(CommitFate.LandsButIsLost)]
    [InlineData(CommitFate.IsStale)]
    public async Task After_a_failed_or_unknown_commit_all_is_loaded_under_a_new_epoch_and_each_command_takes_effect_once(CommitFate fate)
    {
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var second = Ask("a", 10);
        journal.Let(fate);
        journal.Holds = false;
        if (fate != CommitFate.IsStale)
        {
            // The region's own timer is one; the other is the pause after the failure.
            await time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(1), timers: 2);
        }

        Assert.Equal(1, (await first.Within("the first answer")).Reply);
        Assert.Equal(11, (await second.Within("the second answer")).Reply);
        Assert.Equal(11, journal.Total("a"));
        Assert.Equal((2, 1), (Status.Epoch, Status.Failures));
        Assert.Equal(["a", "a"], journal.Loads.Select(load => load[0]).Distinct().Concat(["a"]));
    }

    [Fact]
    public async Task A_shard_that_another_owner_took_refuses_and_does_not_take_it_back()
    {
        Assert.Equal(1, (await Ask("a", 1).Within("an answer")).Reply);
        journal.TakenByAnother();

        Assert.Equal(AskOutcome.Unavailable, (await Ask("a", 1).Within("a refusal")).Outcome);
        Assert.Equal(AskOutcome.Unavailable, (await Ask("b", 1).Within("a refusal")).Outcome);
        Assert.Equal((ShardState.Lost, 2, 1), (Status.State, journal.Epoch, journal.Total("a")));
    }

    [Fact]
    public async Task The_command_that_the_database_refuses_fails_alone_and_its_neighbours_go_on()
    {
        journal.Forbidden = 13;
        journal.Holds = true;
        var first = Ask("z", 1);
        await journal.WhenCommitArrivesAsync();
        var all = new[] { 1, 13, 2, 3 }.Select((amount, n) => Ask($"c{n}", amount)).ToList();
        journal.Holds = false;
        journal.Let(CommitFate.Lands);

        var outcomes = (await Task.WhenAll(all.Prepend(first)).Within("all answers")).Select(answer => answer.Outcome);
        Assert.Equal(
            [AskOutcome.Answered, AskOutcome.Answered, AskOutcome.Failed, AskOutcome.Answered, AskOutcome.Answered], outcomes);
        Assert.Equal([1, 0, 2, 3], Enumerable.Range(0, 4).Select(n => journal.Total($"c{n}")));
    }

    [Fact]
    public async Task A_bug_in_deciding_fails_its_own_command_alone()
    {
        var outcomes = await Task.WhenAll(Ask("a", 1), Ask("a", 666), Ask("a", 2)).Within("all answers");

        Assert.Equal([AskOutcome.Answered, AskOutcome.Failed, AskOutcome.Answered], outcomes.Select(answer => answer.Outcome));
        Assert.Equal(3, journal.Total("a"));
    }

    [Fact]
    public async Task Reads_and_refusals_commit_nothing()
    {
        Assert.Equal(0, (await Ask("a", 0).Within("a read")).Reply);
        Assert.Equal(-1, (await Ask("a", -5).Within("a refusal")).Reply);
        Assert.Empty(journal.Commits);
    }

    [Fact]
    public async Task Past_its_deadline_a_caller_is_told_wherever_its_command_is()
    {
        journal.Holds = true;
        var committing = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var waiting = Ask("a", 10);
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(AskOutcome.DeadlinePassed, (await committing.Within("word of the one in the commit")).Outcome);
        Assert.Equal(AskOutcome.DeadlinePassed, (await waiting.Within("word of the one that waits")).Outcome);
        journal.Holds = false;
        journal.Let(CommitFate.Lands);
        await Eventually.HoldsAsync(() => journal.Total("a") == 1);
        Assert.Equal(1, (await Ask("a", 0).Within("a read")).Reply);
    }

    [Fact]
    public async Task A_command_whose_caller_has_gone_before_it_was_decided_is_dropped()
    {
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        using var gone = new CancellationTokenSource();
        var dropped = Shard.AskAsync(new("a", 10, "gone"), gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dropped);
        journal.Holds = false;
        journal.Let(CommitFate.Lands);
        await first.Within("the other's answer");

        Assert.Equal(1, (await Ask("a", 0).Within("a read")).Reply);
    }

    [Fact]
    public async Task A_stop_drains_what_was_taken_and_takes_no_more()
    {
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var second = Ask("a", 10);
        var stopping = Shard.StopAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(AskOutcome.Stopping, (await Ask("a", 100)).Outcome);
        journal.Let(CommitFate.Lands);
        journal.Let(CommitFate.Lands);
        await stopping.Within("the stop");
        Assert.Equal((1, 11), ((await first).Reply, (await second).Reply));
        Assert.Equal(11, journal.Total("a"));
    }

    [Fact]
    public async Task A_stop_cuts_off_what_is_not_done_within_its_grace()
    {
        journal.Holds = true;
        var stuck = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var stopping = Shard.StopAsync(TimeSpan.FromSeconds(2));
        await time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(2), timers: 2);

        await stopping.Within("the stop");
        Assert.Equal(AskOutcome.Stopping, (await stuck.Within("its answer")).Outcome);
    }

    [Fact]
    public async Task Memory_is_bounded_by_the_active_entities_and_a_passivated_one_comes_back_as_it_was()
    {
        settings = settings with { MaxActive = 16 };
        foreach (var n in Enumerable.Range(0, 200))
        {
            await Ask($"c{n}", n + 1).Within("an answer");
            Assert.InRange(Status.Active, 0, 17);
        }

        Assert.Equal(101, (await Ask("c0", 100).Within("an answer")).Reply);
        Assert.Equal(201, journal.Loads.Count);
    }

    [Fact]
    public async Task Idle_entities_are_dropped()
    {
        await Ask("a", 1).Within("an answer");
        await Ask("b", 1).Within("an answer");
        time.Advance(settings.IdleAfter + TimeSpan.FromSeconds(1));
        await Ask("c", 1).Within("an answer");

        await Eventually.HoldsAsync(() => Status.Active == 1);
    }

    [Fact]
    public async Task All_entities_that_a_batch_needs_are_loaded_at_once()
    {
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var others = Enumerable.Range(0, 50).Select(n => Ask($"c{n % 10}", 1)).ToList();
        journal.Let(CommitFate.Lands);
        journal.Let(CommitFate.Lands);
        await Task.WhenAll(others.Append(first)).Within("all answers");

        Assert.Equal([1, 10], journal.Loads.Select(load => load.Length));
    }

    private const int Many = 1000;

    /// <summary>One command in a commit that waits, and many behind it, of which at least 768 are in a second one.</summary>
    private async Task<(Task<Asked<int>> First, List<Task<Asked<int>>> Behind)> TwoUnderWayAsync()
    {
        settings = settings with { MaxBatch = Many };
        journal.Holds = true;
        var first = Ask("a", 1);
        await journal.WhenCommitArrivesAsync();
        var behind = Enumerable.Range(0, Many).Select(_ => Ask("a", 1)).ToList();
        await journal.WhenCommitArrivesAsync();
        return (first, behind);
    }

    private int asked;

    private Task<Asked<int>> Ask(string counter, int amount) => Shard.AskAsync(new(counter, amount, $"{asked++}"), CancellationToken.None);
}
