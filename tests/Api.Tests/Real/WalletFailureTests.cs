using System.Diagnostics;
using System.Globalization;
using System.Net;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What a caller is told while commits hang, and that the key tells the rest afterwards.</summary>
[Collection(ServerFixture.Collection)]
public sealed class WalletFailureTests(ServerFixture servers)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_transfer_that_has_not_ended_by_its_deadline_is_202_and_its_location_and_key_tell_the_end()
    {
        await using var wallets = await StartAsync(settings => settings with
        {
            Actors = settings.Actors with { Deadline = Short }, Ledger = settings.Ledger with { InFlightWait = Short },
        });
        var (from, to) = (await wallets.Service.WalletAsync("100"), await wallets.Service.WalletAsync());
        while (await wallets.ShardAsync(to) == await wallets.ShardAsync(from))
        {
            to = await wallets.Service.WalletAsync();
        }

        var (path, body) = ($"/wallets/{from}/transfers", $$"""{"to":"{{to}}","amount":"30","currency":"USD"}""");
        await using (var held = await wallets.HoldAsync(to))
        {
            var pending = (await wallets.Service.PostAsync(path, body, "t")).Is(202);
            Assert.Equal(("pending", $"/transfers/{pending.Text("id")}"), (pending.Text("state"), Location(pending)));
            Assert.Equal("pending", (await wallets.Service.GetAsync(Location(pending))).Is(200).Text("state"));
            var again = (await wallets.Service.PostAsync(path, body, "t")).Is(409, "idempotency_key_in_flight");
            Assert.NotNull(again.Message.Headers.RetryAfter);
            Assert.Equal("70", (await wallets.Service.GetAsync($"/wallets/{from}")).Text("balance"));
        }

        await Eventually.HoldsAsync(async () => (await wallets.Service.PostAsync(path, body, "t")).Status == 201);
        var done = (await wallets.Service.PostAsync(path, body, "t")).Is(201);
        Assert.True(done.IsReplay);
        Assert.Equal("done", (await wallets.Service.GetAsync(Location(done))).Is(200).Text("state"));
        Assert.Equal("30", (await wallets.Service.GetAsync($"/wallets/{to}")).Text("balance"));
    }

    [Fact]
    public async Task A_key_in_flight_is_409_after_its_wait_and_then_tells_what_the_first_was_answered()
    {
        await using var wallets = await StartAsync(settings => settings with
        {
            Actors = settings.Actors with { Deadline = Long }, Ledger = settings.Ledger with { InFlightWait = Short },
        });
        var id = await wallets.Service.WalletAsync();
        Task<WalletHost.Reply> first;
        await using (var held = await wallets.HoldAsync(id))
        {
            first = wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d");
            await Eventually.HoldsAsync(held.IsBlockingAsync);
            var second = await wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d");
            Assert.NotNull(second.Is(409, "idempotency_key_in_flight").Message.Headers.RetryAfter);
            Assert.False(first.IsCompleted);
        }

        var answered = (await first).Is(201);
        var again = (await wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d")).Is(201);
        Assert.Equal((answered.Body, false, true), (again.Body, answered.IsReplay, again.IsReplay));
        Assert.Equal("5", (await wallets.Service.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task A_command_without_an_answer_by_its_deadline_is_503_and_its_key_then_tells_what_became_of_it()
    {
        await using var wallets = await StartAsync(static settings => settings);
        var id = await wallets.Service.WalletAsync();
        await using (var held = await wallets.HoldAsync(id))
        {
            var asking = wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d");
            await Eventually.HoldsAsync(held.IsBlockingAsync);
            wallets.Service.Host.Clock.Advance(TimeSpan.FromMinutes(1));
            var unknown = (await asking.Within("an answer")).Is(503, "outcome_unknown");
            Assert.NotNull(unknown.Message.Headers.RetryAfter);
        }

        var again = (await wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d")).Is(201);
        Assert.Equal(("5", true), (again.Text("balance"), again.IsReplay));
        Assert.Equal("5", (await wallets.Service.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task A_full_mailbox_is_503_with_Retry_After_at_once_and_nothing_of_it_is_done()
    {
        const int Asked = 12;
        await using var wallets = await StartAsync(static settings => settings with { Actors = settings.Actors with { Mailbox = 3 } });
        var id = await wallets.Service.WalletAsync();
        var asking = new List<Task<WalletHost.Reply>>();
        await using (var held = await wallets.HoldAsync(id))
        {
            asking.Add(wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1")));
            await Eventually.HoldsAsync(held.IsBlockingAsync);
            asking.AddRange(Enumerable.Range(1, Asked - 1).Select(_ =>
                wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"))));

            // One is being committed, three wait; the rest is refused while the commit still hangs.
            await Eventually.HoldsAsync(() => asking.Count(task => task.IsCompleted) >= Asked - 4);
            foreach (var refused in asking.Where(task => task.IsCompleted))
            {
                Assert.NotNull((await refused).Is(503, "overloaded").Message.Headers.RetryAfter);
            }
        }

        var replies = await Task.WhenAll(asking);
        Assert.Equal((4, Asked - 4), (replies.Count(reply => reply.Status == 201), replies.Count(reply => reply.Status == 503)));
        Assert.Equal("4", (await wallets.Service.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task A_service_that_stops_answers_what_it_has()
    {
        await using var wallets = await StartAsync(static settings => settings with
        {
            Http = settings.Http with { ShutdownGrace = TimeSpan.FromSeconds(20) },
        });
        var id = await wallets.Service.WalletAsync();
        var asking = new List<Task<WalletHost.Reply>>();
        Task stopping;
        await using (var held = await wallets.HoldAsync(id))
        {
            asking.Add(wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1")));
            await Eventually.HoldsAsync(held.IsBlockingAsync);
            asking.AddRange(Enumerable.Range(0, 4).Select(_ =>
                wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"))));
            await Eventually.HoldsAsync(() => wallets.WaitingAsync(atLeast: 4));
            stopping = wallets.Service.StopAsync();
            await Eventually.HoldsAsync(wallets.RefusesConnectionsAsync);
        }

        Assert.All(await Task.WhenAll(asking).Within("the answers"), reply => reply.Is(201));
        await stopping.Within("the stop");
        await wallets.Service.RestartAsync();
        Assert.Equal("5", (await wallets.Service.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task What_a_service_that_stops_cuts_off_is_told_by_its_key_after_the_next_start()
    {
        await using var wallets = await StartAsync(static settings => settings with
        {
            Http = settings.Http with { ShutdownGrace = TimeSpan.FromSeconds(1) },
        });
        var id = await wallets.Service.WalletAsync();
        await using (var held = await wallets.HoldAsync(id))
        {
            var asking = wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d");
            await Eventually.HoldsAsync(held.IsBlockingAsync);
            await wallets.Service.StopAsync().Within("the stop");
            await AssertCutOffAsync(asking);
        }

        await wallets.Service.RestartAsync();
        (await wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d")).Is(201);
        Assert.Equal("5", (await wallets.Service.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task A_service_that_stops_waits_once_for_its_requests_and_its_wallets_together()
    {
        var grace = TimeSpan.FromSeconds(6);
        await using var wallets = await StartAsync(settings => settings with
        {
            Http = settings.Http with { ShutdownGrace = grace }, Actors = settings.Actors with { Deadline = Long },
        });
        var id = await wallets.Service.WalletAsync();
        await using var held = await wallets.HoldAsync(id);
        var asking = wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"), "d");
        await Eventually.HoldsAsync(held.IsBlockingAsync);

        // The server waits for the request by the clock on the wall, and what that has taken is gone by the service's own clock.
        var began = Stopwatch.GetTimestamp();
        var stopping = wallets.Service.StopAsync();
        await Eventually.HoldsAsync(wallets.RefusesConnectionsAsync);
        wallets.Service.Host.Clock.Advance(grace);
        await stopping.Within("the stop");
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, 2 * grace - TimeSpan.FromSeconds(1));
        await AssertCutOffAsync(asking);
    }

    [Fact]
    public async Task A_node_whose_wallets_another_process_has_taken_is_not_ready()
    {
        await using var wallets = await StartAsync(settings => settings);
        var id = await wallets.Service.WalletAsync();
        var shard = await wallets.ShardAsync(id);
        await wallets.Service.Host.ScalarAsync<long>(
            "UPDATE ledger.shards SET epoch = epoch + 1, owner = gen_random_uuid() WHERE shard = $1 RETURNING epoch", shard);

        Assert.Equal(503, (await wallets.Service.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("5"))).Status);
        await Eventually.HoldsAsync(async () => (await wallets.Service.GetAsync("/readyz")).Body.Contains(
            $"wallets: shard {shard} has another owner", StringComparison.Ordinal));
    }

    /// <summary>No answer, or one that says that there is none.</summary>
    private static async Task AssertCutOffAsync(Task<WalletHost.Reply> asking)
    {
        try
        {
            Assert.Equal(503, (await asking.Within("the end of the request")).Status);
        }
        catch (HttpRequestException)
        {
            // The connection was cut.
        }
    }

    private static string Location(WalletHost.Reply reply) => reply.Message.Headers.Location!.ToString();

    private async Task<Failing> StartAsync(Func<AkkaCryptoSettings, AkkaCryptoSettings> change)
    {
        var wallets = new WalletHost(servers) { Change = change };
        await wallets.InitializeAsync();
        return new(wallets);
    }

    private sealed class Failing(WalletHost wallets) : IAsyncDisposable
    {
        public WalletHost Service => wallets;

        public Task<short> ShardAsync(string wallet) =>
            wallets.Host.ScalarAsync<short>("SELECT shard FROM ledger.wallets WHERE id = $1", Guid.Parse(wallet));

        /// <summary>Holds the commits of the wallet's shard at their first statement.</summary>
        public async Task<HeldLock> HoldAsync(string wallet) => await HeldLock.TakeAsync(
            wallets.Host.Database, $"SELECT FROM ledger.shards WHERE shard = {await ShardAsync(wallet)} FOR UPDATE");

        /// <summary>Whether so many commands wait for a shard, as the metrics tell.</summary>
        public async Task<bool> WaitingAsync(int atLeast)
        {
            var text = (await wallets.GetAsync("/metrics", TestSettings.AdminKey)).Is(200).Body;
            return text.Split('\n').Where(line => line.StartsWith("akkacrypto_shard_mailbox_depth{", StringComparison.Ordinal))
                .Sum(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)) >= atLeast;
        }

        public async Task<bool> RefusesConnectionsAsync()
        {
            try
            {
                using var client = new HttpClient { BaseAddress = wallets.Address };
                using var response = await client.GetAsync(new Uri("/healthz", UriKind.Relative));
                return response.StatusCode == HttpStatusCode.ServiceUnavailable;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }

        public async ValueTask DisposeAsync() => await wallets.DisposeAsync();
    }
}
