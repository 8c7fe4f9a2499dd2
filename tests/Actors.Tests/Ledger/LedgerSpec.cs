using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger;

[Collection(ServerFixture.Collection)]
public sealed class LedgerSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private LedgerFixture ledger = null!;

    public async Task InitializeAsync() => ledger = await LedgerFixture.StartAsync(database);

    public async Task DisposeAsync()
    {
        await ledger.AssertSoundAsync();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_wallet_answers_with_its_new_balance_and_reads_the_same()
    {
        var created = await ledger.AskAsync(new CreateWallet(ledger.Key("w"), "USD", 2, 0));
        var wallet = ledger.Key("w").Digest;
        Assert.Equal(
            $$"""{"id":"{{wallet}}","currency":"USD","balance":"0","available":"0","held":"0","version":0,"state":"open"}""",
            created.Answer!.Body);

        var deposited = await ledger.AskAsync(new Deposit(wallet, ledger.Key("d"), 1250, "USD"));
        Assert.Equal(
            $$"""
            {"id":"{{ledger.Key("d").Digest}}","entry_id":"1","balance":"12.5","available":"12.5","held":"0","version":1,"state":"open"}
            """,
            deposited.Answer!.Body);
        Assert.Equal(
            $$"""{"id":"{{wallet}}","currency":"USD","balance":"12.5","available":"12.5","held":"0","version":1,"state":"open"}""",
            (await ledger.ViewAsync(wallet)).Json());
    }

    [Fact]
    public async Task A_repetition_gets_the_first_answer_after_a_restart_though_the_wallet_would_now_refuse_it()
    {
        var wallet = await ledger.WalletAsync(100);
        var hold = new PlaceHold(wallet, ledger.Key(), 60, "USD", null);
        WalletRequest[] requests =
        [
            hold, new CaptureHold(wallet, ledger.Key(), hold.OperationId, null, null),
            new Withdraw(wallet, ledger.Key(), 40, "USD") { IfVersion = 3 }, new CloseWallet(wallet, ledger.Key()),
        ];
        var first = new List<LedgerReply>();
        foreach (var request in requests)
        {
            first.Add(await ledger.AskAsync(request));
        }

        // One more request under a new key, in the same commit as the repetitions: it is refused, for it was never done.
        await ledger.StopAsync();
        await ledger.StartAsync();
        var again = await Task.WhenAll(
            requests.Append(new Deposit(wallet, ledger.Key(), 5, "USD")).Select(request => ledger.AskAsync(request)));
        Assert.All(first, reply => Assert.Equal(LedgerCode.Done, reply.Code));
        Assert.Equal(first.Select(reply => (LedgerCode.Done, reply.Answer, true)),
            again[..^1].Select(reply => (reply.Code, reply.Answer, reply.Replayed)));
        Assert.Equal(LedgerCode.WalletClosed, again[^1].Code);
    }

    [Fact]
    public async Task A_repetition_gets_the_first_answer_and_changes_nothing_also_after_a_restart()
    {
        var wallet = await ledger.WalletAsync(100);
        var first = await ledger.AskAsync(new Withdraw(wallet, ledger.Key("x"), 40, "USD"));
        var again = await ledger.AskAsync(new Withdraw(wallet, ledger.Key("x"), 40, "USD"));
        await ledger.StopAsync();
        await ledger.StartAsync();
        var later = await ledger.AskAsync(new Withdraw(wallet, ledger.Key("x"), 40, "USD"));

        Assert.Equal((false, true, true), (first.Replayed, again.Replayed, later.Replayed));
        Assert.Equal((first.Answer, first.Answer), (again.Answer, later.Answer));
        Assert.Equal(LedgerCode.KeyReused, await ledger.CodeAsync(new Withdraw(wallet, ledger.Key("x", "other"), 40, "USD")));
        Assert.Equal(60, (await ledger.ViewAsync(wallet)).Balance);
    }

    [Fact]
    public async Task A_refusal_leaves_its_key_free()
    {
        var wallet = await ledger.WalletAsync();
        Assert.Equal(LedgerCode.InsufficientFunds, await ledger.CodeAsync(new Withdraw(wallet, ledger.Key("x"), 1, "USD")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(wallet, ledger.Key(), 1, "USD")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(wallet, ledger.Key("x"), 1, "USD")));
    }

    [Fact]
    public async Task One_key_from_fifty_callers_takes_effect_once_and_gives_one_answer()
    {
        var wallet = await ledger.WalletAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(
            () => ledger.AskAsync(new Deposit(wallet, ledger.Key("once"), 7, "USD")))));

        Assert.Equal(7, (await ledger.ViewAsync(wallet)).Balance);
        Assert.Single(replies.Select(reply => reply.Answer).Distinct());
        Assert.Equal(1, replies.Count(reply => !reply.Replayed));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    public async Task A_transfer_arrives_within_a_shard_and_between_two(int from, int to)
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: from), await ledger.WalletAsync(shard: to));
        var reply = await ledger.AskAsync(new Transfer(a, ledger.Key("t"), "USD", [new(b, 30, 30, "USD")]));
        var again = await ledger.AskAsync(new Transfer(a, ledger.Key("t"), "USD", [new(b, 30, 30, "USD")]));

        Assert.Equal((LedgerCode.Done, LedgerCode.Done), (reply.Code, again.Code));
        Assert.Equal((70, 30), ((await ledger.ViewAsync(a)).Balance, (await ledger.ViewAsync(b)).Balance));
        Assert.Equal((reply.Answer, true), (again.Answer, again.Replayed));
    }

    [Fact]
    public async Task A_transfer_between_shards_that_its_destination_refuses_is_undone_and_frees_its_key()
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        await ledger.AskAsync(new CloseWallet(b, ledger.Key()));
        var refused = await ledger.CodeAsync(new Transfer(a, ledger.Key("t"), "USD", [new(b, 30, 30, "USD")]));
        Assert.Equal(LedgerCode.DestinationClosed, refused);
        Assert.Equal(100, (await ledger.ViewAsync(a)).Balance);

        var c = await ledger.WalletAsync(shard: 1);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(a, ledger.Key("t"), 100, "USD")));
        Assert.Equal(0, (await ledger.ViewAsync(c)).Balance);
    }

    [Fact]
    public async Task A_wallet_that_was_closed_with_a_transfer_under_way_is_open_again_when_the_money_comes_back()
    {
        var (a, b, c) = (await ledger.WalletAsync(50, shard: 0), await ledger.WalletAsync(shard: 1), await ledger.WalletAsync(shard: 2));
        await ledger.AskAsync(new CloseWallet(c, ledger.Key()));
        var transferring = ledger.AskAsync(new Transfer(a, ledger.Key(), "USD", [new(b, 30, 30, "USD"), new(c, 20, 20, "USD")]));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(a, ledger.Key())));

        Assert.Equal(LedgerCode.DestinationClosed, (await transferring).Code);
        var view = await ledger.ViewAsync(a);
        Assert.Equal((50, WalletStatus.Open), (view.Balance, view.Status));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(a, ledger.Key(), 50, "USD")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(a, ledger.Key())));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_legs_over_many_shards_are_all_done_or_all_undone(bool isOneClosed)
    {
        var source = await ledger.WalletAsync(100, shard: 0);
        var wallets = new List<Guid>();
        for (var n = 0; n < 6; n++)
        {
            wallets.Add(await ledger.WalletAsync(shard: n % 4));
        }

        if (isOneClosed)
        {
            await ledger.AskAsync(new CloseWallet(wallets[3], ledger.Key()));
        }

        var legs = wallets.ConvertAll(to => new TransferLeg(to, 10, 10, "USD"));
        var code = await ledger.CodeAsync(new Transfer(source, ledger.Key(), "USD", legs));

        Assert.Equal(isOneClosed ? LedgerCode.DestinationClosed : LedgerCode.Done, code);
        Assert.Equal(isOneClosed ? 100 : 40, (await ledger.ViewAsync(source)).Balance);
        foreach (var wallet in wallets)
        {
            Assert.Equal(isOneClosed ? 0 : 10, (await ledger.ViewAsync(wallet)).Balance);
        }

        if (isOneClosed)
        {
            // No promise is left that would keep it open.
            Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(wallets[0], ledger.Key())));
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, false)]
    [InlineData(0, 1, true)]
    public async Task An_exchange_balances_in_both_currencies(int from, int to, bool isClosed)
    {
        var (usd, btc) = (await ledger.WalletAsync(5000, shard: from), await ledger.WalletAsync(currency: "BTC", shard: to));
        if (isClosed)
        {
            await ledger.AskAsync(new CloseWallet(btc, ledger.Key()));
        }

        await ledger.AskAsync(new Transfer(usd, ledger.Key(), "USD", [new(btc, 5000, 83_333, "BTC")]));

        Assert.Equal(isClosed ? (5000, 0) : (0, 83_333), ((await ledger.ViewAsync(usd)).Balance, (await ledger.ViewAsync(btc)).Balance));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    public async Task A_hold_is_captured_in_part_and_the_rest_is_free(int from, int to)
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: from), await ledger.WalletAsync(shard: to));
        var hold = ledger.Key("h");
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new PlaceHold(a, hold, 80, "USD", null)));
        Assert.Equal(LedgerCode.InsufficientFunds, await ledger.CodeAsync(new Withdraw(a, ledger.Key(), 21, "USD")));
        Assert.Equal(LedgerCode.CaptureTooLarge, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, 81, b)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, 50, b)));
        Assert.Equal(LedgerCode.HoldEnded, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, 1, b)));

        var after = await ledger.ViewAsync(a);
        Assert.Equal((50, 0, 50), (after.Balance, after.Held, (await ledger.ViewAsync(b)).Balance));
    }

    [Fact]
    public async Task A_capture_into_a_closed_wallet_of_another_shard_holds_the_money_again()
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        await ledger.AskAsync(new CloseWallet(b, ledger.Key()));
        var hold = ledger.Key("h");
        await ledger.AskAsync(new PlaceHold(a, hold, 80, "USD", null));
        Assert.Equal(LedgerCode.DestinationClosed, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, 50, b)));

        var after = await ledger.ViewAsync(a);
        Assert.Equal((100, 80), (after.Balance, after.Held));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, null, null)));
        Assert.Equal(20, (await ledger.ViewAsync(a)).Balance);
    }

    [Fact]
    public async Task A_hold_whose_time_is_over_cannot_be_captured_and_is_freed()
    {
        var a = await ledger.WalletAsync(100);
        var hold = ledger.Key("h");
        var expires = ledger.Time.GetUtcNow() + TimeSpan.FromSeconds(30);
        await ledger.AskAsync(new PlaceHold(a, hold, 80, "USD", expires));
        ledger.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(LedgerCode.HoldEnded, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.Digest, null, null)));
        await Eventually.HoldsAsync(async () =>
        {
            ledger.Time.Advance(TimeSpan.FromSeconds(1));
            return (await ledger.ViewAsync(a)).Held == 0;
        });
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    public async Task A_transfer_received_is_refunded_to_its_sender_up_to_what_it_was(int from, int to)
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: from), await ledger.WalletAsync(shard: to));
        await ledger.AskAsync(new Transfer(a, ledger.Key(), "USD", [new(b, 60, 60, "USD")]));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, 25)));
        Assert.Equal(LedgerCode.RefundTooLarge, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, 36)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, null)));
        Assert.Equal(LedgerCode.RefundTooLarge, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, null)));
        Assert.Equal(LedgerCode.NotRefundable, await ledger.CodeAsync(new Refund(a, ledger.Key(), 2, null)));
        Assert.Equal(LedgerCode.EntryNotFound, await ledger.CodeAsync(new Refund(a, ledger.Key(), 99, null)));

        Assert.Equal((100, 0), ((await ledger.ViewAsync(a)).Balance, (await ledger.ViewAsync(b)).Balance));
        await ledger.StopAsync();
        await ledger.StartAsync();
        Assert.Equal(LedgerCode.RefundTooLarge, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, 1)));
    }

    [Fact]
    public async Task A_wallet_reads_as_of_any_time_as_it_was_then()
    {
        var wallet = await ledger.WalletAsync();
        var times = new List<DateTimeOffset>();
        for (var n = 1; n <= 40; n++)
        {
            ledger.Time.Advance(TimeSpan.FromMinutes(1));
            await ledger.AskAsync(new Deposit(wallet, ledger.Key(), n, "USD"));
            times.Add(ledger.Time.GetUtcNow());
        }

        for (var n = 1; n <= 40; n++)
        {
            var then = await ledger.Reader.WalletAsync(wallet, times[n - 1] + TimeSpan.FromSeconds(30), CancellationToken.None);
            Assert.Equal((n * (n + 1) / 2, n), ((int)then!.Balance, (int)then.Version));
        }

        Assert.Null(await ledger.Reader.WalletAsync(wallet, times[0] - TimeSpan.FromHours(1), CancellationToken.None));
        var statement = new List<Entry>();
        await foreach (var entry in ledger.Reader.StatementAsync(wallet, times[9], times[19], CancellationToken.None))
        {
            statement.Add(entry);
        }

        Assert.Equal(Enumerable.Range(10, 10), statement.Select(entry => (int)entry.Version));
    }

    [Fact]
    public async Task What_passes_38_digits_on_the_shards_own_accounts_is_too_large_whichever_command_moves_it()
    {
        // Yen: no other test of this database moves any.
        var (a, b) = (await OverdrawableAsync("JPY"), await OverdrawableAsync("JPY"));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(b, ledger.Key(), 10, "JPY")));
        var hold = new PlaceHold(b, ledger.Key(), 7, "JPY", null);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(hold));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(a, ledger.Key(), Amount.Largest, "JPY")));
        var last = new Withdraw(b, ledger.Key(), 10, "JPY");
        var first = await ledger.AskAsync(last);
        Assert.Equal(LedgerCode.Done, first.Code);

        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Withdraw(b, ledger.Key(), 1, "JPY")));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new CaptureHold(b, ledger.Key(), hold.OperationId, null, null)));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Refund(b, ledger.Key(), 1, null)));

        // What was done before keeps its answer, though the account would have no room for it once more.
        await ledger.StopAsync();
        await ledger.StartAsync();
        var again = await ledger.AskAsync(last);
        Assert.Equal((LedgerCode.Done, first.Answer, true), (again.Code, again.Answer, again.Replayed));
    }

    [Fact]
    public async Task An_exchange_that_passes_38_digits_in_the_other_currency_is_too_large()
    {
        var (from, to) = (await ledger.WalletAsync(10, shard: 2), await ledger.WalletAsync(currency: "ETH", shard: 3));
        var emptied = new Transfer(from, ledger.Key(), "USD", [new(to, 1, Amount.Largest, "ETH")]);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(emptied));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(to, ledger.Key(), Amount.Largest, "ETH")));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Transfer(from, ledger.Key(), "USD", [new(to, 1, 1, "ETH")])));
        Assert.Equal(9, (await ledger.ViewAsync(from)).Balance);
    }

    [Fact]
    public async Task Thirty_eight_digits_are_exact_and_thirty_nine_are_refused()
    {
        // In a currency that no other test moves.
        var wallet = await ledger.WalletAsync(currency: "KRW");
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(wallet, ledger.Key(), Amount.Largest - 1, "KRW")));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(wallet, ledger.Key(), 2, "KRW")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(wallet, ledger.Key(), 1, "KRW")));
        Assert.Equal(Amount.Largest, (await ledger.ViewAsync(wallet)).Balance);

        // The other side of it, the shard's account of the world, is full now too.
        var other = await ledger.WalletAsync(currency: "KRW", shard: ledger.Shards.Of(wallet));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(other, ledger.Key(), 1, "KRW")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(wallet, ledger.Key(), Amount.Largest, "KRW")));
    }

    [Fact]
    public async Task Keys_are_forgotten_after_their_time()
    {
        var wallet = await ledger.WalletAsync();
        await ledger.AskAsync(new Deposit(wallet, ledger.Key("old"), 5, "USD"));
        ledger.Time.Advance(TimeSpan.FromHours(25));
        await Eventually.HoldsAsync(async () =>
        {
            ledger.Time.Advance(TimeSpan.FromMinutes(1));
            return await ledger.ScalarAsync<long>(
                $"SELECT count(*) FROM ledger.request_keys WHERE digest = '{ledger.Key("old").Digest}'") == 0;
        });
    }

    private Task<Guid> OverdrawableAsync(string currency) =>
        ledger.WalletAsync(currency: currency, overdraft: Amount.Largest, shard: 3);
}
