using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>The body of every command of wallets: what it may be by the document, and what it may not be, class by class.</summary>
[Collection(ServerFixture.Collection)]
public sealed class WalletBodyTests(WalletHost wallets) : IClassFixture<WalletHost>
{
    private const string NoWallet = "0f8fad5b-d9cb-469f-a165-70867728950e";

    /// <summary>JSON of what is no amount of dollars, wherever one is.</summary>
    private static readonly string[] HostileAmounts =
    [
        "\"-1\"", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "\"1e3\"", "\"1E400\"", "\"1.001\"", "\"\"", "\" 1\"", "\"1 \"", "\"+1\"",
        "\"0x10\"", "\"1,5\"", "\"1_000\"", "\"٣\"", "\".5\"", "\"5.\"", "\"1.2.3\"", "\"\\u0000\"", "\"\\ud800\"", "5", "1e3", "true",
        "[]", "[\"1\"]", "{}", "{\"amount\":\"1\"}",
        $"\"{new string('9', 37)}\"", $"\"{new string('9', 39)}\"", $"\"{new string('9', 5000)}\"",
    ];

    private static readonly string[] HostileBodies =
    [
        "[]", "\"text\"", "1", "null", "true", "{", "{]", "}", "{'amount':'1'}", "{\"amount\":\"1\",}", "{\"no_such_field\":1}",
        "{\"reference\":\"a\",\"reference\":\"b\"}", "{\"reference\":\"\"}", "{\"reference\":5}", "{\"reference\":\"\\u0007\"}",
        "{\"reference\":\"\\udc00\"}", "{\"\\ud800\":1}", "{\"reference\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}", "// no JSON",
        $"{{\"reference\":\"{new string('x', 256)}\"}}", new string('[', 5000), "\u00ff\u00fe", "{\"amount\":\"1\"} {\"amount\":\"1\"}",
    ];

    /// <summary>Each command with a body that is right but for what a test puts into it, and its fields that are amounts.</summary>
    public static TheoryData<string, string, string[]> Commands() => new()
    {
        { "/wallets", """{"currency":"USD","overdraft":"1"}""", ["overdraft"] },
        { "/wallets/W/deposits", """{"amount":"1","currency":"USD"}""", ["amount"] },
        { "/wallets/W/withdrawals", """{"amount":"1","currency":"USD","minimum_balance":"1"}""", ["amount", "minimum_balance"] },
        { "/wallets/W/holds", """{"amount":"1","currency":"USD","minimum_balance":"1"}""", ["amount", "minimum_balance"] },
        { "/wallets/W/holds/H/capture", """{"amount":"1"}""", ["amount"] },
        { "/wallets/W/holds/H/void", "{}", [] },
        { "/wallets/W/refunds", """{"entry_id":"1","amount":"1"}""", ["amount"] },
        {
            "/wallets/W/transfers", $$"""{"to":"{{NoWallet}}","amount":"1","currency":"USD","minimum_balance":"1"}""",
            ["amount", "minimum_balance"]
        },
        { "/wallets/W/freeze", "{}", [] },
        { "/wallets/W/unfreeze", "{}", [] },
        { "/wallets/W/close", "{}", [] },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Hostile_bodies_of_every_command_are_refused_with_a_reason_and_write_nothing(
        string template, string right, string[] amounts)
    {
        var (path, before) = (await PathAsync(template), await RowsAsync());
        foreach (var body in HostileBodies)
        {
            AssertProblem(await wallets.PostAsync(path, body), 400, body);
        }

        foreach (var (name, amount) in amounts.SelectMany(name => HostileAmounts.Select(amount => (name, amount))))
        {
            var body = JsonNode.Parse(right)!.AsObject();
            body[name] = "\u0001";
            var text = body.ToJsonString().Replace("\"\\u0001\"", amount, StringComparison.Ordinal);
            var refused = AssertProblem(await wallets.PostAsync(path, text), 400, text);
            Assert.Contains($"\"{name}\":[", refused.Body, StringComparison.Ordinal);
        }

        AssertProblem(await PostAsync(path, Encoding.UTF8.GetBytes(right), "text/plain"), 415, "text/plain");
        AssertProblem(await PostAsync(path, Encoding.UTF8.GetBytes(right), "application/json", "gzip"), 415, "gzip");
        AssertProblem(await PostAsync(path, [.. "{\"reference\":\""u8, 0xff, 0xfe, .. "\"}"u8], "application/json"), 400, "no UTF-8");
        AssertProblem(await PostAsync(path, new byte[RealHost.MaxBody + 1], "application/json"), 413, "too long");
        Assert.Equal(before, await RowsAsync());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Hostile_keys_versions_queries_and_wallets_of_every_command_are_refused_and_write_nothing(
        string template, string right, string[] amounts)
    {
        Assert.All(amounts, name => Assert.Contains(name, right, StringComparison.Ordinal));
        var (path, before) = (await PathAsync(template), await RowsAsync());
        foreach (var key in (string[])["", " ", "\"\"", "two words", "ключ", new('k', 256), new('k', 300), "tab\tinside"])
        {
            AssertProblem(await wallets.PostAsync(path, right, headers: $"X-Idempotency-Key: {key}"), 400, key);
        }

        AssertProblem(await wallets.PostAsync(path, right, headers: ["X-Idempotency-Key: a", "Idempotency-Key: b"]), 400, "two keys");
        AssertProblem(await wallets.PostAsync(path + "?x=1", right), 400, "a query");
        foreach (var version in (string[])["one", "-1", "W/\"1\"", "\"1\", \"2\"", "99999999999999999999"])
        {
            AssertProblem(await wallets.PostAsync(path, right, headers: $"If-Match: {version}"), 400, version);
        }

        if (template != "/wallets")
        {
            foreach (var id in (string[])[NoWallet, "%D0%BA%D0%BB%D1%8E%D1%87", "1", new('a', 300), "..%2f..", Guid.Empty.ToString()])
            {
                var unknown = template.Replace("W", id, StringComparison.Ordinal).Replace("H", NoWallet, StringComparison.Ordinal);
                AssertProblem(await wallets.PostAsync(unknown, right), 404, id);
            }
        }

        Assert.Equal(before, await RowsAsync());
    }

    [Theory]
    [InlineData("/wallets", """{"currency":"XXX"}""", 400)]
    [InlineData("/wallets", """{"currency":"usd"}""", 400)]
    [InlineData("/wallets", """{"currency":null}""", 400)]
    [InlineData("/wallets", """{"currency":5}""", 400)]
    [InlineData("/wallets/W/deposits", """{"amount":"1","currency":"EUR"}""", 422)]
    [InlineData("/wallets/W/withdrawals", """{"amount":"1","currency":"EUR"}""", 422)]
    [InlineData("/wallets/W/holds", """{"amount":"1","currency":"EUR"}""", 422)]
    [InlineData("/wallets/W/transfers", """{"to":"0f8fad5b-d9cb-469f-a165-70867728950e","amount":"1","currency":"EUR"}""", 422)]
    [InlineData("/wallets/W/withdrawals", """{"amount":"1","currency":"BTC!"}""", 400)]
    [InlineData("/wallets/W/holds", """{"amount":"1","currency":""}""", 400)]
    [InlineData("/wallets/W/deposits", """{"amount":"0","currency":"USD"}""", 400)]
    [InlineData("/wallets/W/withdrawals", """{"amount":"0.00","currency":"USD"}""", 400)]
    [InlineData("/wallets/W/holds", """{"amount":"0","currency":"USD"}""", 400)]
    [InlineData("/wallets/W/holds/H/capture", """{"amount":"0"}""", 400)]
    [InlineData("/wallets/W/holds/H/capture", """{"to":"ключ"}""", 400)]
    [InlineData("/wallets/W/refunds", """{"entry_id":"1","amount":"0"}""", 400)]
    [InlineData("/wallets/W/refunds", """{"entry_id":1.5}""", 400)]
    [InlineData("/wallets/W/refunds", """{"entry_id":"99999999999999999999"}""", 400)]
    [InlineData("/wallets/W/refunds", "{}", 400)]
    [InlineData("/wallets/W/transfers", """{"to":"W","amount":"0","currency":"USD"}""", 400)]
    public async Task Wrong_currencies_and_nothing_at_all_are_refused_and_write_nothing(string template, string body, int status)
    {
        var (path, before) = (await PathAsync(template), await RowsAsync());
        AssertProblem(await wallets.PostAsync(path, body), status, body);
        Assert.Equal(before, await RowsAsync());
    }

    [Theory]
    [InlineData("/wallets/W/deposits", """{"amount":"1.00"}""")]
    [InlineData("/wallets/W/withdrawals", """{"amount":"1.00","currency":"XXX","minimum_balance":"5"}""")]
    [InlineData("/wallets", """{"currency":"XXX","overdraft":"10.5"}""")]
    public async Task Where_the_currency_is_unknown_nothing_is_said_against_an_amount_that_may_be_right(string template, string body)
    {
        var refused = AssertProblem(await wallets.PostAsync(await PathAsync(template), body), 400, body);
        Assert.Equal(["currency"], JsonNode.Parse(refused.Body)!["errors"]!.AsObject().Select(fault => fault.Key));
    }

    [Fact]
    public async Task More_than_38_digits_is_told_so_wherever_it_would_be()
    {
        var nines = new string('9', 36);
        var id = await wallets.WalletAsync(currency: "CHF");
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money(nines, "CHF"))).Is(201);
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1", "CHF"))).Is(422, "balance_too_large");
        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money(nines, "CHF"))).Is(201);

        // Twice what the shard's account of the world can take: one is done, the other one is told.
        var overdraft = $$"""{"currency":"JPY","overdraft":"{{nines}}99"}""";
        var statuses = new List<string>();
        for (var n = 0; n < 3; n++)
        {
            var owing = (await wallets.PostAsync("/wallets", overdraft)).Is(201).Text("id");
            var reply = await wallets.PostAsync($"/wallets/{owing}/withdrawals", WalletHost.Money($"{nines}99", "JPY"));
            statuses.Add(reply.Status == 201 ? "done" : reply.Is(422).Text("code"));
        }

        // Of three wallets in two shards two are in one.
        Assert.Contains("done", statuses);
        Assert.Contains("balance_too_large", statuses);
    }

    [Fact]
    public async Task The_document_says_what_each_body_is_and_its_example_is_taken()
    {
        var document = JsonNode.Parse((await wallets.GetAsync("/openapi/v1.json")).Is(200).Body)!;
        var commands = document["paths"]!.AsObject()
            .Where(path => path.Key.StartsWith("/wallets", StringComparison.Ordinal) && path.Value!["post"] is not null).ToList();
        Assert.Equal(Commands().Count, commands.Count);
        foreach (var (template, operations) in commands)
        {
            var content = operations!["post"]!["requestBody"]!["content"]!["application/json"]!;
            var forms = content["schema"]!["oneOf"]?.AsArray().ToList() ?? [content["schema"]];
            Assert.All(forms, form => Assert.Equal(
                ("object", false), (form!["type"]!.GetValue<string>(), form["additionalProperties"]!.GetValue<bool>())));

            // The fields of the document are those that the route says it takes.
            var path = await PathAsync(
                template.Replace("{id}", "W", StringComparison.Ordinal).Replace("{hold}", "H", StringComparison.Ordinal));
            var refused = AssertProblem(await wallets.PostAsync(path, """{"no_such_field":1}"""), 400, "no such field");
            var takes = JsonNode.Parse(refused.Body)!["errors"]!["body"]![0]!.GetValue<string>().Split("takes ")[1].Split(", ");
            Assert.Equal(
                takes.Order(), forms.SelectMany(form => form!["properties"]!.AsObject().Select(field => field.Key)).Distinct().Order());

            // A hold, an entry or a destination that isn't there is no fault of the body.
            var answer = await wallets.PostAsync(path, content["example"]!.ToJsonString());
            Assert.True(answer.Status is 201 or 404 or 422, $"{template}: {answer.Status} {answer.Body}");
        }
    }

    private static WalletHost.Reply AssertProblem(WalletHost.Reply reply, int status, string what)
    {
        Assert.True(reply.Status == status, $"{reply.Message.RequestMessage?.RequestUri} {what}: {reply.Status} {reply.Body}");
        Assert.Equal("application/problem+json", reply.Message.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(reply.Body);
        Assert.NotEqual("", problem.RootElement.GetProperty("code").GetString());
        Assert.NotEqual("", problem.RootElement.GetProperty("detail").GetString());
        return reply;
    }

    /// <summary>With a wallet of its own that has money, and a hold of it.</summary>
    private async Task<string> PathAsync(string template)
    {
        if (!template.Contains('W', StringComparison.Ordinal))
        {
            return template;
        }

        var id = await wallets.WalletAsync("100");
        var hold = (await wallets.PostAsync($"/wallets/{id}/holds", WalletHost.Money("10"))).Is(201).Text("id");
        return template.Replace("W", id, StringComparison.Ordinal).Replace("H", hold, StringComparison.Ordinal);
    }

    private Task<string> RowsAsync() => wallets.Host.ScalarAsync<string>(
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM ledger.entries), (SELECT count(*) FROM ledger.request_keys),
            (SELECT count(*) FROM ledger.holds), (SELECT count(*) FROM ledger.transfers), (SELECT sum(number) FROM ledger.commits))
        """);

    private async Task<WalletHost.Reply> PostAsync(string path, byte[] body, string type, string? coding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("X-Idempotency-Key", $"{Guid.NewGuid()}");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (coding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(coding);
        }

        return await WalletHost.Reply.OfAsync(await wallets.Host.Client.SendAsync(request));
    }
}
