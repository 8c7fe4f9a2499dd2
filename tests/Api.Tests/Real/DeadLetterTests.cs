using System.Net;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Dead letters from the table to the operator and back into the stores, on real servers.</summary>
[Collection(ServerFixture.Collection)]
public sealed class DeadLetterTests(ServerFixture servers)
{
    private const string Path = "/admin/dead-letters";

    /// <summary>As Coinone sends it: three trades, one of them twice.</summary>
    private const string Trades =
        """
        {"result":"success","error_code":"0","server_time":1769860800000,"quote_currency":"KRW","target_currency":"BTC","transactions":[
        {"id":"3","timestamp":1769860799000,"price":"420000","qty":"0.1","is_seller_maker":true},
        {"id":"2","timestamp":1769860799000,"price":"420000","qty":"0.00000001","is_seller_maker":false},
        {"id":"1","timestamp":1769860798000,"price":"0.0001","qty":"1234567.00000001","is_seller_maker":true}]}
        """;

    private static readonly SeriesKey Series = new("coinone", "trades", "btc-krw");

    [Fact]
    public async Task A_letter_that_can_be_read_today_is_stored_with_exact_counts_and_a_second_replay_skips_all()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddTradesAsync(("9", TimeSpan.FromSeconds(1)));
        var id = await KeepAsync(api, Letter(Trades));

        var first = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");
        Assert.Equal(("replayed", "3/3/0/0/0/0"), (first.GetProperty("state").GetString(), Counts(first.GetProperty("counts"))));
        Assert.Equal(4L, await api.ScalarAsync<long>("SELECT count(*) FROM market.trades"));

        var second = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");
        Assert.Equal(("replayed", "3/0/3/0/0/0"), (second.GetProperty("state").GetString(), Counts(second.GetProperty("counts"))));

        var letter = await ReadAsync(api, HttpMethod.Get, $"{Path}/{id}");
        Assert.Equal(("replayed", 2), (letter.GetProperty("state").GetString(), letter.GetProperty("replays").GetInt32()));
        Assert.Equal("3/0/3/0/0/0", Counts(letter.GetProperty("last_replay").GetProperty("counts")));
    }

    [Fact]
    public async Task A_letter_that_still_cannot_be_read_stays_open_with_the_reason_of_this_time()
    {
        await using var api = await RealHost.StartAsync(servers);
        var id = await KeepAsync(api, Letter("{\"result\":\"success\"", RefusalCode.UnexpectedShape));

        var failed = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        Assert.Equal(("open", "malformed_json"), (failed.GetProperty("state").GetString(), failed.GetProperty("code").GetString()));
        var letter = await ReadAsync(api, HttpMethod.Get, $"{Path}/{id}");
        Assert.Equal(
            ("open", 1, "unexpected_shape", "malformed_json"),
            (letter.GetProperty("state").GetString(), letter.GetProperty("replays").GetInt32(), letter.GetProperty("code").GetString(),
                letter.GetProperty("last_replay").GetProperty("code").GetString()));
        Assert.Equal("0 0", await api.ScalarAsync<string>(
            "SELECT concat_ws(' ', (SELECT count(*) FROM market.trades), (SELECT count(*) FROM ops.feed_positions))"));
    }

    [Fact]
    public async Task A_differing_record_never_overwrites_the_stored_one_and_its_letter_says_so()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.IngestAsync("trades", "btc-krw", Trades);
        var changed = Trades.Replace("\"0.1\"", "\"0.2\"", StringComparison.Ordinal);
        Assert.Equal("3/0/2/1/0", await api.IngestAsync("trades", "btc-krw", changed));
        var letter = (await ListAsync(api, "?code=differing")).Single();
        Assert.Equal(("record", "open"), (letter.GetProperty("kind").GetString(), letter.GetProperty("state").GetString()));
        var id = letter.GetProperty("id").GetInt64();

        var replayed = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        Assert.Equal(("open", "differing"), (replayed.GetProperty("state").GetString(), replayed.GetProperty("code").GetString()));
        Assert.Contains("first write wins", replayed.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("1/0/0/1/0/0", Counts(replayed.GetProperty("counts")));
        Assert.Equal(0.1m, await api.ScalarAsync<decimal>("SELECT quantity FROM market.trades WHERE trade_id = '3'"));
        Assert.Single(await ListAsync(api, ""));

        // The stored trade is gone, as retention does it: now the letter's is the first write, with every digit.
        await api.ScalarAsync<string>("DELETE FROM market.trades WHERE trade_id = '3' RETURNING trade_id");
        var stored = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");
        Assert.Equal(("replayed", "1/1/0/0/0/0"), (stored.GetProperty("state").GetString(), Counts(stored.GetProperty("counts"))));
        Assert.Equal(0.2m, await api.ScalarAsync<decimal>("SELECT quantity FROM market.trades WHERE trade_id = '3'"));
    }

    [Fact]
    public async Task An_old_chart_appends_no_revision_over_a_value_that_became_known_later()
    {
        await using var api = await RealHost.StartAsync(servers);
        const string Chart = """{"prices":[[1769817600000,100.5],[1769731200000,99]],"market_caps":[],"total_volumes":[]}""";
        var id = await KeepAsync(api, new DeadLetter(
            new SeriesKey("coingecko", "market_chart", "bitcoin/usd/daily"), "GET /x", new Refusal(RefusalCode.UnexpectedShape, "No."),
            Encoding.UTF8.GetBytes(Chart), api.Clock.GetUtcNow().AddHours(-2))
        {
            Context = new ReplyContext(Asset: "bitcoin", Currency: "usd", Interval: "daily"),
        });
        await api.AddChartAsync("daily", (DateTimeOffset.FromUnixTimeMilliseconds(1769817600000), 200m));

        var first = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");
        var second = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        Assert.Equal(
            ("2/1/1/0/0/0", "2/0/2/0/0/0"), (Counts(first.GetProperty("counts")), Counts(second.GetProperty("counts"))));
        Assert.Equal("99 200", await api.ScalarAsync<string>(
            "SELECT string_agg(trim_scale(price)::text, ' ' ORDER BY bucket_start) FROM market.chart_points"));
    }

    [Fact]
    public async Task Old_candles_append_no_revision_over_values_that_became_known_later()
    {
        await using var api = await RealHost.StartAsync(servers);
        const string Chart = """
            {"result":"success","error_code":"0","is_last":false,"chart":[
            {"timestamp":1769817600000,"open":"1","high":"1","low":"1","close":"1","target_volume":"1","quote_volume":"1"},
            {"timestamp":1769814000000,"open":"2","high":"2","low":"2","close":"2","target_volume":"1","quote_volume":"2"}]}
            """;
        var id = await KeepAsync(api, new DeadLetter(
            new SeriesKey("coinone", "candles", "btc-krw/1h"), "GET /x", new Refusal(RefusalCode.UnexpectedShape, "No."),
            Encoding.UTF8.GetBytes(Chart), api.Clock.GetUtcNow().AddHours(-2))
        {
            Context = new ReplyContext(Pair: "btc-krw", Interval: "1h"),
        });
        var store = new ProviderCandleStore(api.Database, new PairCatalogue(api.Database), api.Clock);
        var later = ProviderTime.From(DateTimeOffset.FromUnixTimeMilliseconds(1769817600000), 0);
        await store.AppendAsync(
            [new Candle("coinone", "btc-krw", "1h", later, 9, 9, 9, 9, 1, null)], api.Clock.GetUtcNow(), [], default);

        var first = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");
        var second = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        Assert.Equal(
            ("2/1/1/0/0/0", "2/0/2/0/0/0"), (Counts(first.GetProperty("counts")), Counts(second.GetProperty("counts"))));
        Assert.Equal("2/0 9/0", await api.ScalarAsync<string>(
            "SELECT string_agg(trim_scale(close) || '/' || revision, ' ' ORDER BY open_minute) FROM market.provider_candles"));
    }

    [Fact]
    public async Task Old_candles_of_an_asset_append_no_revision_over_values_that_became_known_later()
    {
        await using var api = await RealHost.StartAsync(servers);
        var id = await KeepAsync(api, new DeadLetter(
            new SeriesKey("coingecko", "ohlc", "bitcoin/usd/30m"), "GET /x", new Refusal(RefusalCode.UnexpectedShape, "No."),
            "[[1769819400000,1,1,1,1],[1769817600000,2,2,2,2]]"u8.ToArray(), api.Clock.GetUtcNow().AddHours(-2))
        {
            Context = new ReplyContext(Asset: "bitcoin", Currency: "usd", Interval: "30m", Pair: "bitcoin-usd"),
        });
        var time = ProviderTime.From(DateTimeOffset.FromUnixTimeMilliseconds(1769817600000), 3);
        await new OhlcStore(api.Database, api.Clock).AppendAsync(
            [new AssetCandle("bitcoin", "usd", new Candle("coingecko", "bitcoin-usd", "30m", time, 9, 9, 9, 9, null, null))],
            api.Clock.GetUtcNow(), [], default);

        var replayed = await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        Assert.Equal("2/1/1/0/0/0", Counts(replayed.GetProperty("counts")));
        Assert.Equal("2/0 9/0", await api.ScalarAsync<string>(
            "SELECT string_agg(trim_scale(close) || '/' || revision, ' ' ORDER BY open_time) FROM market.ohlc_points"));
    }

    [Fact]
    public async Task Letters_of_before_contexts_were_kept_are_read_by_the_name_of_their_series()
    {
        await using var api = await RealHost.StartAsync(servers);
        var id = await KeepAsync(api, new DeadLetter(
            new SeriesKey("coingecko", "market_chart", "bitcoin/usd/daily"), "GET /x", new Refusal(RefusalCode.UnexpectedShape, "No."),
            """{"prices":[[1769817600000,100.5]],"market_caps":[],"total_volumes":[]}"""u8.ToArray(), api.Clock.GetUtcNow()));

        Assert.Equal("1/1/0/0/0/0", Counts((await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay")).GetProperty("counts")));
    }

    [Fact]
    public async Task Many_are_replayed_by_a_filter_and_next_cursor_leads_past_those_that_fail()
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var body in (string[])[Trades.Replace("420000", "430000", StringComparison.Ordinal), "garbage", Trades])
        {
            await KeepAsync(api, Letter(body));
        }

        await KeepAsync(api, Letter(Trades) with { Series = Series with { Dataset = "markets" } });
        using (var unmeant = await SendAsync(api, HttpMethod.Post, $"{Path}/replay"))
        {
            await ApiHost.ProblemAsync(unmeant, HttpStatusCode.BadRequest, "invalid_request");
        }

        var first = await ReadAsync(api, HttpMethod.Post, $"{Path}/replay?dataset=trades&limit=2");
        Assert.Equal((1, 1), (first.GetProperty("replayed").GetInt32(), first.GetProperty("failed").GetInt32()));
        var cursor = first.GetProperty("next_cursor").GetString();
        var rest = await ReadAsync(api, HttpMethod.Post, $"{Path}/replay?dataset=trades&limit=2&cursor={cursor}");

        Assert.Equal("3/0/1/2/0/0", Counts(rest.GetProperty("counts")));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next_cursor").ValueKind);
        Assert.Equal("not_storable", (await ReadAsync(api, HttpMethod.Post, $"{Path}/replay?dataset=markets"))
            .GetProperty("letters")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Letters_are_listed_newest_first_in_pages_that_stay_in_place_and_by_every_part_of_the_filter()
    {
        await using var api = await RealHost.StartAsync(servers);
        for (var i = 0; i < 5; i++)
        {
            await KeepAsync(api, Letter($"{i}", i < 2 ? RefusalCode.MissingField : RefusalCode.MalformedJson));
        }

        var page = await ReadAsync(api, HttpMethod.Get, $"{Path}?limit=2");
        await KeepAsync(api, Letter("later"));
        var next = await ReadAsync(api, HttpMethod.Get, $"{Path}?limit=3&cursor={page.GetProperty("next_cursor").GetString()}");
        Assert.Equal([3, 2, 1], next.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetInt32()));

        Assert.Equal(2, (await ListAsync(api, "?code=missing_field")).Count);
        Assert.Equal(2, (await ListAsync(api, "?reason=missing_field")).Count);
        using (var torn = await SendAsync(api, HttpMethod.Get, $"{Path}?reason=missing_field&code=malformed_json"))
        {
            await ApiHost.ProblemAsync(torn, HttpStatusCode.BadRequest, "invalid_request");
        }

        Assert.Equal(6, (await ListAsync(api, "?provider=coinone&dataset=trades&series=btc-krw&state=open")).Count);
        Assert.Empty(await ListAsync(api, "?state=replayed"));
        Assert.Empty(await ListAsync(api, "?series=eth-krw"));
        var now = api.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal((6, 0), ((await ListAsync(api, $"?from={now}")).Count, (await ListAsync(api, $"?to={now}")).Count));
    }

    [Fact]
    public async Task A_payload_is_shown_whole_as_text_or_in_base64()
    {
        await using var api = await RealHost.StartAsync(servers);
        byte[] binary = [0, 255, 128, 1];
        var (text, bytes) = (
            await KeepAsync(api, Letter("{\"price\": \"é\u0000\"}")),
            await KeepAsync(api, new DeadLetter(
                Series, "GET /x", new Refusal(RefusalCode.MalformedJson, "No."), binary, api.Clock.GetUtcNow())));

        var shown = await ReadAsync(api, HttpMethod.Get, $"{Path}/{text}");
        Assert.Equal(
            ("utf-8", "{\"price\": \"é\u0000\"}", "btc-krw"),
            (shown.GetProperty("encoding").GetString(), shown.GetProperty("payload").GetString(),
                shown.GetProperty("context").GetProperty("pair").GetString()));
        var encoded = await ReadAsync(api, HttpMethod.Get, $"{Path}/{bytes}");
        Assert.Equal("base64", encoded.GetProperty("encoding").GetString());
        Assert.Equal(binary, encoded.GetProperty("payload").GetBytesFromBase64());
    }

    [Fact]
    public async Task A_purge_needs_a_filter_and_says_what_went()
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var body in (string[])["1", "22", "333"])
        {
            await KeepAsync(api, Letter(body, body == "1" ? RefusalCode.MissingField : RefusalCode.MalformedJson));
        }

        using (var unmeant = await SendAsync(api, HttpMethod.Delete, Path))
        {
            await ApiHost.ProblemAsync(unmeant, HttpStatusCode.BadRequest, "invalid_request");
        }

        Assert.Equal(
            """{"purged":2,"bytes":5,"by":[{"provider":"coinone","dataset":"trades","code":"malformed_json","purged":2,"bytes":5}]}""",
            (await ReadAsync(api, HttpMethod.Delete, $"{Path}?code=malformed_json")).GetRawText());
        var left = (await ListAsync(api, "")).Single().GetProperty("id").GetInt64();
        Assert.Equal(1, (await ReadAsync(api, HttpMethod.Delete, $"{Path}/{left}")).GetProperty("purged").GetInt32());
        foreach (var (method, path) in ((HttpMethod, string)[])
            [(HttpMethod.Delete, $"{Path}/{left}"), (HttpMethod.Get, $"{Path}/{left}"), (HttpMethod.Post, $"{Path}/{left}/replay"),
                (HttpMethod.Get, $"{Path}/-1"), (HttpMethod.Get, $"{Path}/x%0A")])
        {
            using var missing = await SendAsync(api, method, path);
            await ApiHost.ProblemAsync(missing, HttpStatusCode.NotFound, "unknown_dead_letter");
        }
    }

    [Fact]
    public async Task Where_the_letters_are_full_a_fetch_is_refused_for_now_and_replayed_letters_make_room()
    {
        await using var api = await RealHost.StartAsync(
            servers, settings => settings with { DeadLetters = new DeadLetterSettings(MaxCount: 3, MaxBytes: 1 << 20) });
        var room = new DeadLetterStore(api.Database, new DeadLetterRoom(api.Database, () => new DeadLetterSettings(3, 1 << 20), api.Clock));
        var readable = await KeepAsync(api, Letter(Trades));
        await room.KeepAsync([Letter("1"), Letter("2")], default);

        var full = await Assert.ThrowsAsync<DeadLettersFullException>(() => room.KeepAsync([Letter("3")], default));
        Assert.Contains("3 of 3 letters", full.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await ListAsync(api, "")).Count);

        await ReadAsync(api, HttpMethod.Post, $"{Path}/{readable}/replay");
        await room.KeepAsync([Letter("3")], default);
        Assert.Equal(["3", "2", "1"], (await Task.WhenAll((await ListAsync(api, "")).Select(letter =>
            ReadAsync(api, HttpMethod.Get, $"{Path}/{letter.GetProperty("id").GetInt64()}")))).Select(whole =>
                whole.GetProperty("payload").GetString()));
    }

    [Fact]
    public async Task A_letter_that_is_refused_again_after_its_replay_is_open_again()
    {
        await using var api = await RealHost.StartAsync(servers);
        var id = await KeepAsync(api, Letter(Trades));
        await ReadAsync(api, HttpMethod.Post, $"{Path}/{id}/replay");

        await KeepAsync(api, Letter(Trades));

        var letter = (await ListAsync(api, "")).Single();
        Assert.Equal(("open", 2), (letter.GetProperty("state").GetString(), letter.GetProperty("times").GetInt32()));
    }

    [Fact]
    public async Task Only_an_admin_may_look()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var refused = await api.GetAsync(Path);
        await ApiHost.ProblemAsync(refused, HttpStatusCode.Forbidden, "forbidden");
    }

    private static DeadLetter Letter(string payload, RefusalCode code = RefusalCode.MalformedJson) => new(
        Series, "GET /x", new Refusal(code, "No."), Encoding.UTF8.GetBytes(payload), Clock.Start)
    {
        Context = new ReplyContext(Pair: "btc-krw"),
    };

    /// <returns>The letter's id.</returns>
    private static async Task<long> KeepAsync(RealHost api, DeadLetter letter)
    {
        await new DeadLetterStore(api.Database).KeepAsync([letter], default);
        return await api.ScalarAsync<long>("SELECT dead_letter_id FROM ops.dead_letters WHERE payload = $1 AND dataset = $2",
            letter.Payload.ToArray(), letter.Series.Dataset);
    }

    private static Task<HttpResponseMessage> SendAsync(RealHost api, HttpMethod method, string path) =>
        api.SendAsync(method, path, TestSettings.AdminKey);

    private static async Task<JsonElement> ReadAsync(RealHost api, HttpMethod method, string path)
    {
        using var response = await SendAsync(api, method, path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(RealHost api, string query) =>
        [.. (await ReadAsync(api, HttpMethod.Get, Path + query)).GetProperty("data").EnumerateArray()];

    private static string Counts(JsonElement counts) => string.Join('/', counts.EnumerateObject().Select(count => count.Value.GetInt32()));
}
