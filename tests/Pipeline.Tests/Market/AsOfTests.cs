using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>What was answered for a moment of the past is answered again, whoever writes meanwhile. By the system's own clock.</summary>
[Collection(StoreCollection.Name)]
public sealed class AsOfTests(StoreFixture fixture)
{
    private const int Writers = 4;
    private const int WritesOfEach = 40;

    private static readonly TimeProvider Time = TimeProvider.System;
    private static readonly DateTimeOffset Day = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Charts_repeat_their_answers_while_writers_revise_them()
    {
        var (store, asset) = (new ChartStore(fixture.Database, Time), fixture.NewName("asset"));
        await AssertRepeatableAsync(
            value => store.AppendAsync(
                "daily", [new ChartPoint(asset, "usd", ProviderTime.From(Day, 3), value, null, null)], Time.GetUtcNow(), [], default),
            async asOf => [.. (await store.ReadAsync(asset, "usd", "daily", null, asOf, default)).Select(bucket => bucket.Price)]);
    }

    [Fact]
    public async Task On_chain_points_repeat_their_answers_while_writers_revise_them()
    {
        var (store, asset) = (new OnChainStore(fixture.Database, Time), fixture.NewName("asset"));
        await AssertRepeatableAsync(
            value => store.AppendAsync(
                [new OnChainPoint(asset, "flow", "all", "day", ProviderTime.From(Day, 0), value)], Time.GetUtcNow(), [], default),
            async asOf => [.. (await store.ReadAsync(asset, "flow", "all", "day", new PageRequest(null, null, 5, null), asOf, default))
                .Records.Select(point => point.Value)]);
    }

    [Fact]
    public async Task Candles_repeat_their_answers_while_trades_come_and_several_processes_recompute()
    {
        var (pairs, exchange) = (new PairCatalogue(fixture.Database), fixture.NewName("exchange"));
        var (trades, builder) = (new TradeStore(fixture.Database, pairs, Time), new CandleBuilder(fixture.Database, Time));
        var candles = new CandleStore(
            fixture.Database, pairs, () => new CandleSettings(TimeSpan.FromSeconds(1), 1, TimeSpan.Zero), Time);
        var first = new Trade(exchange, "btc-krw", "0", 1, 1, null, ProviderTime.From(Time.GetUtcNow(), 6));
        await trades.AppendAsync([first], Time.GetUtcNow(), [], default);
        await AssertRepeatableAsync(
            async value =>
            {
                await trades.AppendAsync([first with { TradeId = $"{value}", Price = value }], Time.GetUtcNow(), [], default);
                await builder.BuildAsync(200, default);
            },
            async asOf =>
            {
                var values = new List<MarketNumber?>();
                foreach (var interval in (string[])["1m", "1d"])
                {
                    var query = new CandleQuery(exchange, "btc-krw", interval, CandleFill.None, asOf);
                    var page = (await candles.ReadAsync(query, new PageRequest(null, null, 5, null), default)).Page;
                    values.AddRange(page.Records.Cast<Candle>().SelectMany(of => (MarketNumber?[])[of.Close, of.High, of.Volume]));
                }

                return values;
            });
    }

    private static async Task AssertRepeatableAsync(Func<decimal, Task> write, Func<DateTimeOffset, Task<List<MarketNumber?>>> read)
    {
        var answers = new ConcurrentBag<(DateTimeOffset AsOf, List<MarketNumber?> Answer)>();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 1; n <= WritesOfEach; n++)
            {
                await write((n * Writers) + writer);
            }
        })));
        var reading = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!writing.IsCompleted)
            {
                // The latest moment that can be asked for: the microsecond before now.
                var now = Time.GetUtcNow();
                var asOf = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond) - TimeSpan.TicksPerMicrosecond);
                answers.Add((asOf, await read(asOf)));
            }
        })));
        await writing.Within("the writers write");
        await reading.Within("the readers read");

        Assert.True(answers.Count > Writers, "hardly anything was read while the writers wrote");
        foreach (var (asOf, answer) in answers)
        {
            Assert.Equal(answer, await read(asOf));
        }
    }
}
