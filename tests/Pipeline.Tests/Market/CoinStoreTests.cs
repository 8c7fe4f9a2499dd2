using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Tests.Feeds;
using AkkaCrypto.TestKit;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>CoinGecko's lists, markets, candles and global figures, as they are stored and read back.</summary>
[Collection(StoreCollection.Name)]
public sealed class CoinStoreTests(StoreFixture fixture)
{
    private const ulong Seed = 20260707;

    private static readonly Gen<(int Key, int Second, int Value)> Records =
        Gen.Choose(0, 3).SelectMany(key =>
            Gen.Choose(0, 9).SelectMany(second => Gen.Choose(0, 2).Select(value => (key, second, value))));

    private readonly CoinStores stores = new(fixture.Database, fixture.Time);
    private readonly string asset = fixture.NewName("coin");

    [SharedTheory]
    [InlineData("markets__doc-example", "usd")]
    [InlineData("markets__btc-usd", "myr")]
    [InlineData("markets__btc-eth-quoted-in-eth", "eth")]
    public async Task A_recorded_market_comes_back_with_every_field_and_digit(string file, string currency)
    {
        var own = fixture.NewName(currency);
        var read = Normalising.Run("coingecko", "coins_markets", Fixtures.Reply($"coingecko/{file}.json"), new ReplyContext(Currency: own));
        var coins = read.Records.Cast<AssetPrice>().ToList();

        Assert.Equal(new IngestCounts(coins.Count, coins.Count, 0, 0, 0, 0), await MarketsAsync([.. coins]));
        Assert.Equal(new IngestCounts(coins.Count, 0, coins.Count, 0, 0, 0), await MarketsAsync([.. coins]));

        var stored = await stores.Markets.ReadAsync(own, null, default);
        Assert.Equal(coins.OrderByDescending(coin => coin.MarketCap), stored);
        Assert.All(coins.Zip(stored.OrderByDescending(coin => coin.MarketCap)), pair => Assert.Equal(
            pair.First.Details!.CirculatingSupply.ToString(), pair.Second.Details!.CirculatingSupply.ToString()));
        Assert.Equal(coins[0].Details, (await stores.Markets.ReadAsync(own, [coins[0].Asset], default)).Single().Details);
    }

    [Fact]
    public async Task A_document_said_again_is_as_new_as_one_said_anew()
    {
        var document = new CoinDocument("coin_search", asset, null, """{"coins":[1.50]}""");
        Assert.Equal(new IngestCounts(1, 1, 0, 0, 0, 0), await DocumentAsync(document, 0));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await DocumentAsync(document, 5));
        var stored = await stores.Documents.ReadAsync("coin_search", asset, default);
        Assert.Equal(new StoredDocument(document.Json, null, StoreFixture.Arrival.AddMinutes(5)), stored);

        var other = document with { Json = "{}", Time = new ProviderTime(1_500_000_000, 1) };
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await DocumentAsync(other, 6));
        Assert.Equal(
            new StoredDocument("{}", other.Time, StoreFixture.Arrival.AddMinutes(6)),
            await stores.Documents.ReadAsync("coin_search", asset, default));
        Assert.Null(await stores.Documents.ReadAsync("coin_details", asset, default));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 0, 1), await DocumentAsync(document with { Name = "" }, 7));
    }

    [Fact]
    public async Task Currencies_keep_the_order_of_their_list()
    {
        string[] names = [fixture.NewName("z"), fixture.NewName("a"), fixture.NewName("m")];
        await stores.Currencies.AppendAsync(
            [.. names.Select(name => new AssetListing(null, name, null))], StoreFixture.Arrival, [], default);
        Assert.Equal(names, (await stores.Currencies.ReadAsync(default)).Where(names.Contains));
    }

    [Fact]
    public async Task A_field_alone_that_changed_at_the_same_time_revises_and_a_late_market_never_goes_back()
    {
        var coin = Coin(5, 1m);
        Assert.Equal(new IngestCounts(1, 1, 0, 0, 0, 0), await MarketsAsync(coin));
        var ranked = coin with { Details = coin.Details! with { MarketCapRank = 7 } };
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await MarketsAsync(ranked));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await MarketsAsync(Coin(4, 9m)));
        Assert.Equal([ranked], await stores.Markets.ReadAsync("usd", [asset], default));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 0, 1), await MarketsAsync(coin with { Time = null }));
    }

    [Fact]
    public async Task Markets_come_greatest_cap_first_and_those_without_one_last()
    {
        var currency = fixture.NewName("q");
        await MarketsAsync(
            Coin(1, 1m) with { Asset = "a", Currency = currency, MarketCap = null },
            Coin(1, 1m) with { Asset = "b", Currency = currency, MarketCap = 5 },
            Coin(1, 1m) with { Asset = "c", Currency = currency, MarketCap = 50 });
        Assert.Equal(["c", "b", "a"], (await stores.Markets.ReadAsync(currency, null, default)).Select(coin => coin.Asset));
    }

    [Fact]
    public async Task Random_markets_give_the_counts_and_rows_of_a_naive_dictionary()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 25))
        {
            var currency = fixture.NewName("r");
            var oracle = new Dictionary<string, AssetPrice>();
            foreach (var batch in run)
            {
                AssetPrice[] coins = [.. batch.Select(of =>
                    Coin(of.Second, of.Value == 0 ? null : of.Value) with { Asset = $"k{of.Key}", Currency = currency })];
                Assert.Equal(Newest(oracle, coins, coin => coin.Asset, coin => coin.Time!.Value), await MarketsAsync(coins));
            }

            Assert.Equal(
                oracle.Values.OrderBy(coin => coin.Asset),
                (await stores.Markets.ReadAsync(currency, null, default)).OrderBy(coin => coin.Asset));
        }
    }

    [Fact]
    public async Task Listed_coins_follow_the_newest_arrival_and_keep_their_platforms()
    {
        var listing = new AssetListing(asset, "sym", "Name") { Platforms = """{"ethereum":"0xab"}""" };
        Assert.Equal(new IngestCounts(2, 1, 1, 0, 0, 0), await ListedAsync(listing, listing));
        Assert.Equal(new IngestCounts(1, 0, 1, 0, 0, 0), await ListedAsync(listing));
        var moved = listing with { Platforms = """{"ethereum":"0xac"}""" };
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 1, 0), await ListedAsync(moved));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 0, 1), await ListedAsync(new AssetListing(null, "x", null)));
        Assert.Equal([moved], (await stores.Listed.ReadAsync(default)).Where(known => known.Asset == asset));
    }

    [SharedFact]
    public async Task The_recorded_list_is_stored_whole()
    {
        var read = Normalising.Run("coingecko", "coins_list", Fixtures.Reply("coingecko/coins-list__first-300.json"));
        AssetListing[] listings = [.. read.Records.Cast<AssetListing>()];
        await ListedAsync(listings);
        var stored = (await stores.Listed.ReadAsync(default)).ToDictionary(listing => listing.Asset!);
        Assert.All(listings, listing => Assert.Equal(listing, stored[listing.Asset!]));
    }

    [SharedFact]
    public async Task The_global_figures_come_back_with_their_currencies_and_never_go_back()
    {
        GlobalMarket[] now = [.. Global("global__doc-example")];
        GlobalMarket[] late = [.. Global("global__2021")];
        Assert.Equal(new IngestCounts(3, 3, 0, 0, 0, 0), await GlobalAsync(now));
        Assert.Equal(new IngestCounts(61, 58, 3, 0, 0, 0), await GlobalAsync(late));
        var stored = (await stores.Global.ReadAsync(default)).ToDictionary(market => market.Currency);
        Assert.Equal(61, stored.Count);
        Assert.All(now, market => Assert.Equal(market, stored[market.Currency]));
        Assert.All(late.Where(market => now.All(other => other.Currency != market.Currency)), market => Assert.Equal(
            (market.MarketCap, market.Volume24h, market.Time),
            (stored[market.Currency].MarketCap, stored[market.Currency].Volume24h, stored[market.Currency].Time)));
        Assert.Equal(17_397, stored["usd"].Figures!.ActiveCryptocurrencies);
        Assert.Equal(
            """{"btc":57.9539332566265,"eth":9.58227145398409,"usdt":7.223241338072757}""", stored["usd"].Figures!.MarketCapPercentage);
    }

    [Fact]
    public async Task Candles_append_revisions_and_what_was_known_stays_known()
    {
        foreach (var run in StoreFixture.Runs(Records, Seed, count: 15))
        {
            var name = fixture.NewName("ohlc");
            var oracle = new Dictionary<(string Asset, int Second), List<decimal>>();
            foreach (var batch in run)
            {
                AssetCandle[] candles = [.. batch.Select(of => Candle($"{name}-{of.Key}", of.Second, of.Value))];
                var (inserted, revised) = (0, 0);
                foreach (var same in batch.GroupBy(of => ($"{name}-{of.Key}", of.Second)))
                {
                    var value = same.Last().Value;
                    var known = oracle.TryGetValue(same.Key, out var before) ? before : oracle[same.Key] = [];
                    inserted += known.Count == 0 ? 1 : 0;
                    revised += known.Count > 0 && known[^1] != value ? 1 : 0;
                    known.AddRange(known.Count == 0 || known[^1] != value ? [value] : []);
                }

                Assert.Equal(
                    new IngestCounts(candles.Length, inserted, candles.Length - inserted - revised, 0, revised, 0),
                    await stores.Ohlc.AppendAsync(candles, StoreFixture.Arrival, [], default));
            }

            foreach (var series in oracle.GroupBy(entry => entry.Key.Asset))
            {
                var stored = await stores.Ohlc.ReadAsync(series.Key, "usd", "4h", null, null, default);
                Assert.Equal(
                    series.OrderBy(entry => entry.Key.Second).Select(entry => (entry.Key.Second, (MarketNumber)entry.Value[^1])),
                    stored.Select(point => ((int)(point.OpenTime.ToUnixTimeSeconds() - 1_790_000_000), point.Close)));
            }
        }
    }

    [Fact]
    public async Task A_candle_is_read_as_of_an_instant()
    {
        var later = StoreFixture.Arrival.AddHours(1);
        await stores.Ohlc.AppendAsync([Candle(asset, 1, 1)], StoreFixture.Arrival, [], default);
        await stores.Ohlc.AppendAsync([Candle(asset, 1, 2)], later, [], default);
        Assert.Equal(1m, (await stores.Ohlc.ReadAsync(asset, "usd", "4h", null, StoreFixture.Arrival, default)).Single().Close);
        Assert.Equal(2m, (await stores.Ohlc.ReadAsync(asset, "usd", "4h", null, later, default)).Single().Close);
        Assert.Empty(await stores.Ohlc.ReadAsync(asset, "usd", "4h", null, StoreFixture.Arrival.AddTicks(-10), default));
    }

    [Fact]
    public async Task A_candle_is_known_since_it_was_written_however_long_ago_its_batch_is_said_to_have_come()
    {
        var written = StoreFixture.Arrival.AddMinutes(5);
        await new OhlcStore(fixture.Database, new FakeTimeProvider(written)).AppendAsync(
            [Candle(asset, 1, 1)], StoreFixture.Arrival, [], default);
        Assert.Empty(await stores.Ohlc.ReadAsync(asset, "usd", "4h", null, written.AddSeconds(-1), default));
        Assert.Single(await stores.Ohlc.ReadAsync(asset, "usd", "4h", null, written, default));
    }

    private static IngestCounts Newest<T>(Dictionary<string, T> oracle, T[] batch, Func<T, string> key, Func<T, ProviderTime> time)
        where T : class
    {
        var (inserted, revised) = (0, 0);
        foreach (var same in batch.GroupBy(key))
        {
            var newest = same.Last(record => time(record) == same.Max(time));
            var known = oracle.GetValueOrDefault(same.Key);
            if (known is null || time(known) < time(newest) || (time(known) == time(newest) && !known.Equals(newest)))
            {
                oracle[same.Key] = newest;
                (inserted, revised) = known is null ? (inserted + 1, revised) : (inserted, revised + 1);
            }
        }

        return new IngestCounts(batch.Length, inserted, batch.Length - inserted - revised, 0, revised, 0);
    }

    private static IEnumerable<GlobalMarket> Global(string file) =>
        Normalising.Run("coingecko", "global", Fixtures.Reply($"coingecko/{file}.json")).Records.Cast<GlobalMarket>();

    private static AssetCandle Candle(string asset, int second, int value) => new(
        asset, "usd",
        new Candle("coingecko", "x-usd", "4h", ProviderTime.FromUnixSeconds(1_790_000_000 + second), 1, 3, 0, value, null, null));

    private AssetPrice Coin(int second, decimal? price) =>
        new(asset, "usd", price, 100.50m, null, -1.5m, ProviderTime.FromUnixSeconds(1_790_000_000 + second))
        {
            Details = new CoinDetails(
                "s", "N", null, 1, null, null, null, null, null, null, null, 5.0m, null, null, new PriceExtreme(9, -1, null),
                new PriceExtreme(1, 5, ProviderTime.FromUnixSeconds(1_700_000_000)),
                new PriceChanges(null, 1, null, null, null, null, null),
                null, null),
        };

    private Task<IngestCounts> MarketsAsync(params AssetPrice[] coins) =>
        stores.Markets.AppendAsync(coins, StoreFixture.Arrival, [], default);

    private Task<IngestCounts> ListedAsync(params AssetListing[] coins) =>
        stores.Listed.AppendAsync(coins, StoreFixture.Arrival, [], default);

    private Task<IngestCounts> GlobalAsync(params GlobalMarket[] markets) =>
        stores.Global.AppendAsync(markets, StoreFixture.Arrival, [], default);

    private Task<IngestCounts> DocumentAsync(CoinDocument document, int minute) =>
        stores.Documents.AppendAsync([document], StoreFixture.Arrival.AddMinutes(minute), [], default);
}
