using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class TradeStoreTests(StoreFixture fixture)
{
    private readonly string exchange = fixture.NewName("exchange");
    private readonly TradeStore store = NewStore(fixture);

    [Fact]
    public async Task A_batch_of_1000_with_one_duplicate_writes_999()
    {
        await AppendAsync([Trade(500)]);

        Assert.Equal(new IngestCounts(1000, 999, 1, 0, 0, 0), await AppendAsync([.. Enumerable.Range(0, 1000).Select(n => Trade(n))]));
        Assert.Equal(1000, await CountAsync());
    }

    [Fact]
    public async Task A_batch_of_1000_that_holds_one_trade_twice_writes_999()
    {
        Trade[] batch = [.. Enumerable.Range(0, 999).Select(n => Trade(n)), Trade(7)];

        Assert.Equal(new IngestCounts(1000, 999, 1, 0, 0, 0), await AppendAsync(batch));
    }

    [Fact]
    public async Task A_duplicate_that_nothing_foretold_costs_only_itself()
    {
        await AppendAsync([Trade(1)]); // the pair is known as fresh, so the next newer batch is copied straight in
        await NewStore(fixture).AppendAsync([Trade(700)], StoreFixture.Arrival, [], default);

        Assert.Equal(new IngestCounts(1000, 999, 1, 0, 0, 0), await AppendAsync([.. Enumerable.Range(2, 1000).Select(n => Trade(n))]));
        Assert.Equal(1001, await CountAsync());
    }

    [Fact]
    public async Task A_replay_is_skipped_whole_also_by_a_store_that_has_just_started()
    {
        Trade[] batch = [.. Enumerable.Range(0, 300).Select(n => Trade(n))];
        await AppendAsync(batch);

        Assert.Equal(new IngestCounts(300, 0, 300, 0, 0, 0), await AppendAsync(batch));
        Assert.Equal(new IngestCounts(300, 0, 300, 0, 0, 0), await NewStore(fixture).AppendAsync(batch, StoreFixture.Arrival, [], default));
        Assert.Equal(300, await CountAsync());
    }

    [Theory]
    [InlineData(1_688_669_597_827_736_912, 9, 1_688_669_597_827_736_000, 6, false)]
    [InlineData(1_688_669_597_827_736_000, 6, 1_688_669_597_827_736_900, 7, false)]
    [InlineData(1_688_669_597_827_737_000, 6, 1_688_669_597_827_736_900, 7, false)]
    [InlineData(1_688_669_597_827_736_000, 6, 1_688_669_597_827_737_000, 6, true)]
    [InlineData(1_688_669_597_827_736_000, 6, 1_688_669_597_827_737_000, 7, true)]
    [InlineData(1_688_669_597_827_736_912, 9, 1_688_669_597_827_736_913, 9, true)]
    public async Task Times_finer_than_a_millisecond_agree_as_far_as_both_have_digits(
        long stored, int storedDigits, long came, int cameDigits, bool isDiffering)
    {
        await AppendAsync([Trade(1) with { Time = new ProviderTime(stored, storedDigits) }]);

        Assert.Equal(
            new IngestCounts(1, 0, isDiffering ? 0 : 1, isDiffering ? 1 : 0, 0, 0),
            await AppendAsync([Trade(1) with { Time = new ProviderTime(came, cameDigits) }]));
    }

    [Fact]
    public async Task Digits_and_arrival_do_not_make_a_trade_another()
    {
        await AppendAsync([Trade(1) with { Price = 2.50m, Time = new ProviderTime(5_000_000_000, 0) }]);
        var again = Trade(1) with { Price = 2.5m, Time = new ProviderTime(5_000_000_000, 3) };

        Assert.Equal(
            new IngestCounts(1, 0, 1, 0, 0, 0), await store.AppendAsync([again], StoreFixture.Arrival.AddHours(1), [], default));
    }

    [Theory]
    [InlineData("price")]
    [InlineData("quantity")]
    [InlineData("side")]
    [InlineData("no side")]
    [InlineData("time")]
    public async Task Other_content_under_a_stored_key_is_differing_and_kept_aside_whole(string changed)
    {
        var stored = Trade(1);
        await AppendAsync([stored]);
        var other = changed switch
        {
            "price" => stored with { Price = stored.Price + 0.00000001m },
            "quantity" => stored with { Quantity = stored.Quantity + 1 },
            "side" => stored with { TakerSide = TakerSide.Sell },
            "no side" => stored with { TakerSide = null },
            _ => stored with { Time = new ProviderTime(stored.Time.UnixNanoseconds + 1, 9) },
        };

        Assert.Equal(new IngestCounts(2, 1, 0, 1, 0, 0), await AppendAsync([other, Trade(2)]));
        Assert.Equal(new IngestCounts(1, 0, 0, 1, 0, 0), await AppendAsync([other]));
        Assert.Equal([stored, Trade(2)], (await ReadAllAsync()).OrderBy(trade => trade.TradeId));
        var letter = Assert.Single(await fixture.LettersAsync("trades", Pair));
        Assert.Equal((exchange, "differing", 2), (letter.Provider, letter.Reason, letter.Times));
        Assert.StartsWith($$"""{"kind":"trade","exchange":"{{exchange}}","pair":"{{Pair}}","trade_id":"{{stored.TradeId}}",""", letter.Payload);
    }

    [Fact]
    public async Task Of_a_contradiction_within_a_batch_the_first_stays()
    {
        var first = Trade(1);
        var second = first with { Price = 9 };

        Assert.Equal(new IngestCounts(4, 2, 1, 1, 0, 0), await AppendAsync([Trade(2), first, second, first]));
        Assert.Equal([first, Trade(2)], await ReadAllAsync());
        Assert.Single(await fixture.LettersAsync("trades", Pair));
    }

    [Fact]
    public async Task What_cannot_be_stored_is_rejected_and_its_neighbours_are_not()
    {
        Trade[] batch =
        [
            Trade(1), Trade(2) with { Price = 0 }, Trade(3) with { Quantity = -1 }, Trade(4) with { TradeId = "" },
            Trade(5) with { TradeId = "a\0b" }, Trade(6) with { TradeId = "\uD800" }, Trade(7) with { TradeId = new string('x', 256) },
            Trade(8) with { Pair = "BTC\0KRW" }, Trade(9) with { TradeId = "가😀" },
        ];

        Assert.Equal(new IngestCounts(9, 2, 0, 0, 0, 7), await AppendAsync(batch));
        Assert.Equal(6, (await fixture.LettersAsync("trades", Pair)).Count);
        Assert.All(await fixture.LettersAsync("trades", Pair), letter => Assert.Equal("invalid_field", letter.Reason));
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Trades_of_several_pairs_go_in_one_batch()
    {
        var other = fixture.NewName("eth") + "-krw";
        Trade[] batch = [Trade(1), Trade(1) with { Pair = other }, Trade(2), Trade(2) with { Pair = other },
            Trade(2) with { Pair = other }];

        Assert.Equal(new IngestCounts(5, 4, 1, 0, 0, 0), await AppendAsync(batch));
        Assert.Equal(2, (await store.ReadAsync(exchange, other, new PageRequest(null, null, 10, null), default)).Records.Count);
    }

    [Fact]
    public async Task Numbers_and_times_come_back_exactly()
    {
        await AppendAsync([Trade(0)]); // so that the next batch is copied, and the one after it inserted
        MarketNumber[] numbers =
        [
            9999999999999999999999999999m, 0.0000000000000000000000000001m, 1m, 10m, 9999m, 10000m, 10001m, 99999999m, 100000000m, 0.1m,
            0.0001m, 0.00010m, 0.00001m, 12345.6789m, 79228162514264337593.54395033m, 7.922816251426433759354395033m,
            100000000000000000000m, 18446744073709551616m, MarketNumbers.Of("9.999999999999999999999999999e308"),
            MarketNumbers.Of("1.234567890123456789012345678e-324"), MarketNumbers.Of("1e-18"), MarketNumbers.Of("1e30"),
        ];
        Trade[] batch =
        [
            .. numbers.Select((number, n) => Trade(1000 + n) with
            {
                Price = number, Quantity = numbers[^(n + 1)], TakerSide = n % 3 == 0 ? null : (TakerSide)(n % 3),
                Time = new ProviderTime(1_790_000_000_000_000_001 + n, n % 10),
            }),
        ];
        Trade[] inserted = [.. batch.Select(trade => trade with { TradeId = "again" + trade.TradeId })];

        Assert.Equal(batch.Length, (await AppendAsync(batch)).Inserted);
        Assert.Equal(batch.Length, (await NewStore(fixture).AppendAsync(inserted, StoreFixture.Arrival, [], default)).Inserted);
        var stored = (await ReadAllAsync()).ToDictionary(trade => trade.TradeId);
        Assert.All(batch.Concat(inserted), trade => Assert.Equal(trade, stored[trade.TradeId]));
        Assert.Equal(StoreFixture.Arrival.UtcDateTime, await fixture.ScalarAsync<DateTime>(
            "SELECT max(received_at) FROM market.trades JOIN market.exchanges USING (exchange_id) WHERE name = $1", exchange));
    }

    [Fact]
    public async Task Eight_writers_of_one_batch_write_each_trade_once()
    {
        Trade[] batch = [.. Enumerable.Range(0, 2000).Select(n => Trade(n))];
        var stores = Enumerable.Range(0, 8).Select(_ => NewStore(fixture)).ToArray();
        await Task.WhenAll(stores.Select((one, n) =>
            one.AppendAsync([Trade(-1 - n)], StoreFixture.Arrival, [], default))); // all expect new trades

        var counts = await Task.WhenAll(stores.Select((one, n) => Task.Run(() => one.AppendAsync(
            n % 2 == 0 ? batch : [.. batch.Reverse()], StoreFixture.Arrival, [], default))));

        Assert.Equal(2000, counts.Sum(of => of.Inserted));
        Assert.All(counts, of => Assert.Equal(new IngestCounts(2000, of.Inserted, 2000 - of.Inserted, 0, 0, 0), of));
        Assert.Equal(2008, await CountAsync());
    }

    [Fact]
    public async Task Rows_position_and_gap_stand_together()
    {
        var series = new SeriesKey(exchange, "trades", Pair);
        var gap = new Gap(series, new ProviderTime(1, 9), "a", new ProviderTime(2, 9), "b", "window passed", StoreFixture.Arrival);

        await store.AppendAsync([Trade(1)], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 1), StoreFixture.Progress(series, 1,
            2, gap)], default);

        Assert.Equal(2, (await new FeedPositionStore(fixture.Database).FindAsync(series, default))?.Version);
        Assert.Equal([gap], await new GapRegister(fixture.Database).OpenAsync(series, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_position_that_was_moved_by_another_leaves_neither_rows_nor_gaps_nor_letters(bool expectedNew)
    {
        var series = new SeriesKey(exchange, "trades", Pair);
        var gap = new Gap(series, new ProviderTime(1, 9), "a", new ProviderTime(2, 9), "b", "window passed", StoreFixture.Arrival);
        await store.AppendAsync([Trade(1)], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 1)], default);
        var writer = expectedNew ? store : NewStore(fixture);

        var moved = await Assert.ThrowsAsync<PositionMovedException>(() => writer.AppendAsync(
            [Trade(2), Trade(3) with { Price = 0 }], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 2, gap)], default));

        Assert.Equal(series, moved.Series);
        Assert.Equal(1, await CountAsync());
        Assert.Empty(await new GapRegister(fixture.Database).OpenAsync(series, default));
        Assert.Empty(await fixture.LettersAsync("trades", Pair));
    }

    [Fact]
    public async Task An_empty_batch_still_moves_its_position()
    {
        var series = new SeriesKey(exchange, "trades", Pair);

        Assert.Equal(default, await store.AppendAsync([], StoreFixture.Arrival, [StoreFixture.Progress(series, 0, 5)], default));
        Assert.Equal(1, (await new FeedPositionStore(fixture.Database).FindAsync(series, default))?.Version);
        Assert.Equal(default, await AppendAsync([]));
    }

    private string Pair => $"{exchange}btc-krw";

    private static TradeStore NewStore(StoreFixture fixture) => new(fixture.Database, new PairCatalogue(fixture.Database), fixture.Time);

    private Trade Trade(int n) => new(
        exchange, Pair, $"id{n + 100_000}", 50_000_000 + n, 0.5m, TakerSide.Buy,
            ProviderTime.FromUnixMilliseconds(1_790_000_000_000 + (n * 10L)));

    private Task<IngestCounts> AppendAsync(IReadOnlyList<Trade> trades) => store.AppendAsync(trades, StoreFixture.Arrival, [], default);

    private async Task<IReadOnlyList<Trade>> ReadAllAsync() =>
        (await store.ReadAsync(exchange, Pair, new PageRequest(null, null, 10_000, null), default)).Records;

    private Task<long> CountAsync() => fixture.ScalarAsync<long>(
        "SELECT count(*) FROM market.trades JOIN market.exchanges USING (exchange_id) WHERE name = $1", exchange);
}
