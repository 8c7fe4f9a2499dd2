using System.Net;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary><c>/stream/trades</c> over real servers: each committed trade once, in the order of commits, or told as missed.</summary>
[Collection(ServerFixture.Collection)]
public sealed class TradeStreamTests(ServerFixture servers, ITestOutputHelper output)
{
    private const string Path = "/stream/trades?exchange=coinone&pair=btc-krw";

    [Fact]
    public async Task Trades_are_shown_as_they_are_committed_and_other_pairs_are_not()
    {
        await using var api = await RealHost.StartAsync(servers);
        await WriteAsync(api, "before");
        using var client = await EventClient.FollowAsync(api, Path);
        await WriteAsync(api, "a", "b");
        await api.Trades.AppendAsync([Trade("other", 0) with { Pair = "eth-krw" }], Clock.Start, [], default);
        await WriteAsync(api, "a", "c"); // a is stored already

        var shown = await client.TakeAsync(3);

        Assert.Equal(["a", "b", "c"], shown.Select(trade => trade.Field("trade_id")));
        Assert.All(shown, trade => Assert.Equal("trade", trade.Name));
        Assert.Equal(
            """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"a","price":"140000000","quantity":"0.00000001","taker_side":"buy","time":"2026-01-31T11:59:00.000Z"}""",
            shown[0].Data);
        var headers = client.Response.Headers;
        Assert.Equal("text/event-stream", client.Response.Content.Headers.ContentType!.ToString());
        Assert.True(headers.CacheControl!.NoStore);
        Assert.Equal(["no"], headers.GetValues("X-Accel-Buffering"));
    }

    [Fact]
    public async Task A_client_resumes_in_the_middle_of_a_batch_on_another_node_and_after_a_restart()
    {
        await using var first = await RealHost.StartAsync(servers);
        await using var second = await RealHost.StartAsync(servers, beside: first);
        List<ShownEvent> seen;
        using (var client = await EventClient.FollowAsync(first, Path))
        {
            await WriteAsync(first, [.. Numbers(0, 700)]);
            seen = await client.TakeAsync(333);
        }

        await WriteAsync(first, [.. Numbers(700, 900)]);
        using (var client = await EventClient.FollowAsync(second, Path, seen[^1].Id))
        {
            seen.AddRange(await client.TakeAsync(444));
        }

        await first.DisposeAsync();
        await WriteAsync(second, [.. Numbers(900, 1000)]);
        await using var restarted = await RealHost.StartAsync(servers, beside: second);
        using (var client = await EventClient.FollowAsync(restarted, Path + "&last_event_id=" + seen[^1].Id))
        {
            seen.AddRange(await client.TakeAsync(1000 - seen.Count));
            await WriteAsync(second, "end");
            seen.AddRange(await client.TakeAsync(1));
        }

        Assert.Equal([.. Numbers(0, 1000), "end"], seen.Select(trade => trade.Field("trade_id")));
    }

    [Fact]
    public async Task Under_many_writers_every_client_sees_each_trade_once_and_all_in_one_order_over_reconnects_and_nodes()
    {
        const int Writers = 4, Batches = 25, Size = 40;
        var random = new Random(Seed.Next(output));
        await using var first = await RealHost.StartAsync(servers);
        await using var second = await RealHost.StartAsync(servers, beside: first);
        await WriteAsync(first, "start");
        RealHost[] hosts = [first, second];
        int[] seeds = [.. Enumerable.Range(0, Writers + 3).Select(_ => random.Next())];
        var start = new TaskCompletionSource();
        var clients = Enumerable.Range(0, 3).Select(n => ReadAllAsync(hosts, new Random(seeds[Writers + n]), start)).ToList();

        // Writers meet on ids: every second trade is also somebody else's.
        var writing = Enumerable.Range(0, Writers).Select(async n =>
        {
            var own = new Random(seeds[n]);
            var store = new TradeStore(hosts[n % 2].Database, new PairCatalogue(hosts[n % 2].Database), first.Clock);
            await start.Task;
            for (var batch = 0; batch < Batches; batch++)
            {
                await store.AppendAsync(
                    [.. Enumerable.Range(0, Size).Select(_ => own.Next(2000)).Distinct().Select(id => Trade($"t{id}", id))],
                    Clock.Start, [], default);
            }
        }).ToList();
        start.SetResult();
        await Task.WhenAll(writing).Within("all is written");
        await WriteAsync(first, "end");

        var shown = await Task.WhenAll(clients).Within("all is shown");

        var stored = await first.ScalarAsync<string[]>(
            "SELECT array_agg(trade_id ORDER BY trade_id) FROM market.trades WHERE trade_id <> 'start'");
        Assert.Equal(stored, shown[0].Order(StringComparer.Ordinal));
        Assert.All(shown, ids => Assert.Equal(shown[0], ids));
    }

    [Fact]
    public async Task A_slow_client_is_told_exactly_what_it_missed_and_the_url_gives_just_that()
    {
        await using var api = await RealHost.StartAsync(
            servers, settings => settings with { Streaming = settings.Streaming with { BufferBytes = 64 * 1024 } });
        using var slow = await EventClient.FollowAsync(api, Path, receiveBuffer: 4096);
        using var quick = await EventClient.FollowAsync(api, Path);
        string[] all = [.. Numbers(0, 40_000)];
        foreach (var batch in all.Chunk(2000))
        {
            await WriteAsync(api, batch);
            Assert.Equal(batch, await IdsAsync(quick, batch.Length, api));
        }

        await WriteAsync(api, "end");
        var (seen, missed) = (new List<string>(), new List<ShownEvent>());
        while (seen is not [.., "end"])
        {
            var shown = (await slow.TakeAsync(1))[0];
            if (shown.Name == "missed")
            {
                missed.Add(shown);
                seen.AddRange(await FetchAsync(api, shown));
            }
            else
            {
                seen.Add(shown.Field("trade_id"));
            }
        }

        Assert.NotEmpty(missed);
        Assert.Equal([.. all, "end"], seen);
    }

    [Fact]
    public async Task What_is_no_longer_in_the_log_is_told_by_its_time()
    {
        await using var api = await RealHost.StartAsync(servers);
        string last;
        using (var client = await EventClient.FollowAsync(api, Path))
        {
            await api.AddTradesAsync(("seen", TimeSpan.FromSeconds(60)));
            last = (await client.TakeAsync(1))[0].Id!;
        }

        await api.AddTradesAsync(("cut", TimeSpan.FromSeconds(50)));
        var log = new CommitLog(api.Database, api.Clock);
        await log.PlaceAsync(default);
        api.Clock.Advance(TimeSpan.FromHours(30));
        await log.TrimAsync(TimeSpan.FromHours(24), 1000, 100, default);
        await api.AddTradesAsync(("kept", TimeSpan.FromSeconds(40)));

        using var again = await EventClient.FollowAsync(api, Path, last);
        var shown = await again.TakeAsync(2);
        Assert.Equal(["missed", "trade"], shown.Select(one => one.Name));
        Assert.Equal("2026-01-31T11:59:00.0000000Z", shown[0].Field("from"));
        Assert.Equal("2026-01-31T11:59:20.0000000Z", shown[0].Field("to"));
        Assert.Equal(["seen", "cut"], await FetchAsync(api, shown[0]));
        Assert.Equal("kept", shown[1].Field("trade_id"));

        using var onwards = await EventClient.FollowAsync(api, Path, shown[0].Id);
        Assert.Equal(["kept"], (await onwards.TakeAsync(1)).Select(trade => trade.Field("trade_id")));
    }

    [Theory]
    [InlineData("no id of ours", false)]
    [InlineData("99999999999.0.1769860700000", true)]
    public async Task An_id_that_means_nothing_here_can_not_be_resumed_and_that_is_told(string id, bool hasTime)
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddTradesAsync(("stored", TimeSpan.FromSeconds(60)));
        using var client = await EventClient.FollowAsync(api, Path, id);
        var missed = (await client.TakeAsync(1))[0];
        Assert.Equal("missed", missed.Name);
        Assert.Equal(hasTime ? "2026-01-31T11:58:20.0000000Z" : null, missed.Json.GetProperty("from").GetString());
        Assert.Equal("2026-01-31T12:00:00.0000000Z", missed.Field("to"));
        Assert.Equal(["stored"], await FetchAsync(api, missed));
        await api.AddTradesAsync(("next", TimeSpan.Zero));
        Assert.Equal("next", (await client.TakeAsync(1))[0].Field("trade_id"));
    }

    [Fact]
    public async Task What_is_rolled_back_is_never_shown_and_what_was_committed_before_a_kill_is()
    {
        await using var api = await RealHost.StartAsync(servers);
        await WriteAsync(api, "first");
        using var client = await EventClient.FollowAsync(api, Path);
        await using (var undone = await HeldLock.TakeAsync(api.Database, """
            INSERT INTO market.trades SELECT time_ns + 1, received_at, currency_pair_no, exchange_id, taker_side, time_digits, 'undone',
                price, quantity FROM market.trades WHERE trade_id = 'first';
            INSERT INTO market.unplaced_commits SELECT pg_current_xact_id(), exchange_id, currency_pair_no, 0, 100000000
            FROM market.currency_pairs WHERE pair = 'btc-krw'
            """))
        {
            await WriteAsync(api, "meanwhile");
            Assert.Equal("meanwhile", (await client.TakeAsync(1))[0].Field("trade_id"));
            await undone.LetAsync();
        }

        await api.DisposeAsync();
        // Committed by a node that died at once: nothing has told anybody of it.
        await using var other = await RealHost.StartAsync(servers, beside: api);
        using var next = await EventClient.FollowAsync(other, Path, "0");
        await WriteAsync(other, "after");
        Assert.Equal(
            ["first", "meanwhile", "after"], (await next.TakeAsync(3)).Select(trade => trade.Field("trade_id")));
    }

    [Fact]
    public async Task Unknown_pairs_and_foreign_media_are_refused_before_a_place_is_taken()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var unknown = await api.GetAsync("/stream/trades?exchange=coinone&pair=doge-krw");
        await ApiHost.ProblemAsync(unknown, HttpStatusCode.NotFound, "unknown_pair");
        using var wrong = await api.GetAsync("/stream/trades?exchange=coinone&pair=btc-krw&limit=1");
        await ApiHost.ProblemAsync(wrong, HttpStatusCode.BadRequest, "invalid_request");
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", "application/json");
        using var json = await api.Client.SendAsync(request);
        await ApiHost.ProblemAsync(json, HttpStatusCode.NotAcceptable, "not_acceptable");
        using var head = await api.SendAsync(HttpMethod.Head, Path, TestSettings.UserKey);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    private static async Task<List<string>> ReadAllAsync(RealHost[] hosts, Random random, TaskCompletionSource start)
    {
        var (seen, last) = (new List<string>(), "0");
        using (var first = await EventClient.FollowAsync(hosts[0], Path, last))
        {
            last = (await first.TakeAsync(1))[0].Id!; // "start": from here on nothing may be left out
        }

        await start.Task;
        while (seen is not [.., "end"])
        {
            using var client = await EventClient.FollowAsync(hosts[random.Next(hosts.Length)], Path, last);
            for (var left = random.Next(1, 400); left > 0 && seen is not [.., "end"]; left--)
            {
                var trade = (await client.TakeAsync(1))[0];
                seen.Add(trade.Field("trade_id"));
                last = trade.Id!;
            }
        }

        return seen;
    }

    /// <summary>The ids of so many trades, those of what was missed included.</summary>
    private static async Task<List<string>> IdsAsync(EventClient client, int count, RealHost api)
    {
        var ids = new List<string>();
        while (ids.Count < count)
        {
            var shown = (await client.TakeAsync(1))[0];
            ids.AddRange(shown.Name == "missed" ? await FetchAsync(api, shown) : [shown.Field("trade_id")]);
        }

        return ids;
    }

    /// <summary>The ids that the url of an event <c>missed</c> gives, over all pages.</summary>
    private static async Task<List<string>> FetchAsync(RealHost api, ShownEvent missed)
    {
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = System.Text.Json.JsonDocument.Parse(
                await api.ReadAsync(missed.Field("url") + (cursor is null ? "" : "&cursor=" + cursor))).RootElement;
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(trade => trade.GetProperty("trade_id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return ids;
    }

    private static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(n => $"n{n:D6}");

    private static Trade Trade(string id, int milliseconds) => new(
        "coinone", "btc-krw", id, 140_000_000m, 0.00000001m, TakerSide.Buy,
        ProviderTime.From(Clock.Start.AddMinutes(-1).AddMilliseconds(milliseconds), 3));

    private static Task WriteAsync(RealHost api, params string[] ids) => api.Trades.AppendAsync(
        [.. ids.Select((id, n) => Trade(id, n))], Clock.Start, [], default);
}
