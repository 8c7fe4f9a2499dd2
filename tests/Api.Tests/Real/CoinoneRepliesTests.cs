using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Coinone's own replies, recorded and made after them, from the internal route to the table and back out of the public
/// route.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CoinoneRepliesTests(ServerFixture servers)
{
    private const string Trades =
        """
        {"result":"success","error_code":"0","server_time":1769860800000,"quote_currency":"KRW","target_currency":"BTC","transactions":[
        {"id":"1769860799000003","timestamp":1769860799000,"price":"420000","qty":"0.1","is_seller_maker":true},
        {"id":"1769860799000002","timestamp":1769860799000,"price":"420000","qty":"0.00000001","is_seller_maker":false},
        {"id":"1769860798000001","timestamp":1769860798000,"price":"0.0001","qty":"1234567.00000001","is_seller_maker":true},
        {"id":"1769860799000003","timestamp":1769860799000,"price":"420000","qty":"0.1","is_seller_maker":true}]}
        """;

    private const string Legacy =
        """
        {"errorCode":"0","timestamp":"1769860800","completeOrders":[
        {"timestamp":"1769860790","price":"727600","qty":"4.2066"},{"timestamp":"1769860795","price":"729300","qty":"0.0100"},
        {"timestamp":"1769860795","price":"729300","qty":"0.0100"}],"result":"success","currency":"btc"}
        """;

    private const string Book =
        """
        {"result":"success","error_code":"0","timestamp":1769860795000,"id":"1769860795000001","quote_currency":"KRW","target_currency":"BTC",
        "order_book_unit":"1000.0","bids":[{"price":"75862000","qty":"0.5"},{"price":"75860000","qty":"0.25"}],
        "asks":[{"price":"75863000","qty":"22.5"}]}
        """;

    public static TheoryData<string> TradeFixtures => Fixtures("*trades__*.json");

    public static TheoryData<string> BookFixtures => Fixtures("orderbook__*.json");

    public static TheoryData<string> ErrorFixtures => Fixtures("error__*.json");

    [SharedTheory]
    [MemberData(nameof(TradeFixtures))]
    public async Task Each_recorded_trades_reply_is_inserted_once(string file)
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var body in Responses(file))
        {
            var reply = JsonNode.Parse(body)!;
            if ((reply["transactions"] ?? reply["completeOrders"]) is not JsonArray list)
            {
                using var refused = await api.PostAsync("trades", "btc-krw", body);
                await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
                Assert.Equal("0 0 0 0 0 0 0 0 0 0 0", await api.RowsAsync());
                continue;
            }

            var hasIds = reply["transactions"] is not null;
            var pair = $"{reply["target_currency"] ?? reply["currency"]}-{reply["quote_currency"] ?? "krw"}".ToLowerInvariant();
            var distinct = hasIds ? list.Select(trade => trade!["id"]!.ToString()).Distinct().Count() : list.Count;
            Assert.Equal($"{list.Count}/{distinct}/{list.Count - distinct}/0/0", await api.IngestAsync("trades", pair, body));
            Assert.Equal($"{list.Count}/0/{list.Count}/0/0", await api.IngestAsync("trades", pair, body));
            Assert.Equal((long)distinct, await api.ScalarAsync<long>("SELECT count(*) FROM market.trades"));

            list[0]!["price"] = "999999999";
            var changed = await api.IngestAsync("trades", pair, reply.ToJsonString());
            Assert.Equal(hasIds ? $"{list.Count}/0/{list.Count - 1}/1/0" : $"{list.Count}/1/{list.Count - 1}/0/0", changed);
            Assert.Equal(hasIds ? 0L : 1L, await api.ScalarAsync<long>("SELECT count(*) FROM market.trades WHERE price = 999999999"));
        }
    }

    [SharedTheory]
    [MemberData(nameof(BookFixtures))]
    public async Task Each_recorded_order_book_is_inserted_once_and_served_as_of_its_time(string file)
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var body in Responses(file))
        {
            var reply = JsonNode.Parse(body)!;
            var pair = $"{reply["target_currency"]}-{reply["quote_currency"]}".ToLowerInvariant();
            Assert.Equal("1/1/0/0/0", await api.IngestAsync("orderbook", pair, body));
            Assert.Equal("1/0/1/0/0", await api.IngestAsync("orderbook", pair, body));
            var best = reply["bids"]![0]!["price"]!.ToString();
            reply["bids"]![0]!["qty"] = "999";
            Assert.Equal("1/0/0/1/0", await api.IngestAsync("orderbook", pair, reply.ToJsonString()));

            var at = reply["timestamp"]!.GetValue<long>();
            var served = JsonNode.Parse(await api.ReadAsync($"/orderbook?exchange=coinone&pair={pair}&at={(at / 1000) + 1}"))!;
            Assert.Equal(best, served["bids"]![0]![0]!.ToString());
            Assert.NotEqual("999", served["bids"]![0]![1]!.ToString());
            Assert.Equal(((JsonArray)reply["asks"]!).Count, ((JsonArray)served["asks"]!).Count);
            Assert.Equal("valid", served["state"]!.ToString());
        }
    }

    [SharedTheory]
    [MemberData(nameof(ErrorFixtures))]
    public async Task Each_recorded_error_is_a_502_with_the_providers_code_and_stores_nothing(string file)
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var (dataset, body) in Responses(file)
            .SelectMany(body => (IEnumerable<(string, string)>)[("trades", body), ("orderbook", body)]))
        {
            using var response = await api.PostAsync(dataset, "btc-krw", body);
            var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadGateway, "upstream_failed");
            Assert.Equal(JsonNode.Parse(body)!["error_code"]!.ToString(), problem.GetProperty("provider_code").GetString());
        }

        Assert.Equal("0 0 0 0 0 0 0 0 0 0 0", await api.RowsAsync());
    }

    [Fact]
    public async Task A_reply_is_inserted_once_and_a_changed_price_is_kept_aside()
    {
        await using var api = await RealHost.StartAsync(servers);
        Assert.Equal("4/3/1/0/0", await api.IngestAsync("trades", "btc-krw", Trades));
        Assert.Equal("4/0/4/0/0", await api.IngestAsync("trades", "btc-krw", Trades));
        var served = await api.ReadAsync("/trades?exchange=coinone&pair=btc-krw");
        Assert.Equal(
            """{"data":[{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1769860798000001","price":"0.0001","quantity":"1234567.00000001","taker_side":"buy","time":"2026-01-31T11:59:58.000Z"},"""
            + """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1769860799000002","price":"420000","quantity":"0.00000001","taker_side":"sell","time":"2026-01-31T11:59:59.000Z"},"""
            + """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1769860799000003","price":"420000","quantity":"0.1","taker_side":"buy","time":"2026-01-31T11:59:59.000Z"}],"next_cursor":null}""",
            served);

        var changed = Trades.Replace("\"0.0001\"", "\"0.0002\"", StringComparison.Ordinal);
        Assert.Equal("4/0/3/1/0", await api.IngestAsync("trades", "btc-krw", changed));
        Assert.Equal(served, await api.ReadAsync("/trades?exchange=coinone&pair=btc-krw"));
        Assert.Equal("0.0001", await api.ScalarAsync<string>("SELECT price::text FROM market.trades WHERE trade_id = '1769860798000001'"));
        Assert.Equal(
            "coinone trades btc-krw differing",
            await api.ScalarAsync<string>("SELECT concat_ws(' ', provider, dataset, series, reason_code) FROM ops.dead_letters"));
    }

    [Fact]
    public async Task Numbers_that_come_unquoted_are_the_same_trades()
    {
        await using var api = await RealHost.StartAsync(servers);
        Assert.Equal("4/3/1/0/0", await api.IngestAsync("trades", "btc-krw", Trades));
        var unquoted = Trades.Replace("\"420000\"", "420000", StringComparison.Ordinal).Replace("\"0.1\"", "0.1", StringComparison.Ordinal)
            .Replace("\"0.00000001\"", "1e-8", StringComparison.Ordinal).Replace("\"0\"", "0", StringComparison.Ordinal);
        Assert.Equal("4/0/4/0/0", await api.IngestAsync("trades", "btc-krw", unquoted));
    }

    [Fact]
    public async Task Trades_without_ids_are_known_by_their_content_so_a_changed_one_is_another_trade()
    {
        await using var api = await RealHost.StartAsync(servers);
        Assert.Equal("3/3/0/0/0", await api.IngestAsync("trades", "btc-krw", Legacy));
        Assert.Equal("3/0/3/0/0", await api.IngestAsync("trades", "btc-krw", Legacy));
        var changed = Legacy.Replace("727600", "727601", StringComparison.Ordinal);
        Assert.Equal("3/1/2/0/0", await api.IngestAsync("trades", "btc-krw", changed));
        Assert.Equal(
            "727600 727601 729300 729300",
            await api.ScalarAsync<string>("SELECT string_agg(price::text, ' ' ORDER BY price) FROM market.trades"));
    }

    [Fact]
    public async Task A_book_is_stored_once_and_served_as_it_was()
    {
        await using var api = await RealHost.StartAsync(servers);
        Assert.Equal("1/1/0/0/0", await api.IngestAsync("orderbook", "btc-krw", Book));
        Assert.Equal("1/0/1/0/0", await api.IngestAsync("orderbook", "btc-krw", Book));
        Assert.Equal("1/0/0/1/0", await api.IngestAsync("orderbook", "btc-krw", Book.Replace("0.25", "0.26", StringComparison.Ordinal)));
        const string Served =
            """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":1769860795000001,"time":"2026-01-31T11:59:55.000Z","bids":[["75862000","0.5"],["75860000","0.25"]],"asks":[["75863000","22.5"]],"state":"valid"}""";
        Assert.Equal(Served, await api.ReadAsync("/orderbook?exchange=coinone&pair=btc-krw"));
        Assert.Equal(Served, await api.ReadAsync("/orderbook?exchange=coinone&pair=btc-krw&at=2026-01-31T11:59:55Z"));
        using var before = await api.GetAsync("/orderbook?exchange=coinone&pair=btc-krw&at=2026-01-31T11:59:54.999Z");
        await ApiHost.ProblemAsync(before, HttpStatusCode.NotFound, "no_such_order_book");
    }

    [Fact]
    public async Task The_answer_has_the_numbers_of_the_pair_and_they_stay()
    {
        await using var api = await RealHost.StartAsync(servers);
        using var first = await api.PostAsync("trades", "btc-krw", Trades);
        using var book = await api.PostAsync("orderbook", "btc-krw", Book);
        using var other = await api.PostAsync("trades", "eth-krw", Trades.Replace("BTC", "ETH", StringComparison.Ordinal));
        Assert.Equal(
            """{"exchange_id":1,"currency_pair_no":1,"attempted":4,"inserted":3,"skipped":1,"differing":0,"rejected":0}""",
            await first.Content.ReadAsStringAsync());
        Assert.StartsWith("""{"exchange_id":1,"currency_pair_no":1,""", await book.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("""{"exchange_id":1,"currency_pair_no":2,""", await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_reply_is_refused_and_leaves_nothing()
    {
        (string Body, int Status, string Code)[] cases =
        [
            ("""{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""", 502, "upstream_failed"),
            ("""{"result":"error","error_code":4,"error_msg":"Blocked user access"}""", 502, "upstream_failed"),
            ("""{"id":"1701075265708001","timestamp":1701075265708,"price":"50020000","qty":"0.00155177"}""", 400, "invalid_request"),
            ("""[{"id":"1701075265708001","timestamp":1701075265708,"price":"50020000","qty":"0.00155177"}]""", 400, "invalid_request"),
            ("", 400, "invalid_request"),
            ("null", 400, "invalid_request"),
            ("{", 400, "invalid_request"),
        ];
        await using var api = await RealHost.StartAsync(servers);
        foreach (var (body, status, code) in cases)
        {
            foreach (var dataset in (string[])["trades", "orderbook"])
            {
                using var response = await api.PostAsync(dataset, "btc-krw", body);
                await ApiHost.ProblemAsync(response, (HttpStatusCode)status, code);
            }
        }

        Assert.Equal("0 0 0 0 0 0 0 0 0 0 0", await api.RowsAsync());
    }

    [Fact]
    public async Task A_reply_of_another_pair_or_another_dataset_is_refused()
    {
        await using var api = await RealHost.StartAsync(servers);
        foreach (var (dataset, pair, body) in ((string, string, string)[])
            [("trades", "eth-krw", Trades), ("trades", "btc-usdt", Trades), ("trades", "eth-krw", Legacy), ("trades", "btc-krw", Book),
                ("orderbook", "eth-krw", Book), ("orderbook", "btc-krw", Trades),
                ("trades", "eth-krw", Trades.Replace("\"quote_currency\":\"KRW\",", "", StringComparison.Ordinal)),
                ("orderbook", "btc-usdt", Book.Replace("\"target_currency\":\"BTC\",", "", StringComparison.Ordinal))])
        {
            using var response = await api.PostAsync(dataset, pair, body);
            await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        }

        Assert.Equal("0 0 0 0 0 0 0 0 0 0 0", await api.RowsAsync());
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_by_its_type_or_too_large_is_refused_before_it_is_read()
    {
        await using var api = await RealHost.StartAsync(servers);
        const string Path = "/internal-api/coinone-worker/public/trades?quote=krw&target=btc";
        using var text = new StringContent(Trades, Encoding.UTF8, "text/plain");
        using var wrongType = await api.SendAsync(HttpMethod.Post, Path, TestSettings.AdminKey, text);
        await ApiHost.ProblemAsync(wrongType, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

        using var tooLarge = await api.PostAsync("trades", "btc-krw", Trades + new string(' ', RealHost.MaxBody));
        await ApiHost.ProblemAsync(tooLarge, HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        Assert.Equal("4/3/1/0/0", await api.IngestAsync("trades", "btc-krw", Trades + new string(' ', RealHost.MaxBody - Trades.Length)));
    }

    [Fact]
    public async Task A_trade_that_cannot_be_read_is_rejected_with_its_place_in_the_reply_and_the_others_are_stored()
    {
        await using var api = await RealHost.StartAsync(servers);
        Assert.Equal(
            "4/2/1/0/1", await api.IngestAsync("trades", "btc-krw", Trades.Replace("\"0.0001\"", "\"-1\"", StringComparison.Ordinal)));
        Assert.Matches(
            @"^invalid_field \$\.transactions\[\d\]\.price: .*-1",
            await api.ScalarAsync<string>("SELECT reason_code || ' ' || reason FROM ops.dead_letters"));
    }

    [Fact]
    public async Task A_provider_is_asked_now_and_its_answer_stored()
    {
        await using var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Simulator = settings.Simulator with { Enabled = true },
            Feeds = settings.Feeds.ToDictionary(feed => feed.Key, feed => feed.Value with { BaseUrl = "simulator:/" + feed.Key }),
        });
        foreach (var dataset in (string[])["trades", "orderbook"])
        {
            var path = $"/internal-api/coinone-worker/public/{dataset}?quote=krw&target=btc";
            using var first = await api.SendAsync(HttpMethod.Get, path, TestSettings.AdminKey);
            var counts = JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.True(counts.GetProperty("inserted").GetInt32() > 0);
            Assert.Equal(counts.GetProperty("attempted").GetInt32(), counts.GetProperty("inserted").GetInt32());
        }

        using var unknown = await api.SendAsync(
            HttpMethod.Get, "/internal-api/coinone-worker/public/trades?quote=krw&target=nope", TestSettings.AdminKey);
        var problem = await ApiHost.ProblemAsync(unknown, HttpStatusCode.BadGateway, "upstream_failed");
        Assert.NotEqual("", problem.GetProperty("provider_code").GetString());
    }

    private static TheoryData<string> Fixtures(string pattern)
    {
        var data = new TheoryData<string>();
        if (SharedFolder.Path is not null)
        {
            foreach (var file in Directory.EnumerateFiles(SharedFolder.At("fixtures", "coinone"), pattern).Order(StringComparer.Ordinal))
            {
                data.Add(Path.GetFileName(file));
            }
        }

        return data;
    }

    /// <summary>The recorded body, byte for byte, and where there is one its twin with unquoted numbers.</summary>
    private static List<string> Responses(string file)
    {
        var fixture = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.At("fixtures", "coinone", file))).RootElement;
        return [.. ((string[])["response", "response_unquoted"]).Where(name => fixture.TryGetProperty(name, out _))
            .Select(name => fixture.GetProperty(name).GetRawText())];
    }
}
