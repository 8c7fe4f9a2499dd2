using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Tests.Market;

[Collection(StoreCollection.Name)]
public sealed class PairCatalogueTests(StoreFixture fixture)
{
    [Fact]
    public async Task Eight_processes_that_meet_a_new_pair_agree_on_its_numbers()
    {
        var exchange = fixture.NewName("exchange");
        string[] pairs = [.. Enumerable.Range(0, 20).Select(n => $"t{n}-krw")];

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var catalogue = new PairCatalogue(fixture.Database);
            return await Task.WhenAll(pairs.Select(pair => catalogue.GetOrCreateAsync(exchange, pair, default)));
        })));

        Assert.All(all, numbers => Assert.Equal(all[0], numbers));
        Assert.Equal(20, all[0].Select(numbers => numbers.CurrencyPairNo).Distinct().Count());
        Assert.Single(all[0].Select(numbers => numbers.ExchangeId).Distinct());
    }

    [Fact]
    public async Task A_known_pair_draws_no_further_number()
    {
        var exchange = fixture.NewName("exchange");
        var first = await new PairCatalogue(fixture.Database).GetOrCreateAsync(exchange, "btc-krw", default);
        for (var restart = 0; restart < 5; restart++)
        {
            await new PairCatalogue(fixture.Database).GetOrCreateAsync(exchange, "btc-krw", default);
        }

        var next = await new PairCatalogue(fixture.Database).GetOrCreateAsync(exchange, "eth-krw", default);
        Assert.Equal(new PairNumbers(first.ExchangeId, first.CurrencyPairNo + 1), next);
    }

    [Fact]
    public async Task An_unknown_pair_is_found_nowhere_until_it_is_created()
    {
        var exchange = fixture.NewName("exchange");
        var catalogue = new PairCatalogue(fixture.Database);

        Assert.Null(await catalogue.FindAsync(exchange, "btc-krw", default));
        var created = await new PairCatalogue(fixture.Database).GetOrCreateAsync(exchange, "btc-krw", default);
        Assert.Equal(created, await catalogue.FindAsync(exchange, "btc-krw", default));
    }

    [Theory]
    [InlineData("", "btc-krw")]
    [InlineData("coinone", "btckrw")]
    [InlineData("coinone", "BTC-KRW")]
    [InlineData("coin\0one", "btc-krw")]
    public async Task Names_that_are_none_are_refused(string exchange, string pair)
    {
        var catalogue = new PairCatalogue(fixture.Database);

        await Assert.ThrowsAsync<ArgumentException>(() => catalogue.GetOrCreateAsync(exchange, pair, default));
        Assert.Null(await catalogue.FindAsync(exchange, pair, default));
    }
}
