using System.Globalization;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Tests;

public sealed class MarketModelTests
{
    private const long Seed = RunningSimulator.Seed;

    private static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static readonly MarketPair BtcKrw = Catalogue.FindPair("btc", "krw")!;

    public static TheoryData<double> Paces => [0.001, 0.5, 1, 10, 75];

    [Fact]
    public void The_same_seed_answers_the_same_in_any_order_and_from_any_thread()
    {
        var questions = Enumerable.Range(0, 200).Select(i => Noon.AddMinutes(-i * 977)).ToList();
        var first = new MarketModel(Seed);
        var second = new MarketModel(Seed);
        var forwards = questions.Select(t => Say(first, t)).ToList();
        var backwards = questions.AsEnumerable().Reverse().Select(t => Say(second, t)).Reverse().ToList();
        var parallel = questions.AsParallel().AsOrdered().Select(t => Say(first, t)).ToList();

        Assert.Equal(forwards, backwards);
        Assert.Equal(forwards, parallel);
    }

    [Fact]
    public void Another_seed_is_another_market()
    {
        Assert.NotEqual(Say(new MarketModel(1), Noon), Say(new MarketModel(2), Noon));
    }

    [Fact]
    public void Prices_stay_credible_over_ten_years_and_move_every_day()
    {
        var market = new MarketModel(Seed);
        foreach (var asset in Catalogue.Assets)
        {
            var days = Enumerable.Range(0, 3650).Select(d => market.Price(asset, "usd", Noon.AddDays(-d))).ToList();
            Assert.True(days.Min() > asset.BasePrice / 50, $"{asset.Id} falls to {days.Min()}");
            Assert.True(days.Max() < asset.BasePrice * 50, $"{asset.Id} rises to {days.Max()}");
            Assert.All(days.Zip(days.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
        }
    }

    [Fact]
    public void The_market_cap_is_price_times_supply_to_the_last_digit()
    {
        var market = new MarketModel(Seed);
        foreach (var asset in Catalogue.Assets)
        {
            foreach (var currency in Catalogue.Currencies)
            {
                Assert.Equal(market.Price(asset, currency, Noon) * market.Supply(asset, Noon), market.MarketCap(asset, currency, Noon));
            }
        }
    }

    [Fact]
    public void A_coin_costs_the_same_by_way_of_any_currency()
    {
        var market = new MarketModel(Seed);
        var (bitcoin, ether) = (Catalogue.Find("bitcoin")!, Catalogue.Find("ethereum")!);
        var direct = market.Price(ether, "krw", Noon);
        var byBitcoin = market.Price(ether, "btc", Noon) * market.Price(bitcoin, "krw", Noon);

        Assert.InRange(byBitcoin / direct, 0.999999999999m, 1.000000000001m);
        Assert.Equal(1m, market.Price(bitcoin, "btc", Noon));
    }

    [Fact]
    public void The_extremes_of_a_span_are_those_of_its_seconds()
    {
        var market = new MarketModel(Seed);
        var asset = Catalogue.Find("ethereum")!;
        foreach (var back in Enumerable.Range(0, 12))
        {
            var (from, to) = (Noon.AddHours(-back * 1234), Noon.AddHours(-back * 1234).AddSeconds(1 + (back * 613)));
            var all = Enumerable.Range(0, (int)(to - from).TotalSeconds).Select(s =>
                market.Price(asset, "krw", from.AddSeconds(s))).ToList();
            Assert.Equal(all.Max(), market.Price(asset, "krw", market.TimeOfHigh(asset, "krw", from, to)));
            Assert.Equal(all.Min(), market.Price(asset, "krw", market.TimeOfLow(asset, "krw", from, to)));
        }
    }

    [Fact]
    public void The_extremes_of_ten_years_are_found_in_every_currency()
    {
        var market = new MarketModel(Seed);
        foreach (var asset in Catalogue.Assets)
        {
            foreach (var currency in Catalogue.Currencies)
            {
                var high = market.Price(asset, currency, market.TimeOfAllTimeHigh(asset, currency, Noon));
                var low = market.Price(asset, currency, market.TimeOfAllTimeLow(asset, currency, Noon));
                Assert.InRange(market.Price(asset, currency, Noon.AddDays(-777)), low, high);
            }
        }
    }

    [Fact]
    public void An_all_time_extreme_is_the_same_whatever_was_asked_before()
    {
        const int Times = 40;
        var asset = Catalogue.Find("ethereum")!;
        var times = Enumerable.Range(0, Times).Select(i => MarketModel.Earliest.AddHours(1 + (i * i * 50))).ToArray();
        var asked = new MarketModel(Seed);
        foreach (var at in times.Concat(times.Reverse()).Concat(times))
        {
            Assert.Equal(asked.TimeOfHigh(asset, "krw", MarketModel.Earliest, at), asked.TimeOfAllTimeHigh(asset, "krw", at));
            Assert.Equal(asked.TimeOfLow(asset, "krw", MarketModel.Earliest, at), asked.TimeOfAllTimeLow(asset, "krw", at));
        }
    }

    [Theory]
    [MemberData(nameof(Paces))]
    public void Trades_have_rising_unique_ids_made_of_their_time_and_a_counter(double pace)
    {
        var trades = Trades(pace, TimeSpan.FromMinutes(20));

        Assert.All(trades.Zip(trades.Skip(1)), pair =>
        {
            Assert.True(pair.First.Time <= pair.Second.Time);
            Assert.True(string.CompareOrdinal(pair.First.Id, pair.Second.Id) < 0, $"{pair.First.Id} before {pair.Second.Id}");
        });
        Assert.All(trades, t => Assert.Equal(t.Time.ToString(CultureInfo.InvariantCulture), t.Id[..^3]));
        Assert.Contains(trades, t => t.Id.EndsWith("001", StringComparison.Ordinal));
    }

    [Fact]
    public void Some_trades_share_a_millisecond_as_one_order_fills_against_several()
    {
        Assert.Contains(Trades(1, TimeSpan.FromMinutes(20)), t => t.Id.EndsWith("002", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 3000, 4200)]
    [InlineData(10, 30_000, 42_000)]
    public void The_pace_is_about_so_many_trades_a_second(double pace, int least, int most)
    {
        Assert.InRange(Trades(pace, TimeSpan.FromHours(1)).Count, least, most);
    }

    [Theory]
    [MemberData(nameof(Paces))]
    public void A_trade_happens_at_the_best_ask_or_bid_of_its_moment(double pace)
    {
        var market = new MarketModel(Seed, pace);
        var step = market.PriceStep(BtcKrw);
        foreach (var trade in market.Trades(BtcKrw, Noon, Noon.AddMinutes(3)))
        {
            var quote = market.QuoteAt(BtcKrw, DateTimeOffset.FromUnixTimeMilliseconds(trade.Time));
            Assert.Equal(trade.TakerBought ? quote.Ask : quote.Bid, trade.Price);
            Assert.Equal(0m, trade.Price % step);
            Assert.True(trade.Quantity > 0);
            Assert.Equal(trade.Quantity, Math.Round(trade.Quantity, 8));
        }
    }

    [Theory]
    [MemberData(nameof(Paces))]
    public void The_newest_trades_are_the_end_of_the_range_up_to_this_millisecond(double pace)
    {
        var market = new MarketModel(Seed, pace);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(market.Trades(BtcKrw, Noon, Noon.AddMinutes(5)).Last().Time);
        var newest = market.NewestTrades(BtcKrw, now, 200);
        var range = market.Trades(BtcKrw, DateTimeOffset.FromUnixTimeMilliseconds(newest[^1].Time),
            now.AddMilliseconds(1)).Reverse().Take(200);

        Assert.Equal(200, newest.Count);
        Assert.Equal(range, newest);
        Assert.True(market.NewestTrades(BtcKrw, now.AddMilliseconds(-1), 1)[0].Time < newest[0].Time);
    }

    [Theory]
    [MemberData(nameof(Paces))]
    public void A_volume_is_exactly_the_sum_of_its_trades(double pace)
    {
        var market = new MarketModel(Seed, pace);
        foreach (var (from, to) in new[]
                 {
                     (Noon, Noon.AddMinutes(7)), (Noon.AddMilliseconds(12_345), Noon.AddMilliseconds(13_999)),
                     (Noon.AddSeconds(-77), Noon.AddMinutes(61).AddMilliseconds(1)),
                 })
        {
            Assert.Equal(market.Trades(BtcKrw, from, to).Sum(t => t.Quantity), market.PairVolume(BtcKrw, from, to));
        }
    }

    [Fact]
    public void The_volume_of_a_day_does_not_depend_on_the_pace()
    {
        var volumes = new[] { 0.01, 1.0, 100.0 }.Select(p =>
            new MarketModel(Seed, p).PairVolume(BtcKrw, Noon.AddDays(-1), Noon)).Distinct();
        Assert.Single(volumes);
    }

    [Fact]
    public void A_candle_holds_its_trades_and_its_smaller_candles()
    {
        var market = new MarketModel(Seed);
        foreach (var pair in Catalogue.Pairs)
        {
            var hour = market.Candle(pair, Noon.AddHours(-1), Noon);
            var minutes = Enumerable.Range(0, 60).Select(m =>
                market.Candle(pair, Noon.AddMinutes(m - 60), Noon.AddMinutes(m - 59))).ToList();
            Assert.All(market.Trades(pair, Noon.AddHours(-1), Noon), t => Assert.InRange(t.Price, hour.Low, hour.High));
            Assert.Equal((minutes.Max(m => m.High), minutes.Min(m => m.Low)), (hour.High, hour.Low));
            Assert.Equal((minutes[0].Open, minutes[^1].Close), (hour.Open, hour.Close));
            Assert.Equal(minutes.Sum(m => m.Volume), hour.Volume);
            Assert.InRange(hour.QuoteVolume / hour.Volume, hour.Low, hour.High);
        }
    }

    [Fact]
    public void A_book_is_never_crossed_and_contains_the_last_trade_of_its_second()
    {
        var market = new MarketModel(Seed, 10);
        foreach (var pair in Catalogue.Pairs)
        {
            for (var second = 0; second < 120; second++)
            {
                var now = Noon.AddMilliseconds((second * 1000) + 700);
                var book = market.Book(pair, now, 16);
                Assert.True(book.Bids[0].Price < book.Asks[0].Price);
                Assert.All(book.Bids.Zip(book.Bids.Skip(1)), l => Assert.True(l.First.Price > l.Second.Price));
                Assert.All(book.Asks.Zip(book.Asks.Skip(1)), l => Assert.True(l.First.Price < l.Second.Price));
                Assert.All(book.Bids.Concat(book.Asks), l => Assert.True(l.Quantity > 0 && l.Price > 0));
                Assert.InRange(book.Time, now.ToUnixTimeMilliseconds() - 999, now.ToUnixTimeMilliseconds());
                Assert.All(
                    market.Trades(pair, DateTimeOffset.FromUnixTimeMilliseconds(book.Time), now),
                    t => Assert.InRange(t.Price, book.Bids[0].Price, book.Asks[0].Price));
            }
        }
    }

    [Fact]
    public void Net_flow_is_in_minus_out_and_what_the_reserve_rose_by_at_every_hour_day_and_group()
    {
        var chain = new MarketModel(Seed).OnChain;
        var end = Noon.ToUnixTimeSeconds() / 3600;
        foreach (var asset in new[] { Catalogue.Find("bitcoin")!, Catalogue.Find("ethereum")! })
        {
            foreach (var source in OnChainModel.Exchanges.Keys.Concat(["all_exchange", "spot_exchange", "f2pool", "all_miner"]))
            {
                for (var back = 0; back < 40; back++)
                {
                    var (earlier, later) = (chain.FlowOf(asset, source, end - (24 * (back + 2)), end - (24 * (back + 1))),
                        chain.FlowOf(asset, source, end - (24 * (back + 1)), end - (24 * back)));
                    if (earlier is not null && later is not null)
                    {
                        Assert.Equal(later.Inflow - later.Outflow, later.Netflow);
                        Assert.Equal(earlier.Reserve + later.Netflow, later.Reserve);
                        Assert.True(later.Inflow >= 0 && later.Outflow >= 0);
                    }
                }
            }
        }
    }

    [Fact]
    public void All_exchanges_together_are_the_sum_of_the_exchanges()
    {
        var chain = new MarketModel(Seed).OnChain;
        var hour = Noon.ToUnixTimeSeconds() / 3600;
        var bitcoin = Catalogue.Find("bitcoin")!;
        var parts = OnChainModel.Exchanges.Keys.Select(e => chain.FlowOf(bitcoin, e, hour - 1, hour)!).ToList();

        Assert.Equal(parts.Sum(p => p.Inflow), chain.FlowOf(bitcoin, "all_exchange", hour - 1, hour)!.Inflow);
        Assert.Equal(parts.Sum(p => p.Reserve), chain.FlowOf(bitcoin, "all_exchange", hour - 1, hour)!.Reserve);
    }

    [Fact]
    public void A_single_exchange_has_some_days_without_data_and_all_exchanges_none_since_the_first_day()
    {
        var chain = new MarketModel(Seed).OnChain;
        var day = Noon.ToUnixTimeSeconds() / 86_400;
        var bitcoin = Catalogue.Find("bitcoin")!;
        bool Missing(string source, int back) => chain.FlowOf(bitcoin, source, (day - back) * 24, (day - back + 1) * 24) is null;

        Assert.InRange(Enumerable.Range(1, 1000).Count(back => Missing("binance", back)), 1, 30);
        Assert.DoesNotContain(Enumerable.Range(1, 1000), back => Missing("all_exchange", back));
        Assert.True(Missing("all_exchange", 365 * 10));
    }

    private static List<MarketTrade> Trades(double pace, TimeSpan span) =>
        [.. new MarketModel(Seed, pace).Trades(BtcKrw, Noon, Noon + span)];

    private static string Say(MarketModel market, DateTimeOffset at)
    {
        var bitcoin = Catalogue.Find("bitcoin")!;
        var hour = at.ToUnixTimeSeconds() / 3600;
        return string.Join(
            ' ', market.Price(bitcoin, "krw", at), market.Volume24h(bitcoin, "usd", at), market.NewestTrades(BtcKrw, at, 3)[2],
            string.Join(',', market.Book(BtcKrw, at, 5).Bids), market.Candle(BtcKrw, at.AddHours(-3), at),
            market.OnChain.FlowOf(bitcoin, "kraken", hour - 1, hour));
    }
}
