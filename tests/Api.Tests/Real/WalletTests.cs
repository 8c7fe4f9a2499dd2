using System.Globalization;
using System.Text;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Wallets over HTTP, on real servers: each route, idempotency, conditions, and who may see what.</summary>
[Collection(ServerFixture.Collection)]
public sealed class WalletTests(WalletHost wallets) : IClassFixture<WalletHost>
{
    [Fact]
    public async Task A_wallet_is_opened_filled_and_emptied_and_every_answer_has_its_new_balance()
    {
        var opened = (await wallets.PostAsync("/wallets", """{"currency":"USD","overdraft":"0"}""")).Is(201);
        var id = opened.Text("id");
        Assert.Equal(
            $$"""{"id":"{{id}}","currency":"USD","balance":"0","available":"0","held":"0","version":0,"state":"open"}""", opened.Body);
        Assert.Equal($"/wallets/{id}", opened.Message.Headers.Location!.ToString());

        var deposited = (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("12.50"))).Is(201);
        Assert.Equal(("12.5", "12.5", "1"), (deposited.Text("balance"), deposited.Text("available"), deposited.Text("version")));
        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money("12.51"))).Is(422, "insufficient_funds");
        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money("2.5"))).Is(201);

        var read = (await wallets.GetAsync($"/wallets/{id}")).Is(200);
        Assert.Equal(("10", "\"2\""), (read.Text("balance"), read.Message.Headers.ETag!.Tag));
    }

    [Fact]
    public async Task Holds_are_captured_voided_and_refunded()
    {
        var (id, other) = (await wallets.WalletAsync("100"), await wallets.WalletAsync());
        var hold = (await wallets.PostAsync($"/wallets/{id}/holds", WalletHost.Money("60"))).Is(201);
        Assert.Equal(("100", "40"), (hold.Text("balance"), hold.Text("available")));
        var path = $"/wallets/{id}/holds/{hold.Text("id")}";
        var captured = (await wallets.PostAsync($"{path}/capture", $$"""{"amount":"25","to":"{{other}}"}""")).Is(201);
        Assert.Equal(("75", "75"), (captured.Text("balance"), captured.Text("available")));
        (await wallets.PostAsync($"{path}/void", null)).Is(422, "hold_ended");

        var second = (await wallets.PostAsync($"/wallets/{id}/holds", WalletHost.Money("10"))).Is(201).Text("id");
        Assert.Equal("75", (await wallets.PostAsync($"/wallets/{id}/holds/{second}/void", "{}")).Is(201).Text("available"));
        var refunded = await wallets.PostAsync($"/wallets/{id}/refunds", """{"entry_id":"1","amount":"10"}""");
        Assert.Equal("65", refunded.Is(201).Text("balance"));
        (await wallets.PostAsync($"/wallets/{id}/refunds", """{"entry_id":"1","amount":"90.01"}""")).Is(422, "refund_too_large");
    }

    [Fact]
    public async Task A_transfer_moves_money_to_any_tenants_wallet_and_can_be_looked_up_wherever_the_shards_are()
    {
        var id = await wallets.WalletAsync("100");
        for (var n = 0; n < 4; n++)
        {
            var to = await wallets.WalletAsync(caller: TestSettings.OtherKey);
            var paid = (await wallets.PostAsync(
                $"/wallets/{id}/transfers", $$"""{"to":"{{to}}","amount":"2.5","currency":"USD"}""")).Is(201);
            Assert.Equal("2.5", (await wallets.GetAsync($"/wallets/{to}", TestSettings.OtherKey)).Is(200).Text("balance"));

            var location = paid.Message.Headers.Location!.ToString();
            var transfer = (await wallets.GetAsync(location)).Is(200);
            Assert.Equal(("done", id), (transfer.Text("state"), transfer.Text("from")));
            Assert.Equal($$"""[{"to":"{{to}}","amount":"2.5","credit":"2.5","credit_currency":"USD"}]""", transfer.Text("legs"));
            (await wallets.GetAsync(location, TestSettings.OtherKey)).Is(404, "unknown_transfer");
        }

        Assert.Equal("90", (await wallets.GetAsync($"/wallets/{id}")).Text("balance"));
        (await wallets.PostAsync($"/wallets/{id}/transfers", $$"""{"to":"{{Guid.NewGuid()}}","amount":"1","currency":"USD"}"""))
            .Is(422, "unknown_destination");
        Assert.Equal("90", (await wallets.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task An_exchange_has_explicit_legs_that_must_fit_its_rate_exactly()
    {
        var (usd, btc) = (await wallets.WalletAsync("100"), await wallets.WalletAsync(currency: "BTC"));
        string Body(string credit) => $$"""
            {"currency":"USD","amount":"50","rate":"0.00001","legs":[
                {"to":"{{btc}}","amount":"50","credit":"{{credit}}","credit_currency":"BTC"}]}
            """;
        Assert.Contains("legs[0].credit", (await wallets.PostAsync($"/wallets/{usd}/transfers", Body("0.0006"))).Is(400).Body);
        (await wallets.PostAsync($"/wallets/{usd}/transfers", Body("0.0005"))).Is(201);
        Assert.Equal("0.0005", (await wallets.GetAsync($"/wallets/{btc}")).Text("balance"));
        foreach (var currency in (string[])["USD", "BTC"])
        {
            var totals = (await wallets.GetAsync($"/admin/ledger/totals?currency={currency}", TestSettings.AdminKey)).Is(200);
            Assert.Equal(0m, ((string[])["balances", "in_transit", "external"])
                .Sum(name => decimal.Parse(totals.Text(name), CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public async Task A_repetition_is_answered_alike_and_marked_and_another_body_is_refused()
    {
        var id = await wallets.WalletAsync();
        var path = $"/wallets/{id}/deposits";
        var first = (await wallets.PostAsync(path, WalletHost.Money("1"), "x")).Is(201);
        var again = (await wallets.PostAsync(path, WalletHost.Money("1"), headers: "Idempotency-Key: \"x\"")).Is(201);
        Assert.Equal((first.Body, false, true), (again.Body, first.IsReplay, again.IsReplay));
        (await wallets.PostAsync(path, WalletHost.Money("2"), "x")).Is(422, "idempotency_key_reused");
        Assert.Equal("1", (await wallets.GetAsync($"/wallets/{id}")).Text("balance"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => wallets.PostAsync(path, WalletHost.Money("5"), "many")));
        Assert.All(replies, reply => Assert.Equal((201, replies[0].Body), (reply.Status, reply.Body)));
        Assert.Single(replies, reply => !reply.IsReplay);
        Assert.Equal("6", (await wallets.GetAsync($"/wallets/{id}")).Text("balance"));
    }

    [Fact]
    public async Task If_match_names_the_version_that_the_wallet_must_have()
    {
        var id = await wallets.WalletAsync("5");
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"), headers: "If-Match: \"0\"")).Is(412, "version_mismatch");
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"), headers: "If-Match: \"1\"")).Is(201);
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"), headers: "If-Match: one")).Is(400);
    }

    [Fact]
    public async Task Who_has_a_wallets_version_already_is_told_so()
    {
        var id = await wallets.WalletAsync("5");
        async Task<(int, int)> AskAsync(string version)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/wallets/{id}", UriKind.Relative));
            request.Headers.Add("X-API-Key", TestSettings.UserKey);
            request.Headers.Add("If-None-Match", version);
            using var response = await wallets.Host.Client.SendAsync(request);
            return ((int)response.StatusCode, (await response.Content.ReadAsByteArrayAsync()).Length);
        }

        Assert.Equal((304, 0), await AskAsync("\"1\""));
        Assert.Equal((304, 0), await AskAsync("\"7\", W/\"1\""));
        Assert.Equal(200, (await AskAsync("\"0\"")).Item1);
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"))).Is(201);
        Assert.Equal(200, (await AskAsync("\"1\"")).Item1);
    }

    [Fact]
    public async Task Another_tenants_wallet_is_not_there_but_for_an_admin()
    {
        var id = await wallets.WalletAsync("5");
        foreach (var path in (string[])["", "/entries", "/statement", "/entries/0/receipt"])
        {
            (await wallets.GetAsync($"/wallets/{id}{path}", TestSettings.OtherKey)).Is(404, "unknown_wallet");
        }

        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money("1"), caller: TestSettings.OtherKey))
            .Is(404, "unknown_wallet");
        (await wallets.GetAsync($"/wallets/{id}", TestSettings.AdminKey)).Is(200);
    }

    [Fact]
    public async Task A_wallet_is_frozen_unfrozen_and_closed_and_its_entries_and_statement_tell_so()
    {
        var id = await wallets.WalletAsync("5");
        (await wallets.PostAsync($"/wallets/{id}/freeze", """{"reference":"a \"note\", quoted"}""")).Is(201);
        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money("1"))).Is(422, "wallet_frozen");
        (await wallets.PostAsync($"/wallets/{id}/unfreeze", null)).Is(201);
        (await wallets.PostAsync($"/wallets/{id}/close", null)).Is(422, "wallet_not_empty");
        (await wallets.PostAsync($"/wallets/{id}/withdrawals", WalletHost.Money("5"))).Is(201);
        Assert.Equal("closed", (await wallets.PostAsync($"/wallets/{id}/close", null)).Is(201).Text("state"));
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"))).Is(422, "wallet_closed");

        var page = (await wallets.GetAsync($"/wallets/{id}/entries?limit=4")).Is(200);
        Assert.Equal("4", page.Text("next_cursor"));
        Assert.Contains("\"kind\":\"close\"", (await wallets.GetAsync($"/wallets/{id}/entries?cursor=4")).Is(200).Body);
        var lines = (await wallets.GetAsync($"/wallets/{id}/statement")).Is(200).Body.Split("\r\n");
        Assert.Equal(8, lines.Length);
        Assert.EndsWith(",\"a \"\"note\"\", quoted\"", lines[3]);
    }

    [Fact]
    public async Task Every_entry_has_a_receipt_that_holds_without_the_service()
    {
        var id = await wallets.WalletAsync("12.50");
        var held = (await wallets.PostAsync($"/wallets/{id}/holds", WalletHost.Money("2"))).Is(201);
        foreach (var (entry, kind, amount) in (List<(string, string, string)>)
            [("0", "opened", "0"), ("1", "deposit", "1250"), (held.Text("entry_id"), "hold", "0")])
        {
            var body = (await wallets.GetAsync($"/wallets/{id}/entries/{entry}/receipt")).Is(200).Body;
            var receipt = ReceiptJson.Read(Encoding.UTF8.GetBytes(body));
            Assert.Null(receipt.Fault(null));
            Assert.Equal((id, kind, amount), ($"{receipt.Entry.Wallet}", EntryNames.Of(receipt.Entry.Kind), $"{receipt.Entry.Amount}"));
        }

        foreach (var entry in (string[])["3", "-1", "x", "99999999999999999999"])
        {
            (await wallets.GetAsync($"/wallets/{id}/entries/{entry}/receipt")).Is(404, "unknown_entry");
        }

        (await wallets.GetAsync($"/wallets/{id}/entries/0/receipt", TestSettings.AdminKey)).Is(200);
    }

    [Fact]
    public async Task An_entry_from_before_commits_were_signed_has_no_receipt()
    {
        var id = await wallets.WalletAsync();
        await using var command = wallets.Host.Database.CreateCommand($"""
            ALTER TABLE ledger.commits DISABLE TRIGGER refuse_change;
            UPDATE ledger.commits c SET leaves = NULL, root = NULL, previous_head = NULL, head = NULL, key_id = NULL, signature = NULL
            FROM ledger.entries e WHERE e.wallet_id = '{id}' AND e.shard = c.shard AND e.commit_no = c.number;
            ALTER TABLE ledger.commits ENABLE TRIGGER refuse_change
            """);
        await command.ExecuteNonQueryAsync();
        (await wallets.GetAsync($"/wallets/{id}/entries/0/receipt")).Is(404, "entry_not_sealed");
    }

    /// <summary>Each path and body, with the status that it gets; the wallet stands for <c>W</c>.</summary>
    [Theory]
    [InlineData("/deposits", """{"amount":"0","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"-1","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"NaN","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"Infinity","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"1e3","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"1.001","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"1000000000000000000000000000000000000","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":5,"currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":null,"currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"٣","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"XXX"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"usd"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"EUR"}""", 422)]
    [InlineData("/deposits", """{"amount":"1"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"USD","more":1}""", 400)]
    [InlineData("/deposits", """{"amount":"1","amount":"2","currency":"USD"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"USD","reference":"\u0000"}""", 400)]
    [InlineData("/deposits", """{"amount":"1","currency":"USD","reference":"\ud800"}""", 400)]
    [InlineData("/deposits", """{"\ud800":"1","currency":"USD"}""", 400)]
    [InlineData("/deposits", "[]", 400)]
    [InlineData("/deposits", "{", 400)]
    [InlineData("/deposits", null, 400)]
    [InlineData("/deposits?x=1", """{"amount":"1","currency":"USD"}""", 400)]
    [InlineData("/withdrawals", """{"amount":"999999999999999999999999999999999999","currency":"USD"}""", 422)]
    [InlineData("/holds", """{"amount":"1","currency":"USD","expires_at":"2020-01-01T00:00:00Z"}""", 422)]
    [InlineData("/holds", """{"amount":"1","currency":"USD","expires_at":"tomorrow"}""", 400)]
    [InlineData("/holds/x/void", null, 404)]
    [InlineData("/holds/0f8fad5b-d9cb-469f-a165-70867728950e/capture", """{"amount":"0.001"}""", 400)]
    [InlineData("/holds/0f8fad5b-d9cb-469f-a165-70867728950e/capture", "{}", 404)]
    [InlineData("/refunds", """{"entry_id":"-1"}""", 400)]
    [InlineData("/refunds", """{"entry_id":"99"}""", 404)]
    [InlineData("/refunds", """{"entry_id":"0"}""", 422)]
    [InlineData("/transfers", """{"to":"W","amount":"1","currency":"USD"}""", 422)]
    [InlineData("/transfers", """{"to":"ключ","amount":"1","currency":"USD"}""", 400)]
    [InlineData("/transfers", """{"currency":"USD","legs":[]}""", 400)]
    [InlineData("/transfers", """{"currency":"USD","legs":[1]}""", 400)]
    [InlineData("/transfers", """{"currency":"USD","rate":"0","legs":[{"to":"W","amount":"1"}]}""", 400)]
    public async Task Hostile_input_gets_a_clear_refusal_and_writes_nothing(string path, string? body, int status)
    {
        var id = await wallets.WalletAsync("100");
        var before = (await wallets.GetAsync($"/wallets/{id}")).Body;
        var refused = await wallets.PostAsync($"/wallets/{id}{path}", body?.Replace("\"W\"", $"\"{id}\"", StringComparison.Ordinal));
        Assert.NotEmpty(refused.Is(status).Text("detail"));
        Assert.Equal(before, (await wallets.GetAsync($"/wallets/{id}")).Body);
    }

    [Theory]
    [InlineData("X-Idempotency-Key: ", 400)]
    [InlineData("X-Idempotency-Key: \"\"", 400)]
    [InlineData("X-Idempotency-Key: two words", 400)]
    [InlineData("X-Idempotency-Key: a|Idempotency-Key: b", 400)]
    [InlineData("X-Idempotency-Key: a|Idempotency-Key: \"a\"", 201)]
    public async Task The_idempotency_key_is_read_strictly(string headers, int status)
    {
        var id = await wallets.WalletAsync();
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"), headers: headers.Split('|'))).Is(status);
    }

    [Theory]
    [InlineData(255, 201)]
    [InlineData(256, 400)]
    [InlineData(300, 400)]
    public async Task A_key_has_at_most_255_characters(int length, int status)
    {
        var id = await wallets.WalletAsync();
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"), new string('k', length))).Is(status);
    }

    [Theory]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("%D0%BA%D0%BB%D1%8E%D1%87")]
    [InlineData("1")]
    public async Task An_id_of_no_wallet_is_not_found(string id)
    {
        (await wallets.GetAsync($"/wallets/{id}")).Is(404, "unknown_wallet");
        (await wallets.PostAsync($"/wallets/{id}/deposits", WalletHost.Money("1"))).Is(404, "unknown_wallet");
    }

    [Fact]
    public async Task Metrics_tell_of_every_shard()
    {
        await wallets.WalletAsync("1");
        var text = (await wallets.GetAsync("/metrics", TestSettings.AdminKey)).Is(200).Body;
        Assert.Contains("akkacrypto_shard_running{region=\"ledger\",shard=\"0\"}", text);
        Assert.Contains("akkacrypto_shard_running{region=\"ledger\",shard=\"1\"}", text);
    }
}
