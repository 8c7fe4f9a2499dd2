using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinGeckoGlobalTests
{
    private const string Api = "/coingecko/api/v3";

    [SharedFact]
    public async Task The_global_figures_have_the_recorded_fields_and_every_currency()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var data = (await simulator.JsonAsync(Api + "/global")).GetProperty("data");
        var recorded = Shared.Fixture("coingecko/global__doc-example.json").GetProperty("response").GetProperty("data");
        foreach (var field in recorded.EnumerateObject())
        {
            Assert.Equal(field.Value.ValueKind, data.GetProperty(field.Name).ValueKind);
        }

        Assert.Equal(Catalogue.Currencies, data.GetProperty("total_market_cap").EnumerateObject().Select(of => of.Name));
        Assert.InRange(data.GetProperty("market_cap_percentage").EnumerateObject().Sum(share => share.Value.GetDecimal()), 50m, 100m);
    }

    [Fact]
    public async Task A_search_finds_coins_by_id_symbol_or_name()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        async Task<string[]> FoundAsync(string query) =>
            [.. (await simulator.JsonAsync($"{Api}/search?query={query}")).GetProperty("coins").EnumerateArray()
                .Select(coin => coin.GetProperty("id").GetString()!)];
        Assert.Equal(["bitcoin", "bitcoin-cash"], await FoundAsync("BITCOIN"));
        Assert.Equal(["ripple"], await FoundAsync("xrp"));
        Assert.Empty(await FoundAsync("nothing-like-it"));
        Assert.Equal(422, (await simulator.GetAsync(Api + "/search")).Status);
    }
}
