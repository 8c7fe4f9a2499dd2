using System.Globalization;
using System.Net;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AkkaCrypto.Pipeline.Tests.Feeds.Budgets;

/// <summary>Governors over a real Redis that is cut off and comes back.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CutOffSpec(ServerFixture servers) : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<UpstreamGovernor> _governors = [];
    private readonly List<IAsyncDisposable> _open = [];
    private BudgetSettings _settings = TestSettings.Read().Feeds["coinone"].Budget with { PerMinute = 10 };
    private string _state = "";
    private TcpRelay _relay = null!;
    private RedisConnection _direct = null!;

    public async Task InitializeAsync()
    {
        _state = await servers.NewRedisStateAsync();
        _relay = new TcpRelay(((IPEndPoint)ConfigurationOptions.Parse(_state).EndPoints.Single()).Port);
        _open.Add(_relay);
        _direct = await ConnectAsync(_state, TimeSpan.FromSeconds(2));
    }

    public async Task DisposeAsync()
    {
        _governors.ForEach(governor => governor.Dispose());
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_nodes_share_one_budget_and_a_hold_of_one_holds_the_other()
    {
        var (a, b) = (await NodeAsync("shared"), await NodeAsync("shared"));
        await TakeAsync(a, 6);
        await TakeAsync(b, 4);
        var eleventh = a.WaitAsync(RequestPriority.Schedule, 1, default);
        await Eventually.HoldsAsync(() => _time.ArmedTimers > 0);
        Assert.False(eleventh.IsCompleted);
        await DrivenAsync(eleventh);

        a.HoldFor(TimeSpan.FromSeconds(30));
        await a.RefreshAsync().Within("the hold is told");
        await b.RefreshAsync().Within("the hold is heard");
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(30), b.Status().HeldUntil);
        Assert.Equal(2, b.Status().Nodes);
    }

    [Fact]
    public async Task The_only_node_goes_on_with_what_is_left_and_tells_it_when_the_state_is_back()
    {
        var node = await NodeAsync("alone");
        await TakeAsync(node, 4);
        _relay.Cut();
        await TakeAsync(node, 5); // and one that the lost call may have been counted for
        Assert.True(node.Status().CutOff);
        var sixth = node.WaitAsync(RequestPriority.User, 1, default);
        await Eventually.HoldsAsync(() => _time.ArmedTimers > 0);
        Assert.False(sixth.IsCompleted);

        _relay.Open();
        await HeardAsync(node);

        // The state knows that it was not; then nobody starts before the ten have left the window, of which the other node learns.
        await sixth.Within("the room that was left is granted");
        var eleventh = node.WaitAsync(RequestPriority.User, 1, default);
        var other = await NodeAsync("alone");
        await other.RefreshAsync();
        Assert.Equal(10, other.Status().Windows.Single().Used);
        Assert.False(eleventh.IsCompleted);
        await DrivenAsync(eleventh);
    }

    [Fact]
    public async Task Room_that_a_lost_call_may_have_been_counted_for_is_not_granted_again()
    {
        var node = await NodeAsync("lost", TimeSpan.FromMilliseconds(200));
        await TakeAsync(node, 4);
        _relay.HoldAnswers();
        var waiting = Enumerable.Range(0, 8).Select(_ => node.WaitAsync(RequestPriority.User, 1, default)).ToList();
        await Eventually.HoldsAsync(() => node.Status().CutOff && _time.ArmedTimers > 0);
        _relay.LetAnswersGo();

        var other = await NodeAsync("lost");
        await HeardAsync(node);
        await other.RefreshAsync();
        Assert.InRange(other.Status().Windows.Single().Used, 5, 10);
        await DrivenAsync(Task.WhenAll(waiting));
    }

    [Fact]
    public async Task One_of_several_waits_until_all_before_the_loss_has_left_and_then_takes_its_share()
    {
        var (node, other) = (await NodeAsync("several"), await NodeAsync("several"));
        await other.RefreshAsync();
        await TakeAsync(node, 1);
        _relay.Cut();
        var lostAt = _time.GetUtcNow();
        var waiting = Enumerable.Range(0, 6).Select(_ => node.WaitAsync(RequestPriority.User, 1, default)).ToList();

        await DrivenAsync(Task.WhenAll(waiting.Take(5)));

        Assert.InRange(_time.GetUtcNow() - lostAt, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(63));
        Assert.False(waiting[5].IsCompleted);
    }

    [Fact]
    public async Task A_node_that_never_reached_the_state_asks_for_nothing_until_it_does()
    {
        _relay.Cut();
        var node = await NodeAsync("never");
        var first = node.WaitAsync(RequestPriority.User, 1, default);
        await Eventually.HoldsAsync(() => _time.ArmedTimers > 0);
        _time.Advance(TimeSpan.FromMinutes(5));
        await Eventually.HoldsAsync(() => _time.ArmedTimers > 0);
        Assert.False(first.IsCompleted);

        _relay.Open();
        await DrivenAsync(first);
    }

    [Fact]
    public async Task What_a_state_is_asked_that_answers_too_late_uses_nothing_of_a_budget_that_nobody_was_granted()
    {
        var node = await NodeAsync("late", TimeSpan.FromMilliseconds(200));
        _relay.HoldAnswers();
        var waiting = Enumerable.Range(0, 6).Select(_ => node.WaitAsync(RequestPriority.User, 1, default)).ToList();
        await Eventually.HoldsAsync(() => node.Status().CutOff);
        Assert.All(waiting, request => Assert.False(request.IsCompleted));
        _relay.LetAnswersGo();

        var other = await NodeAsync("late");
        await other.RefreshAsync();
        Assert.Equal(0, other.Status().Windows.Single().Used);
        await DrivenAsync(Task.WhenAll(waiting));
    }

    [Fact]
    public async Task A_grant_whose_answer_was_lost_is_room_used_also_where_the_one_before_it_was_heard_late()
    {
        _settings = _settings with { PerSecond = 1, PerMinute = null };
        var node = await NodeAsync("heard-late");
        await node.RefreshAsync();
        _relay.HoldAnswers();
        var first = node.WaitAsync(RequestPriority.User, 1, default);
        await Eventually.HoldsAsync(async () => (await LogAsync("heard-late")).Count == 1);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        _relay.LetAnswersGo();
        await first.Within("the first is granted, and heard of 300 ms later");

        // By Redis' clock the first has just left the window, by this node's it has not: Redis grants the second, of which nobody hears.
        _time.Advance(TimeSpan.FromMilliseconds(750));
        _relay.HoldAnswers();
        var second = node.WaitAsync(RequestPriority.User, 1, default);
        await Eventually.HoldsAsync(async () => (await LogAsync("heard-late")).Count == 2);
        await Eventually.HoldsAsync(() => node.Status().CutOff && _time.ArmedTimers > 0);
        await DrivenAsync(second, TimeSpan.FromMilliseconds(50));

        _relay.LetAnswersGo();
        await HeardAsync(node);
        var log = await LogAsync("heard-late");
        Assert.Equal(3, log.Count);
        Assert.Equal(1, GrantLog.LargestIn(BudgetWindow.Second, log).Weight);
    }

    [Fact]
    public async Task What_was_granted_while_the_state_was_away_is_in_the_log_once_however_often_it_is_told()
    {
        var node = await NodeAsync("told", TimeSpan.FromMilliseconds(500));
        await TakeAsync(node, 1);
        _relay.HoldAnswers();
        await TakeAsync(node, 1); // Redis granted it too, of which nobody hears
        await Eventually.HoldsAsync(async () =>
        {
            await node.RefreshAsync();
            return (await LogAsync("told")).Count == 3;
        });
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await TakeAsync(node, 1);
        _relay.LetAnswersGo();
        await HeardAsync(node);

        var log = await LogAsync("told");
        Assert.Equal([0, 0, 0, 100], log.Select(grant => (grant.At - log[0].At).TotalMilliseconds));
    }

    private static Task HeardAsync(UpstreamGovernor node) => Eventually.HoldsAsync(async () =>
    {
        await node.RefreshAsync();
        return !node.Status().CutOff;
    });

    /// <summary>Read past the relay.</summary>
    private async Task<IReadOnlyList<Grant>> LogAsync(string provider) => await new GrantLog(_direct).ReadAsync(provider, default);

    private async Task<UpstreamGovernor> NodeAsync(string provider, TimeSpan? callTimeout = null)
    {
        var configuration = ConfigurationOptions.Parse(_state);
        configuration.EndPoints.Clear();
        configuration.EndPoints.Add(IPAddress.Loopback, _relay.Port);
        var redis = await ConnectAsync(configuration.ToString(includePassword: true), callTimeout ?? TimeSpan.FromSeconds(2));
        var name = (_governors.Count + 1).ToString(CultureInfo.InvariantCulture);
        var governor = new UpstreamGovernor(
            provider, () => _settings, _time,
            new SharedBudget(redis, provider, name, _time, () => _time.GetUtcNow().ToUnixTimeMilliseconds()));
        _governors.Add(governor);
        return governor;
    }

    private async Task<RedisConnection> ConnectAsync(string connection, TimeSpan callTimeout)
    {
        var redis = await RedisConnection.ConnectAsync(
            new RedisOptions(connection, callTimeout, "state"), TimeProvider.System, NullLogger<RedisConnection>.Instance);
        _open.Add(redis);
        return redis;
    }

    private static async Task TakeAsync(UpstreamGovernor governor, int requests)
    {
        for (var request = 0; request < requests; request++)
        {
            await governor.WaitAsync(RequestPriority.User, 1, default).Within("a request that finds room starts");
        }
    }

    /// <summary>Lets the clock run, half a second at a time, until the task has ended.</summary>
    private Task DrivenAsync(Task task) => DrivenAsync(task, TimeSpan.FromMilliseconds(500));

    private Task DrivenAsync(Task task, TimeSpan step) => Eventually.HoldsAsync(() =>
    {
        if (!task.IsCompleted && _time.ArmedTimers > 0)
        {
            _time.Advance(step);
        }

        return task.IsCompletedSuccessfully;
    });
}
